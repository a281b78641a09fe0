// A name is looked up before it is used.

#include "tests/scheduler/rig.hpp"

#include <gtest/gtest.h>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using testing::script;
using enum job_state;

class NameCheck : public ::testing::Test {
protected:
    rig here;

    std::size_t submissions() { return here.upstream().submissions.size(); }
    void expect_taken(const batch_record& batch, const std::string& key) {
        const auto words = here.job(batch, key).progress.last_error;
        ASSERT_TRUE(words);
        EXPECT_EQ(words->code(), errc::already_exists);
        EXPECT_NE(words->message().find("vm-of-somebody"), std::string::npos) << words->message();
    }
};

TEST_F(NameCheck, AVmThatWasThereBeforeIsNeitherAdoptedNorSentFor) {
    here.upstream().add_vm("a");
    here.start();

    const auto batch = here.accept({here.clone("a"), here.clone("b")});

    ASSERT_TRUE(here.until_in(batch, "a", failed));
    expect_taken(batch, "a");
    EXPECT_EQ(here.job(batch, "a").progress.attempt, 0U);
    ASSERT_TRUE(here.until_in(batch, "b", succeeded));
    EXPECT_EQ(here.upstream().submissions, std::vector<std::string>{"b"});
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
    EXPECT_EQ(here.lane().in_flight, 0);
}

// I8: the names are looked up at another server, which is well.
TEST_F(NameCheck, AnInventoryThatAnswersDoesNotKeepTheJobsOfADeadEndpointBusy) {
    here.endpoint("snap").inventory = "vc1";
    here.upstream("snap").expect_always("a", script::refuse(backends::refusal::not_sent));
    here.start();
    here.accept(here.clone("a", "snap"));

    here.pass(1min);

    EXPECT_GE(here.upstream("snap").submissions.size(), 3U);
    EXPECT_LE(here.upstream("snap").submissions.size(), 400U);
}

TEST_F(NameCheck, OneLookupIsForManyJobs) {
    here.endpoint().lane_limit[0] = 20;
    here.upstream().duration = 10s;
    here.start();

    const auto batch = here.accept(here.clones(1000));

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 1000);
    EXPECT_LE(here.upstream().name_lookups, 1000 / 20);
}

TEST_F(NameCheck, WhatWasSeenLongAgoIsNotBelieved) {
    here.endpoint().lane_limit[0] = 1;
    here.upstream().duration = name_check::good_for + 5s;
    here.start();
    const auto batch = here.accept(here.clones(2));
    ASSERT_TRUE(here.until_in(batch, "vm0", running));
    here.pass(30s);

    here.upstream().add_vm("vm1");

    ASSERT_TRUE(here.until_in(batch, "vm1", failed));
    expect_taken(batch, "vm1");
    EXPECT_EQ(submissions(), 1U);
}

TEST_F(NameCheck, WhatWasSeenIsGoodForOneSending) {
    here.upstream().expect("a", script::refuse(backends::refusal::busy));
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until([&] { return submissions() == 1; }));

    here.upstream().add_vm("a");

    ASSERT_TRUE(here.until_in(batch, "a", failed));
    expect_taken(batch, "a");
    EXPECT_EQ(submissions(), 1U);
}

TEST_F(NameCheck, WhatCannotBeLookedUpIsNotSentAndNotCharged) {
    here.start();
    here.upstream().down = true;
    const auto batch = here.accept(here.clones(30));
    here.pass(10min);

    EXPECT_EQ(here.counts(batch)[queued], 30);
    EXPECT_EQ(here.job(batch, "vm0").progress.attempt, 0U);
    EXPECT_EQ(submissions(), 0U);
    EXPECT_EQ(here.lane().in_flight, 0);
    EXPECT_LE(here.upstream().name_lookups, 20);

    here.upstream().down = false;
    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 30);
    EXPECT_EQ(here.upstream().vm_count(), 30U);
}

TEST_F(NameCheck, OneNameThatTheUpstreamRefusesHoldsUpNobody) {
    here.upstream().refused_name = "vm3";
    here.start();

    const auto batch = here.accept(here.clones(10));

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 9);
    EXPECT_EQ(here.state(batch, "vm3"), failed);
    EXPECT_NE(here.job(batch, "vm3").progress.last_error->message().find("this is no name"),
              std::string::npos);
}

TEST_F(NameCheck, AJobThatIsCancelledMeanwhileIsNotSent) {
    here.start();
    here.backend().lookup_time = 2s;
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until([&] { return here.upstream().name_lookups == 1; }));

    here.value(here.commands().cancel_batch(batch.id));

    EXPECT_EQ(here.state(batch, "a"), cancelled);
    here.pass(10min);
    EXPECT_EQ(submissions(), 0U);
    EXPECT_EQ(here.lane().in_flight, 0);
}

TEST_F(NameCheck, AJobWhoseDeadlinePassesMeanwhileIsNotSent) {
    here.start();
    here.backend().lookup_time = 2s;
    auto job = here.clone("a");
    job.deadline = here.time().wall() + 3s;

    const auto batch = here.accept(job);

    ASSERT_TRUE(here.until_in(batch, "a", failed));
    EXPECT_EQ(submissions(), 0U);
    EXPECT_EQ(here.job(batch, "a").progress.last_error->code(), errc::deadline_exceeded);
}

// I2: proven absent, and there all the same when its turn comes again: it is looked at once more,
// and nothing is sent.
TEST_F(NameCheck, AVmThatAppearsAfterADoubtMayBeOurs) {
    here.upstream().expect("a", script::lose(false));
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", in_doubt));
    here.value(here.commands().pause_lane(here.lane().lane.id, "so that it stays queued"));
    ASSERT_TRUE(here.until_in(batch, "a", queued));

    here.upstream().add_vm("a");
    here.value(here.commands().resume_lane(here.lane().lane.id));

    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(submissions(), 1U);
    EXPECT_EQ(here.job(batch, "a").progress.vm, "vm-of-somebody");
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

TEST_F(NameCheck, AStopDoesNotWaitForALookupThatHangs) {
    here.start();
    here.backend().lookup_time = 10min;
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until([&] { return here.upstream().name_lookups == 1; }));
    const auto began = here.time().now();

    here.run(here.daemon().stop());

    EXPECT_LE(here.time().now() - began, 15s);
    EXPECT_EQ(here.state(batch, "a"), queued);
}

TEST_F(NameCheck, JobsThatMakeNoVmAreNotLookedUp) {
    here.start();
    job_request job;
    job.key = "on";
    job.spec = power_on_spec{"vm-1", false};
    job.endpoint = "vc1";
    job.cluster = "c1";

    const auto batch = here.accept(job);

    ASSERT_TRUE(here.until_in(batch, "on", succeeded));
    EXPECT_EQ(here.upstream().name_lookups, 0);
}

}  // namespace
}  // namespace cloned::scheduler
