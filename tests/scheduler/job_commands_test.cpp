// What clients and operators ask for: cancel, retry, lanes.

#include "tests/scheduler/rig.hpp"

#include <gtest/gtest.h>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using testing::script;
using enum job_state;

class Control : public ::testing::Test {
protected:
    rig here;

    result<void> cancel(const batch_record& batch, const std::string& key) {
        return here.run(here.commands().cancel(here.job(batch, key).id));
    }
    std::size_t submissions() { return here.upstream().submissions.size(); }
    lane_id lane() { return here.lane().lane.id; }
    void pause() { here.value(here.commands().pause_lane(lane(), "storage is being moved")); }
    void resume() { here.value(here.commands().resume_lane(lane())); }
};

// --- cancel

TEST_F(Control, AQueuedJobIsCancelledAtOnceAndNeverSent) {
    here.endpoint().lane_limit[0] = 1;
    here.start();
    const auto batch = here.accept(here.clones(3));
    here.pass(1s);

    EXPECT_TRUE(cancel(batch, "vm1"));
    EXPECT_EQ(here.state(batch, "vm1"), cancelled);

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.upstream().vms_named("vm1"), 0);
    EXPECT_EQ(submissions(), 2U);
    EXPECT_EQ(here.lane().queued, 0);
}

TEST_F(Control, ABlockedJobIsCancelledAtOnce) {
    here.start();
    auto job = here.clone("a");
    job.not_before = here.time().wall() + 1h;
    const auto batch = here.accept(job);

    EXPECT_TRUE(cancel(batch, "a"));

    EXPECT_EQ(here.state(batch, "a"), cancelled);
    here.pass(2h);
    EXPECT_EQ(submissions(), 0U);
}

TEST_F(Control, ARunningJobIsCancelledByTheUpstream) {
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", running));

    EXPECT_TRUE(cancel(batch, "a"));
    EXPECT_EQ(here.state(batch, "a"), running);

    ASSERT_TRUE(here.until_in(batch, "a", cancelled));
    EXPECT_EQ(here.upstream().cancels, 1);
    EXPECT_EQ(here.upstream().vms_named("a"), 0);
    EXPECT_EQ(here.lane().in_flight, 0);
}

// The truth is told, not what was wished.
TEST_F(Control, ARunningJobThatTheUpstreamCannotCancelSucceeds) {
    here.upstream().can_cancel = false;
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", running));

    EXPECT_TRUE(cancel(batch, "a"));

    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
}

TEST_F(Control, ACancellationThatTheUpstreamDeclinesIsToldByTheJob) {
    here.upstream().can_cancel = false;
    here.upstream().duration = 24h;
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", running));

    EXPECT_TRUE(cancel(batch, "a"));
    here.pass(1s);

    const auto told = here.why(batch, "a");
    EXPECT_NE(told.find("cancel asked at "), std::string::npos) << told;
    EXPECT_NE(told.find("does not support the cancellation of this task"), std::string::npos);
    const auto entries = here.history(batch, "a").size();
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(cancel(batch, "a"));
        here.pass(1s);
    }
    EXPECT_EQ(here.history(batch, "a").size(), entries);
    // Asked for once more, it may be possible.
    EXPECT_EQ(here.upstream().cancels, 6);
    here.upstream().can_cancel = true;
    EXPECT_TRUE(cancel(batch, "a"));
    ASSERT_TRUE(here.until_in(batch, "a", cancelled));
}

TEST_F(Control, ACancelThatTheUpstreamDidNotHearIsRepeated) {
    here.upstream().duration = 24h;
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", running));
    here.upstream().down = true;

    EXPECT_TRUE(cancel(batch, "a"));
    here.pass(10min);
    here.upstream().down = false;

    ASSERT_TRUE(here.until_in(batch, "a", cancelled, 10min));
}

TEST_F(Control, AJobThatIsBeingSentIsCancelledOnceItsTaskIsKnown) {
    here.start();
    here.backend().travel_time = 10s;
    const auto batch = here.accept(here.clone("a"));
    here.pass(5s);
    ASSERT_EQ(here.state(batch, "a"), submitting);

    EXPECT_TRUE(cancel(batch, "a"));

    ASSERT_TRUE(here.until_in(batch, "a", cancelled));
    EXPECT_EQ(here.upstream().cancels, 1);
    EXPECT_EQ(submissions(), 1U);
}

TEST_F(Control, AJobThatIsRefusedAfterItsCancelIsNotSentAgain) {
    here.upstream().expect("a", script::refuse(backends::refusal::busy));
    here.start();
    here.backend().travel_time = 10s;
    const auto batch = here.accept(here.clone("a"));
    here.pass(5s);

    EXPECT_TRUE(cancel(batch, "a"));

    ASSERT_TRUE(here.until_in(batch, "a", cancelled));
    here.pass(1h);
    EXPECT_EQ(submissions(), 1U);
}

TEST_F(Control, AJobThatFailsForNowAfterItsCancelIsNotSentAgain) {
    here.upstream().can_cancel = false;
    here.upstream().expect("a", script::fail_task(true));
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", running));

    EXPECT_TRUE(cancel(batch, "a"));

    ASSERT_TRUE(here.until_in(batch, "a", cancelled));
    EXPECT_EQ(submissions(), 1U);
}

// I3: a wish is no evidence.
TEST_F(Control, AJobInDoubtIsCancelledOnlyWhenItIsProvenAbsent) {
    here.upstream().expect("a", script::lose(false));
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", in_doubt));

    EXPECT_TRUE(cancel(batch, "a"));
    EXPECT_EQ(here.state(batch, "a"), in_doubt);
    EXPECT_EQ(here.lane().in_flight, 1);

    ASSERT_TRUE(here.until_in(batch, "a", cancelled));
    EXPECT_EQ(submissions(), 1U);
    EXPECT_EQ(here.lane().in_flight, 0);
}

TEST_F(Control, AJobInDoubtThatWasMadeSucceedsInSpiteOfItsCancel) {
    here.upstream().expect("a", script::lose(true));
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", in_doubt));

    EXPECT_TRUE(cancel(batch, "a"));

    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
}

TEST_F(Control, AJobInDoubtThatIsFoundAtWorkIsCancelledByTheUpstream) {
    here.upstream().tells_own_tasks = true;
    here.upstream().expect("a", script::lose(true));
    here.start();
    here.backend().travel_time = 10s;
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", in_doubt));

    EXPECT_TRUE(cancel(batch, "a"));

    ASSERT_TRUE(here.until_in(batch, "a", cancelled));
    EXPECT_EQ(here.upstream().cancels, 1);
    EXPECT_EQ(here.upstream().vms_named("a"), 0);
}

TEST_F(Control, CancelOfAnEndedJobDoesNothing) {
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    const auto before = here.history(batch, "a").size();

    EXPECT_TRUE(cancel(batch, "a"));

    EXPECT_EQ(here.state(batch, "a"), succeeded);
    EXPECT_EQ(here.history(batch, "a").size(), before);
}

TEST_F(Control, CancelOfAnUnknownJobSaysSo) {
    here.start();

    EXPECT_EQ(here.run(here.commands().cancel(job_id{77})).error().code(), errc::not_found);
}

TEST_F(Control, CancelBatchEndsWhatWaitsAndAsksForTheRest) {
    here.endpoint().lane_limit[0] = 4;
    here.upstream().duration = 10min;
    here.start();
    const auto done = here.accept(here.clones(1, "done"));
    ASSERT_TRUE(here.until_all_end(done));
    const auto batch = here.accept(here.clones(2'000));
    here.pass(5s);

    const auto tally = here.value(here.commands().cancel_batch(batch.id));

    EXPECT_EQ(tally.cancelled, 1'996);
    EXPECT_EQ(tally.requested, 4);
    ASSERT_TRUE(here.until_all_end(batch, 1min));
    EXPECT_EQ(here.counts(batch)[cancelled], 2'000);
    EXPECT_EQ(here.counts(done)[succeeded], 1);
}

TEST_F(Control, CancelBatchCountsWhatHadEnded) {
    here.start();
    const auto batch = here.accept(here.clones(5));
    ASSERT_TRUE(here.until_all_end(batch));

    const auto tally = here.value(here.commands().cancel_batch(batch.id));

    EXPECT_EQ(tally.unaffected, 5);
    EXPECT_EQ(tally.cancelled + tally.requested, 0);
}

// A refusal that is recorded between the two passes of the cancel brings a job back behind it.
TEST_F(Control, CancelBatchLetsNoJobSlipThroughThatIsRefusedMeanwhile) {
    here.upstream().expect("a", script::refuse(backends::refusal::capacity));
    here.upstream().duration = 1h;
    here.start();
    here.accept(here.clones(2, "other"));
    here.pass(1s);
    here.backend().travel_time = 10ms;
    here.backend().lookup_time = 0ms;
    const auto batch = here.accept(here.clone("a"));
    here.pass(19ms);
    ASSERT_EQ(here.state(batch, "a"), submitting);

    std::optional<result<cancel_tally>> tally;
    here.run_when_next_wakes(here.commands().cancel_batch(batch.id), tally);

    ASSERT_TRUE(tally && *tally);
    EXPECT_EQ((**tally).cancelled + (**tally).requested, 1);
    EXPECT_TRUE(here.until_in(batch, "a", cancelled, 1min));
    EXPECT_EQ(submissions(), 3U);
}

// --- retry

TEST_F(Control, RetryBatchSendsWhatFailedAgain) {
    here.upstream().expect("vm1", script::fail(errc::upstream_failed));
    here.upstream().expect("vm3", script::fail_task());
    here.start();
    const auto batch = here.accept(here.clones(5));
    ASSERT_TRUE(here.until_all_end(batch));
    ASSERT_EQ(here.counts(batch)[failed], 2);

    EXPECT_EQ(here.value(here.commands().retry_batch(batch.id, false)), 2);

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 5);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(here.upstream().vms_named("vm" + std::to_string(i)), 1);
}

TEST_F(Control, RetryBatchGivesAFreshCountOfAttempts) {
    here.upstream().expect_always("a", script::fail(errc::upstream_failed, true));
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", failed));

    EXPECT_EQ(here.value(here.commands().retry_batch(batch.id, false)), 1);

    ASSERT_TRUE(here.until_in(batch, "a", failed));
    EXPECT_EQ(submissions(), 6U);
}

TEST_F(Control, RetryBatchTakesCancelledJobsOnlyIfAsked) {
    here.start();
    const auto lanes = here.accept(here.clone("first"));
    ASSERT_TRUE(here.until_all_end(lanes));
    pause();
    const auto batch = here.accept(here.clones(5));
    here.value(here.commands().cancel_batch(batch.id));
    ASSERT_EQ(here.counts(batch)[cancelled], 5);

    EXPECT_EQ(here.value(here.commands().retry_batch(batch.id, false)), 0);
    EXPECT_EQ(here.value(here.commands().retry_batch(batch.id, true)), 5);

    resume();
    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 5);
}

// I1, I5: a copy of the first life may still be in memory when the second begins.
TEST_F(Control, AJobThatExpiredInAPausedLaneAndIsRetriedIsNotForgotten) {
    here.start();
    const auto lanes = here.accept(here.clone("first"));
    ASSERT_TRUE(here.until_all_end(lanes));
    pause();
    const auto batch = here.accept(here.clones(3));
    here.pass(1s);
    // Behind the scheduler's back, as the housekeeper does it.
    const auto job = here.job(batch, "vm1");
    storage::job_change change;
    change.id = job.id;
    change.fence = job.progress.fence;
    change.from = queued;
    change.to = failed;
    change.at = here.time().wall();
    here.value(here.store().change(change));

    EXPECT_EQ(here.value(here.commands().retry_batch(batch.id, false)), 1);
    here.pass(1s);
    resume();

    ASSERT_TRUE(here.until_all_end(batch, 10min));
    EXPECT_EQ(here.counts(batch)[succeeded], 3);
}

// I1, I5: the same, and the stale copy is being sent when the second life begins.
TEST_F(Control, AStaleCopyThatIsBeingSentDoesNotHideTheJob) {
    here.start();
    const auto lanes = here.accept(here.clone("first"));
    ASSERT_TRUE(here.until_all_end(lanes));
    pause();
    const auto batch = here.accept(here.clone("a"));
    here.pass(1s);
    const auto job = here.job(batch, "a");
    storage::job_change end;
    end.id = job.id;
    end.fence = job.progress.fence;
    end.from = queued;
    end.to = failed;
    end.at = here.time().wall();
    storage::job_change revive = end;
    revive.fence = end.fence + 1;
    revive.from = failed;
    revive.to = queued;
    here.value(here.store().change(end));
    here.value(here.store().change(revive));

    resume();

    ASSERT_TRUE(here.until_in(batch, "a", succeeded, 10min));
}

// I7
TEST_F(Control, AJobIsNotRetriedWhoseNameHasANewOwner) {
    here.upstream().expect("a", script::fail(errc::upstream_failed));
    here.upstream().duration = 1h;
    here.start();
    const auto first = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(first, "a", failed));
    const auto second = here.accept(here.clone("a"));
    here.pass(1s);

    EXPECT_EQ(here.value(here.commands().retry_batch(first.id, false)), 0);

    EXPECT_EQ(here.state(first, "a"), failed);
    ASSERT_TRUE(here.until_in(second, "a", succeeded, 3h));
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

// --- lanes

TEST_F(Control, APausedLaneSendsNothingAndLetsRunWhatRuns) {
    here.endpoint().lane_limit[0] = 2;
    here.start();
    const auto batch = here.accept(here.clones(6));
    here.pass(5s);

    pause();
    here.pass(1h);

    EXPECT_EQ(here.counts(batch)[succeeded], 2);
    EXPECT_EQ(here.counts(batch)[queued], 4);
    EXPECT_NE(here.why(batch, "vm5").find("its lane is paused: storage is being moved"),
              std::string::npos);

    resume();
    ASSERT_TRUE(here.until_all_end(batch));
}

// I3
TEST_F(Control, ALowerLimitHoldsFromThenOn) {
    here.endpoint().lane_limit[0] = 8;
    here.start();
    const auto batch = here.accept(here.clones(60));
    here.pass(5s);
    ASSERT_EQ(here.upstream().working(), 8);

    here.value(here.commands().set_lane_limit(lane(), 3));
    here.pass(2min);

    std::int64_t most = 0;
    const auto watch = [&] {
        most = std::max(most, here.upstream().working());
        return here.counts(batch).ended() == 60;
    };
    ASSERT_TRUE(here.until(watch));
    EXPECT_EQ(most, 3);
}

TEST_F(Control, AHigherLimitIsUsedAtOnce) {
    here.endpoint().lane_limit[0] = 2;
    here.start();
    here.accept(here.clones(60));
    here.pass(5s);

    here.value(here.commands().set_lane_limit(lane(), 20));
    here.pass(5s);

    EXPECT_EQ(here.upstream().working(), 20);
}

TEST_F(Control, LanesThatAreNotThereAreNotFound) {
    here.start();

    EXPECT_EQ(here.commands().lane(lane_id{9}).error().code(), errc::not_found);
    EXPECT_EQ(here.run(here.commands().pause_lane(lane_id{9}, "x")).error().code(),
              errc::not_found);
    EXPECT_EQ(here.run(here.commands().set_lane_limit(lane_id{9}, 1)).error().code(),
              errc::not_found);
}

// --- what a job shows

TEST_F(Control, AQueuedJobCountsThoseAheadAndEstimatesItsEnd) {
    here.endpoint().lane_limit[0] = 2;
    here.start();
    const auto batch = here.accept(here.clones(20));
    here.pass(150s);

    const auto said = here.run(here.commands().explain(here.job(batch, "vm19")));

    ASSERT_TRUE(said.jobs_ahead);
    EXPECT_GE(*said.jobs_ahead, 12);
    ASSERT_TRUE(said.estimated_end);
    EXPECT_GT(*said.estimated_end, here.time().wall() + 4min);
    EXPECT_LT(*said.estimated_end, here.time().wall() + 12min);
}

TEST_F(Control, ARunningJobTellsHowFarItIs) {
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", running));
    here.pass(35s);

    EXPECT_EQ(here.run(here.commands().explain(here.job(batch, "a"))).percent, 50);
}

// The same request, sent again, brings no work of its own; see I6.
TEST_F(Control, ABatchThatWasAcceptedEarlierIsNotSentTwice) {
    here.start();
    const auto batch = here.accept(here.clones(3));
    storage::new_batch again;
    again.uid = "another";
    again.tenant = "blue";
    again.request_id = batch.request_id;
    again.content_hash = "hash-1";
    again.jobs = here.clones(3);

    const auto repeated = here.value(here.store().accept(std::move(again)));
    here.commands().accepted(repeated);

    EXPECT_FALSE(repeated.created);
    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(submissions(), 3U);
    EXPECT_EQ(here.lane().queued, 0);
}

}  // namespace
}  // namespace cloned::scheduler
