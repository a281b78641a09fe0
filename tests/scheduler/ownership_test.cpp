// Whose is the VM? Doubts among strangers, with the upstream's books as the judge.

#include "tests/scheduler/rig.hpp"

#include <gtest/gtest.h>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using testing::script;
using enum job_state;

class Ownership : public ::testing::Test {
protected:
    rig here;

    std::size_t submissions() { return here.upstream().submissions.size(); }
};

// I2
TEST_F(Ownership, StrangersBeforeAndAfterAreNeverAdopted) {
    here.upstream().names_are_unique = true;
    here.upstream().add_vm("before");
    auto late = script::lose(false);
    late.strangers_come = 1;
    late.strangers_told = true;
    here.upstream().expect("after", late);
    here.upstream().expect("ours", script::lose(true));
    here.start();

    const auto batch = here.accept({here.clone("before"), here.clone("after"), here.clone("ours")});

    ASSERT_TRUE(here.until_all_end(batch));
    for (const auto* key : {"before", "after"}) {
        EXPECT_EQ(here.state(batch, key), failed) << key;
        EXPECT_EQ(here.job(batch, key).progress.last_error->code(), errc::already_exists) << key;
        EXPECT_EQ(here.upstream().vms_named(key), 1) << key;
    }
    EXPECT_EQ(here.state(batch, "ours"), succeeded);
    EXPECT_NE(here.job(batch, "ours").progress.vm, "vm-of-somebody");
    EXPECT_EQ(here.upstream().vms_named("ours"), 1);
    EXPECT_EQ(submissions(), 2U);
}

// I2
TEST_F(Ownership, AStrangerFromBeforeIsNotAdoptedByTheNextLifeEither) {
    here.upstream().add_vm("a");
    here.start();
    const auto batch = here.accept(here.clone("a"));
    here.crash();
    here.start();

    ASSERT_TRUE(here.until_all_end(batch));

    EXPECT_EQ(here.state(batch, "a"), failed);
    EXPECT_TRUE(here.job(batch, "a").progress.vm.empty());
    EXPECT_EQ(submissions(), 0U);
}

// I1, I2: each job has a VM of its own, also where several may have one name.
TEST_F(Ownership, TheVmOfAnEarlierJobOfThatNameIsNotAdopted) {
    here.start();
    here.backend().names_are_asked_for = false;
    const auto first = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(first, "a", succeeded));
    here.upstream().expect("a", script::lose(false));

    const auto second = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(second, "a", succeeded));

    EXPECT_EQ(here.upstream().vms_named("a"), 2);
    EXPECT_NE(here.job(first, "a").progress.vm, here.job(second, "a").progress.vm);
    EXPECT_EQ(submissions(), 3U);
}

// I2
TEST_F(Ownership, TwoAttemptsInDoubtMakeOneVm) {
    here.upstream().expect("a", script::lose(false));
    here.upstream().expect("a", script::lose(true));
    here.start();

    const auto batch = here.accept(here.clone("a"));

    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(submissions(), 2U);
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

// I2: the first attempt comes to light when the second one is about to be sent.
TEST_F(Ownership, AFirstAttemptThatComesLateIsNotFollowedByASecond) {
    auto& info = here.endpoint();
    auto late = script::lose(true);
    // Beyond all that the upstream has promised.
    late.begins_after = info.request_timeout + info.quiesce + 1h;
    late.takes = 1s;
    here.upstream().expect("a", late);
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", in_doubt));
    here.value(here.commands().pause_lane(here.lane().lane.id, "storage is being moved"));
    ASSERT_TRUE(here.until_in(batch, "a", queued));
    here.pass(2h);
    ASSERT_EQ(here.upstream().vms_named("a"), 1);

    here.value(here.commands().resume_lane(here.lane().lane.id));

    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(submissions(), 1U);
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

// I2: what the old session is not shown.
TEST_F(Ownership, ASessionThatHidesTheVmDoesNotProveItsAbsence) {
    here.upstream().expect("a", script::lose(true));
    here.upstream().duration = 1s;
    here.start();
    here.upstream().hidden_from_old = "a";
    here.upstream().hides_since = here.time().now();

    const auto batch = here.accept(here.clone("a"));

    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(submissions(), 1U);
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

// I2, I8
TEST_F(Ownership, AnEndpointThatIsDownForHoursKeepsItsDoubtsAndMakesNothingTwice) {
    here.endpoint().lane_limit[0] = 40;
    for (int i = 0; i < 40; ++i)
        here.upstream().expect("vm" + std::to_string(i), script::lose(i % 2 == 0));
    here.start();
    const auto batch = here.accept(here.clones(40));
    here.pass(1s);
    const auto doubts = here.counts(batch)[in_doubt];
    ASSERT_GE(doubts, 3);
    here.upstream().down = true;
    const auto requests = here.backend().requests_sent();

    here.pass(6h);

    EXPECT_EQ(here.counts(batch)[in_doubt], doubts);
    EXPECT_EQ(here.lane().in_flight, doubts);
    EXPECT_LE(here.backend().requests_sent() - requests, 6 * 60 * 60 / 10);
    here.upstream().down = false;
    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 40);
    EXPECT_EQ(here.upstream().vm_count(), 40U);
    EXPECT_EQ(submissions(), 60U);
}

// A crash while all of them are on their way.
TEST_F(Ownership, AThousandDoubtsCostFewRequestsAndFewLogins) {
    constexpr int jobs = 1000;
    here.options.plan.ceilings.first = jobs;
    here.endpoint().lane_limit[0] = jobs;
    here.endpoint().max_in_flight = jobs;
    for (int i = 0; i < jobs; i += 2)
        here.upstream().expect("vm" + std::to_string(i), script::lose(false));
    here.start();
    here.backend().travel_time = 20s;
    const auto batch = here.accept(here.clones(jobs));
    here.pass(30s);
    here.crash();
    here.start();
    ASSERT_EQ(here.counts(batch)[in_doubt], jobs);

    const auto all_end = [&] { return here.counts(batch).ended() == jobs; };
    ASSERT_TRUE(here.until(all_end, 1h, 10s));

    EXPECT_EQ(here.counts(batch)[succeeded], jobs);
    EXPECT_EQ(here.upstream().vm_count(), static_cast<std::size_t>(jobs));
    EXPECT_EQ(submissions(), static_cast<std::size_t>(jobs + jobs / 2));
    EXPECT_LE(here.upstream().looks, 60);
    EXPECT_LE(here.upstream().logins, 3);
}

}  // namespace
}  // namespace cloned::scheduler
