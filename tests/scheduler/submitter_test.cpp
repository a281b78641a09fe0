// Jobs on their way through a healthy daemon: limits, order, refusals, failures.

#include "tests/scheduler/rig.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using testing::script;
using enum job_state;

class Sending : public ::testing::Test {
protected:
    rig here;
};

// I5
TEST_F(Sending, EveryJobOfABatchEndsAndMakesItsVmOnce) {
    here.start();

    const auto batch = here.accept(here.clones(100));

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 100);
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(here.upstream().vms_named("vm" + std::to_string(i)), 1) << i;
}

// I3
TEST_F(Sending, TheUpstreamNeverSeesMoreThanTheConfiguredLimit) {
    here.endpoint().lane_limit[0] = 7;
    here.start();

    const auto batch = here.accept(here.clones(100));

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.upstream().peak(), 7);
}

TEST_F(Sending, AFreeSlotIsGivenAwayAgain) {
    here.endpoint().lane_limit[0] = 5;
    here.start();
    const auto batch = here.accept(here.clones(100));
    const auto began = here.time().now();

    ASSERT_TRUE(here.until_all_end(batch));

    // Twenty rounds of a minute; noticing the ends may cost a tenth.
    EXPECT_LE(here.time().now() - began, 22min);
}

// I3
TEST_F(Sending, SourcesAreBurdenedNoMoreThanConfigured) {
    here.endpoint().max_per_source = 2;
    here.start();

    const auto batch = here.accept(here.clones(20));

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.upstream().peak(), 2);
}

// I4: the upstream is told nothing that the disk does not know.
TEST_F(Sending, TheIntentIsOnDiskBeforeTheUpstreamHearsOfTheJob) {
    here.start();
    int seen = 0;
    const auto check = [&](const backends::submission& what) -> task<void> {
        auto jobs = co_await here.store().load_unsettled();
        const auto name = testing::name_of(what.spec);
        const auto is_it = [&](const queued_job& job) {
            return testing::name_of(job.spec) == name;
        };
        const auto found = std::find_if(jobs->begin(), jobs->end(), is_it);
        EXPECT_NE(found, jobs->end()) << name;
        if (found == jobs->end()) co_return;
        EXPECT_EQ(found->progress.state, submitting);
        EXPECT_EQ(found->progress.attempt, 1U);
        EXPECT_TRUE(found->progress.sent_at);
        ++seen;
    };
    here.backend().on_submit = check;

    const auto batch = here.accept(here.clones(30));

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(seen, 30);
}

TEST_F(Sending, ARunningJobShowsItsTask) {
    here.start();
    const auto batch = here.accept(here.clone("a"));

    ASSERT_TRUE(here.until_in(batch, "a", running));

    EXPECT_EQ(here.job(batch, "a").progress.task_id, "task-1");
    EXPECT_EQ(here.upstream().begun(), std::vector<std::string>(1, "a"));
}

TEST_F(Sending, AJobThatIsDoneWithinTheCallNeedsNoPoll) {
    here.upstream().expect("a", script::finish());
    here.start();
    const auto batch = here.accept(here.clone("a"));

    ASSERT_TRUE(here.until_in(batch, "a", succeeded, 1s));

    EXPECT_FALSE(here.job(batch, "a").progress.vm.empty());
    EXPECT_EQ(here.upstream().polls, 0);
}

// --- refusals

// I3: the hidden limit is found, and what is refused is sent later.
TEST_F(Sending, ACapacityRefusalChargesNoAttempt) {
    here.upstream().capacity = 3;
    here.start();

    const auto batch = here.accept(here.clones(40));

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 40);
    EXPECT_GT(here.upstream().refusals, 0);
    for (int i = 0; i < 40; ++i)
        EXPECT_EQ(here.job(batch, "vm" + std::to_string(i)).progress.attempt, 1U);
}

// What is under way at the same time may arrive in any order, and nothing beyond it.
TEST_F(Sending, RefusedJobsKeepTheirPlace) {
    here.upstream().capacity = 2;
    here.start();

    const auto batch = here.accept(here.clones(30));
    ASSERT_TRUE(here.until_all_end(batch));

    const auto begun = here.upstream().begun();
    ASSERT_EQ(begun.size(), 30U);
    for (int i = 0; i < 30; ++i)
        EXPECT_LE(std::stoi(begun[static_cast<std::size_t>(i)].substr(2)), i + 4) << i;
}

TEST_F(Sending, AHiddenLimitCostsFewRefusals) {
    here.endpoint().lane_limit[0] = 200;
    here.upstream().capacity = 16;
    here.start();

    const auto batch = here.accept(here.clones(500));

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.upstream().peak(), 16);
    EXPECT_LE(here.upstream().refusals, 60);
}

TEST_F(Sending, TheHiddenLimitIsFoundBeforeTheFirstJobsEnd) {
    here.endpoint().lane_limit[0] = 200;
    here.upstream().capacity = 40;
    here.start();

    here.accept(here.clones(500));
    here.pass(10s);

    EXPECT_EQ(here.upstream().working(), 40);
}

TEST_F(Sending, AHiddenLimitThatGrowsIsFoundAgain) {
    here.endpoint().lane_limit[0] = 200;
    here.upstream().capacity = 10;
    here.upstream().duration = 10min;
    here.start();
    here.accept(here.clones(500));
    here.pass(15min);
    ASSERT_EQ(here.upstream().peak(), 10);

    here.upstream().capacity = 100;

    EXPECT_TRUE(here.until([&] { return here.upstream().peak() >= 30; }, 25min));
}

// When the hidden limit shrinks, a whole crowd is refused at once.
TEST_F(Sending, ALimitThatShrinksCostsOneCrowdOfRefusals) {
    here.endpoint().lane_limit[0] = 200;
    here.upstream().capacity = 40;
    here.start();
    const auto batch = here.accept(here.clones(600));
    ASSERT_TRUE(here.until([&] { return here.upstream().working() == 40; }, 1min));
    const auto before = here.upstream().refusals;

    here.upstream().capacity = 10;
    ASSERT_TRUE(here.until([&] { return here.upstream().working() == 10; }, 1h));
    here.pass(20s);

    EXPECT_LE(here.upstream().refusals - before, 45);
    EXPECT_LE(here.lane().ceiling, 11);
}

TEST_F(Sending, ABusyJobWaitsAndIsNotChargedForIt) {
    for (int i = 0; i < 5; ++i)
        here.upstream().expect("a", script::refuse(backends::refusal::busy));
    here.start();

    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", blocked));
    EXPECT_NE(here.why(batch, "a").find("next attempt at"), std::string::npos);

    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(here.job(batch, "a").progress.attempt, 1U);
}

TEST_F(Sending, ABusyJobHoldsBackNoOther) {
    here.endpoint().lane_limit[0] = 1;
    here.upstream().expect("vm0", script::refuse(backends::refusal::busy));
    here.start();

    const auto batch = here.accept(here.clones(2));
    ASSERT_TRUE(here.until_all_end(batch));

    EXPECT_EQ(here.upstream().begun().front(), "vm1");
}

TEST_F(Sending, AJobThatComesBackGoesBeforeThoseThatWaitBehindIt) {
    here.endpoint().lane_limit[0] = 1;
    here.options.plan.queues.window = 64;
    here.options.plan.queues.low_water = 16;
    here.upstream().expect("vm0", script::refuse(backends::refusal::busy));
    here.start();

    const auto batch = here.accept(here.clones(200));
    ASSERT_TRUE(here.until_in(batch, "vm0", succeeded));

    EXPECT_LE(here.counts(batch)[succeeded], 3);
}

TEST_F(Sending, TheUpstreamsWishToWaitIsRespected) {
    auto later = script::refuse(backends::refusal::busy);
    later.retry_after = 90s;
    here.upstream().expect("a", later);
    here.start();

    const auto batch = here.accept(here.clone("a"));
    here.pass(89s);
    EXPECT_EQ(here.state(batch, "a"), blocked);
    EXPECT_EQ(here.upstream().submissions.size(), 1U);

    EXPECT_TRUE(here.until_in(batch, "a", succeeded));
}

// As in maintenance: however long it lasts, it fails nothing and is asked rarely.
TEST_F(Sending, AnUpstreamThatRefusesEverythingForHoursFailsNoJob) {
    for (int i = 0; i < 50; ++i)
        here.upstream().expect_always("vm" + std::to_string(i),
                                      script::refuse(backends::refusal::capacity));
    here.start();
    const auto batch = here.accept(here.clones(50));

    here.pass(10h);

    EXPECT_EQ(here.counts(batch)[queued] + here.counts(batch)[blocked], 50);
    EXPECT_LE(here.upstream().refusals, 1'600);
    const auto lane = here.lane();
    ASSERT_TRUE(lane.refused_since);
    EXPECT_EQ(lane.refused_words, "no, said the upstream");
    for (const auto* key : {"vm0", "vm20", "vm49"})
        EXPECT_NE(here.why(batch, key).find("the upstream refuses everything since"),
                  std::string::npos)
            << here.why(batch, key);
}

// The same words may be about the job alone, as of a restore of a VM that is not deleted.
TEST_F(Sending, AJobThatIsRefusedWhereOthersAreTakenFailsWithTheUpstreamsWords) {
    here.upstream().expect_always("vm3", script::refuse(backends::refusal::capacity));
    here.endpoint().lane_limit[0] = 4;
    here.start();
    const auto batch = here.accept(here.clones(200));

    ASSERT_TRUE(here.until_in(batch, "vm3", failed, 3h));

    EXPECT_EQ(here.job(batch, "vm3").progress.last_error->message(), "no, said the upstream");
    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 199);
}

TEST_F(Sending, AJobThatIsAloneAndRefusedWaitsWithItsReasonAndCanBeCancelled) {
    here.upstream().expect_always("a", script::refuse(backends::refusal::capacity));
    here.start();
    const auto batch = here.accept(here.clone("a"));

    here.pass(10h);

    EXPECT_NE(here.why(batch, "a").find("no, said the upstream"), std::string::npos)
        << here.why(batch, "a");
    ASSERT_TRUE(here.run(here.commands().cancel(here.job(batch, "a").id)));
    EXPECT_EQ(here.state(batch, "a"), cancelled);
}

// A thousand jobs that each try again after a while would still be a storm.
TEST_F(Sending, AnUpstreamThatIsBusyForHoursIsAskedRarely) {
    for (int i = 0; i < 1'000; ++i)
        here.upstream().expect_always("vm" + std::to_string(i),
                                      script::refuse(backends::refusal::busy));
    here.start();
    const auto batch = here.accept(here.clones(1'000));

    here.pass(1h);

    EXPECT_EQ(here.counts(batch)[queued] + here.counts(batch)[blocked], 1'000);
    EXPECT_LE(here.upstream().refusals, 200);
}

// --- failures

// I5
TEST_F(Sending, AFinalFailureKeepsTheUpstreamsWords) {
    here.upstream().expect("a", script::fail(errc::upstream_failed));
    here.upstream().expect("b", script::fail_task());
    here.start();

    const auto batch = here.accept({rig::clone("a"), rig::clone("b")});

    ASSERT_TRUE(here.until_all_end(batch));
    for (const auto* key : {"a", "b"}) {
        const auto job = here.job(batch, key);
        EXPECT_EQ(job.progress.state, failed);
        ASSERT_TRUE(job.progress.last_error);
        EXPECT_EQ(job.progress.last_error->message(), "no, said the upstream");
    }
    EXPECT_EQ(here.upstream().submissions.size(), 2U);
}

TEST_F(Sending, AFailureThatMayPassIsTriedAgain) {
    here.upstream().expect("a", script::fail(errc::upstream_failed, true));
    here.upstream().expect("a", script::fail_task(true));
    here.start();

    const auto batch = here.accept(here.clone("a"));

    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(here.job(batch, "a").progress.attempt, 3U);
    EXPECT_EQ(here.upstream().submissions.size(), 3U);
}

TEST_F(Sending, NoAttemptIsMadeBeyondTheLimit) {
    here.upstream().expect_always("a", script::fail_task(true));
    here.start();
    auto job = here.clone("a");
    job.max_attempts = 2;

    const auto batch = here.accept(job);

    ASSERT_TRUE(here.until_in(batch, "a", failed));
    here.pass(24h);
    EXPECT_EQ(here.state(batch, "a"), failed);
    EXPECT_EQ(here.upstream().submissions.size(), 2U);
    EXPECT_EQ(here.job(batch, "a").progress.last_error->message(), "no, said the upstream");
    EXPECT_NE(here.history(batch, "a").back().detail.find("no attempt is left"), std::string::npos);
}

// --- times

TEST_F(Sending, AJobIsNotSentBeforeItsTime) {
    here.start();
    auto job = here.clone("a");
    job.not_before = here.time().wall() + 3h;

    const auto batch = here.accept(job);
    here.pass(3h - 1s);
    EXPECT_EQ(here.state(batch, "a"), blocked);
    EXPECT_TRUE(here.upstream().submissions.empty());

    here.pass(2s);
    EXPECT_EQ(here.upstream().submissions.size(), 1U);
}

TEST_F(Sending, AJobIsNotSentAfterItsDeadline) {
    here.endpoint().lane_limit[0] = 1;
    here.start();
    auto late = here.clone("late");
    late.deadline = here.time().wall() + 30s;

    const auto batch = here.accept({rig::clone("a"), late});

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.state(batch, "late"), failed);
    EXPECT_EQ(here.job(batch, "late").progress.last_error->code(), errc::deadline_exceeded);
    EXPECT_EQ(here.upstream().submissions.size(), 1U);
}

TEST_F(Sending, ADeadlineLeavesWhatRunsAlone) {
    here.start();
    auto job = here.clone("a");
    job.deadline = here.time().wall() + 30s;

    const auto batch = here.accept(job);

    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
}

// --- fairness

// I9
TEST_F(Sending, AQuietTenantDoesNotWaitBehindALoudOne) {
    here.endpoint().lane_limit[0] = 2;
    here.start();
    here.accept(here.clones(3'000, "loud"), "loud");
    here.pass(5min);

    const auto batch = here.accept(std::vector<job_request>(1, here.clone("quiet")), "quiet");

    EXPECT_TRUE(here.until_in(batch, "quiet", running, 70s));
}

TEST_F(Sending, AHigherPriorityGoesFirst) {
    here.endpoint().lane_limit[0] = 1;
    here.start();
    here.accept(here.clones(10));
    here.pass(1s);
    auto urgent = here.clone("urgent");
    urgent.priority = job_priority::high;

    const auto batch = here.accept(urgent);
    ASSERT_TRUE(here.until_in(batch, "urgent", succeeded));

    EXPECT_EQ(here.upstream().begun()[1], "urgent");
}

// --- polling

TEST_F(Sending, OnePollServesAllTasks) {
    here.endpoint().lane_limit[0] = 100;
    here.start();

    const auto batch = here.accept(here.clones(100));
    const auto began = here.time().now();
    ASSERT_TRUE(here.until_all_end(batch));

    EXPECT_LE(here.upstream().polls, (here.time().now() - began) / 1s);
}

TEST_F(Sending, NothingIsPolledWhenNothingRuns) {
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    const auto polls = here.upstream().polls;

    here.pass(24h);

    EXPECT_EQ(here.upstream().polls, polls);
}

}  // namespace
}  // namespace cloned::scheduler
