// What an operator says of a job that evidence could not settle.

#include "tests/scheduler/rig.hpp"

#include <gtest/gtest.h>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using testing::script;
using enum job_state;
using verdict = resolution::verdict;

class Resolve : public ::testing::Test {
protected:
    rig here;

    // A batch of `jobs`, of which the job of VM "a" needs an operator: two VMs bear its name.
    batch_record parked(std::vector<job_request> jobs) {
        auto overrun = script::lose(false);
        overrun.strangers_come = 2;
        here.upstream().expect("a", overrun);
        here.start();
        const auto batch = here.accept(std::move(jobs));
        EXPECT_TRUE(here.until_in(batch, "a", needs_operator));
        return batch;
    }
    batch_record parked() { return parked({rig::clone("a")}); }

    static job_request power_on_after(const std::string& earlier) {
        job_request job;
        job.key = earlier + "-on";
        job.spec = power_on_spec{};
        job.endpoint = "vc1";
        job.cluster = "c1";
        job.after = earlier;
        return job;
    }

    result<void> say(const batch_record& batch,
                     verdict what,
                     std::string text = "",
                     const std::string& key = "a") {
        resolution word;
        word.what = what;
        (what == verdict::adopt ? word.vm : word.reason) = std::move(text);
        return here.run(here.commands().resolve(here.job(batch, key).id, std::move(word)));
    }
    std::size_t submissions() { return here.upstream().submissions.size(); }
};

TEST_F(Resolve, AdoptingEndsTheJobWithThatVmAndItsChainGoesOn) {
    const auto batch = parked({rig::clone("a"), power_on_after("a")});

    ASSERT_TRUE(say(batch, verdict::adopt, "vm-77"));

    EXPECT_EQ(here.state(batch, "a"), succeeded);
    EXPECT_EQ(here.job(batch, "a").progress.vm, "vm-77");
    ASSERT_TRUE(here.until_in(batch, "a-on", succeeded));
    EXPECT_EQ(here.upstream().submissions.back(), "vm-77");
    EXPECT_EQ(submissions(), 2U);
    EXPECT_NE(here.history(batch, "a").back().detail.find("vm-77"), std::string::npos);
}

TEST_F(Resolve, AbandoningFailsTheJobWithTheReasonAndTouchesNothing) {
    const auto batch = parked({rig::clone("a"), power_on_after("a")});
    const auto requests = here.backend().requests_sent();

    ASSERT_TRUE(say(batch, verdict::abandon, "both VMs are the customer's"));

    EXPECT_EQ(here.state(batch, "a"), failed);
    const auto words = here.job(batch, "a").progress.last_error;
    ASSERT_TRUE(words);
    EXPECT_NE(words->message().find("both VMs are the customer's"), std::string::npos);
    EXPECT_EQ(here.state(batch, "a-on"), failed);
    EXPECT_EQ(here.backend().requests_sent(), requests);
    EXPECT_EQ(here.upstream().vms_named("a"), 2);
}

TEST_F(Resolve, AnAbandonedJobMayBeTriedAgainAndDoesNotAdoptWhatItLeft) {
    const auto batch = parked();
    here.upstream().remove_vms("a");
    here.upstream().add_vm("a");
    ASSERT_TRUE(say(batch, verdict::abandon));

    EXPECT_EQ(here.value(here.commands().retry_batch(batch.id, false)), 1);
    ASSERT_TRUE(here.until_in(batch, "a", failed));
    EXPECT_EQ(here.job(batch, "a").progress.last_error->code(), errc::already_exists);

    here.upstream().remove_vms("a");
    EXPECT_EQ(here.value(here.commands().retry_batch(batch.id, false)), 1);
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

// I3: what is in doubt holds a slot.
TEST_F(Resolve, LookingAgainPutsTheJobInDoubtWithItsSlotAndSettlesIt) {
    here.endpoint().lane_limit[0] = 1;
    const auto batch = parked();
    EXPECT_EQ(here.lane().in_flight, 0);
    here.upstream().remove_vms("a");
    here.upstream().add_vm("a");

    ASSERT_TRUE(say(batch, verdict::look_again));

    EXPECT_EQ(here.state(batch, "a"), in_doubt);
    EXPECT_EQ(here.lane().in_flight, 1);
    EXPECT_EQ(here.lane().in_doubt, 1);
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(here.lane().in_flight, 0);
    EXPECT_EQ(submissions(), 1U);
}

TEST_F(Resolve, LookingAgainMayEndWithTheOperatorAgain) {
    const auto batch = parked();

    ASSERT_TRUE(say(batch, verdict::look_again));

    EXPECT_EQ(here.state(batch, "a"), in_doubt);
    ASSERT_TRUE(here.until_in(batch, "a", needs_operator));
    EXPECT_EQ(here.lane().in_flight, 0);
}

// I2: the second look is as careful as the first was.
TEST_F(Resolve, AJobThatIsLookedAtAgainAndIsAbsentIsSentOnce) {
    const auto batch = parked();
    here.upstream().remove_vms("a");

    ASSERT_TRUE(say(batch, verdict::look_again));

    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(submissions(), 2U);
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

TEST_F(Resolve, AJobThatIsLookedAtAgainSurvivesACrash) {
    const auto batch = parked();
    here.upstream().remove_vms("a");
    ASSERT_TRUE(say(batch, verdict::look_again));

    here.crash();
    here.start();

    EXPECT_EQ(here.lane().in_flight, 1);
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

TEST_F(Resolve, OfTwoOperatorsAtOnceOneIsHeard) {
    const auto batch = parked();
    const auto id = here.job(batch, "a").id;
    std::optional<result<void>> first;
    std::optional<result<void>> second;
    resolution again;
    resolution adopt;
    adopt.what = verdict::adopt;
    adopt.vm = "vm-77";

    here.run_when_next_wakes(here.commands().resolve(id, again), first);
    here.run_when_next_wakes(here.commands().resolve(id, adopt), second);
    ASSERT_TRUE(here.until([&] { return first && second; }));

    EXPECT_TRUE(first->has_value());
    EXPECT_FALSE(second->has_value());
    EXPECT_EQ(here.state(batch, "a"), in_doubt);
}

TEST_F(Resolve, NoOtherStateIsResolvedAndEachSaysWhatToDo) {
    here.endpoint().lane_limit[0] = 1;
    here.upstream().expect("vm0", script::lose(true));
    here.start();
    const auto batch = here.accept(here.clones(2));
    ASSERT_TRUE(here.until_in(batch, "vm0", in_doubt));

    for (const auto what : {verdict::adopt, verdict::abandon, verdict::look_again}) {
        for (const auto* key : {"vm0", "vm1"}) {
            const auto refused = say(batch, what, "vm-1", key);
            ASSERT_FALSE(refused);
            EXPECT_EQ(refused.error().code(), errc::failed_precondition);
            EXPECT_NE(refused.error().message().find(to_string(here.state(batch, key))),
                      std::string::npos);
        }
    }
    ASSERT_TRUE(here.until_all_end(batch));
    const auto refused = say(batch, verdict::abandon, "", "vm0");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::failed_precondition);
    EXPECT_EQ(here.counts(batch)[succeeded], 2);
}

TEST_F(Resolve, ARetryOfTheBatchLeavesItAlone) {
    const auto batch = parked();

    EXPECT_EQ(here.value(here.commands().retry_batch(batch.id, true)), 0);

    EXPECT_EQ(here.state(batch, "a"), needs_operator);
}

TEST_F(Resolve, AJobWhoseEndpointIsGoneCanBeGivenUpButNotLookedAt) {
    const auto batch = parked();
    here.crash();
    here.remove_endpoint("vc1");
    here.start();

    const auto refused = say(batch, verdict::look_again);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::failed_precondition);
    EXPECT_NE(refused.error().message().find("vc1"), std::string::npos);

    EXPECT_TRUE(say(batch, verdict::abandon));
    EXPECT_EQ(here.state(batch, "a"), failed);
}

TEST_F(Resolve, TheJobSaysWhatWasSeenAndWhatCanBeDone) {
    const auto batch = parked();

    const auto why = here.why(batch, "a");

    EXPECT_NE(why.find("2 VMs are named a"), std::string::npos) << why;
    for (const auto* remedy : {"adopt", "abandon", "looked at again"})
        EXPECT_NE(why.find(remedy), std::string::npos) << why;
}

}  // namespace
}  // namespace cloned::scheduler
