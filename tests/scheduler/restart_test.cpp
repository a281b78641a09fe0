// Lives of the daemon, one after the other on the same file: by SIGTERM and by SIGKILL.

#include "tests/scheduler/rig.hpp"

#include <gtest/gtest.h>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using testing::script;
using enum job_state;

class Restart : public ::testing::Test {
protected:
    rig here;

    std::size_t submissions() { return here.upstream().submissions.size(); }
    void crash_and_start(milliseconds dead_for = 1s) {
        here.crash();
        here.skip(dead_for);
        here.start();
    }
};

// --- what an earlier life left; I1, I2

TEST_F(Restart, QueuedJobsAreTakenUp) {
    here.endpoint().lane_limit[0] = 2;
    here.start();
    const auto batch = here.accept(here.clones(20));
    here.pass(90s);

    crash_and_start();

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 20);
    EXPECT_EQ(submissions(), 20U);
}

TEST_F(Restart, AJobAcceptedInTheLastMomentIsTakenUp) {
    here.start();
    const auto batch = here.accept(here.clones(5));

    crash_and_start();

    EXPECT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 5);
}

TEST_F(Restart, RunningJobsAreWatchedOn) {
    here.start();
    const auto batch = here.accept(here.clones(10));
    here.pass(10s);
    ASSERT_EQ(here.counts(batch)[running], 10);

    crash_and_start();

    EXPECT_EQ(here.lane().in_flight, 10);
    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 10);
    EXPECT_EQ(submissions(), 10U);
}

TEST_F(Restart, JobsThatEndedWhileNobodyLookedAreFoundEnded) {
    here.start();
    const auto batch = here.accept(here.clones(10));
    here.pass(10s);

    crash_and_start(6h);

    ASSERT_TRUE(here.until_all_end(batch, 1min));
    EXPECT_EQ(here.counts(batch)[succeeded], 10);
    EXPECT_EQ(submissions(), 10U);
}

// I2: the upstream got it and the answer was never recorded.
TEST_F(Restart, AnIntentWithoutAnAnswerIsInDoubtAndItsVmIsAdopted) {
    here.start();
    here.backend().travel_time = 1s;
    const auto batch = here.accept(here.clone("a"));
    here.pass(1500ms);
    ASSERT_EQ(here.state(batch, "a"), submitting);
    ASSERT_EQ(here.upstream().working(), 1);

    crash_and_start();

    EXPECT_EQ(here.state(batch, "a"), in_doubt);
    EXPECT_EQ(here.lane().in_flight, 1);
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(submissions(), 1U);
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

// I2: the intent was recorded and no byte had left.
TEST_F(Restart, AnIntentThatNeverArrivedIsSentAgainOnceItIsProvenAbsent) {
    here.start();
    here.backend().travel_time = 1s;
    const auto batch = here.accept(here.clone("a"));
    here.pass(500ms);
    ASSERT_EQ(here.state(batch, "a"), submitting);
    ASSERT_EQ(submissions(), 0U);

    crash_and_start();
    EXPECT_EQ(here.state(batch, "a"), in_doubt);

    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(submissions(), 1U);
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

TEST_F(Restart, JobsInDoubtAreSettledOn) {
    here.upstream().expect("vm0", script::lose(true));
    here.upstream().expect("vm1", script::lose(false));
    here.start();
    const auto batch = here.accept(here.clones(2));
    here.pass(1s);
    ASSERT_EQ(here.counts(batch)[in_doubt], 2);

    crash_and_start();

    EXPECT_EQ(here.lane().in_flight, 2);
    EXPECT_EQ(here.lane().in_doubt, 2);
    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 2);
    EXPECT_EQ(submissions(), 3U);
    EXPECT_EQ(here.upstream().vm_count(), 2U);
}

// I3
TEST_F(Restart, WhatWasLeftHoldsItsSlots) {
    here.endpoint().lane_limit[0] = 3;
    here.upstream().duration = 1h;
    here.upstream().expect("vm0", script::lose(true));
    here.start();
    const auto batch = here.accept(here.clones(10));
    here.pass(10s);

    crash_and_start();
    here.pass(30min);

    EXPECT_EQ(here.lane().in_flight, 3);
    EXPECT_EQ(submissions(), 3U);
    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.upstream().peak(), 3);
}

TEST_F(Restart, JobsThatWaitForATimeAreWoken) {
    here.upstream().expect("later", script::fail(errc::upstream_failed, true));
    here.start();
    auto job = here.clone("timed");
    job.not_before = here.time().wall() + 3h;
    const auto batch = here.accept({job, rig::clone("later")});
    ASSERT_TRUE(here.until_in(batch, "later", blocked));

    crash_and_start();

    ASSERT_TRUE(here.until_in(batch, "later", succeeded, 10min));
    EXPECT_EQ(here.state(batch, "timed"), blocked);
    EXPECT_TRUE(here.until_in(batch, "timed", succeeded, 4h));
}

TEST_F(Restart, WhatIsWithTheOperatorStaysThereAndHoldsNoSlot) {
    auto overrun = script::lose(false);
    overrun.strangers_come = 2;
    here.upstream().expect("a", overrun);
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", needs_operator));

    crash_and_start();
    here.pass(1h);

    EXPECT_EQ(here.state(batch, "a"), needs_operator);
    EXPECT_EQ(here.lane().in_flight, 0);
}

TEST_F(Restart, ACancelThatTheUpstreamHadNotHeardIsAskedAgain) {
    here.upstream().duration = 24h;
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", running));
    here.upstream().down = true;
    here.value(here.commands().cancel_batch(batch.id));

    here.crash();
    here.upstream().down = false;
    here.start();

    ASSERT_TRUE(here.until_in(batch, "a", cancelled, 10min));
}

// --- lanes

TEST_F(Restart, APausedLaneStaysPaused) {
    here.start();
    ASSERT_TRUE(here.until_all_end(here.accept(here.clone("first"))));
    const auto id = here.lane().lane.id;
    here.value(here.commands().pause_lane(id, "storage is being moved"));

    crash_and_start();
    const auto batch = here.accept(here.clone("a"));
    here.pass(1h);

    EXPECT_EQ(here.state(batch, "a"), queued);
    EXPECT_EQ(here.lane().lane.settings.pause_reason, "storage is being moved");

    here.value(here.commands().resume_lane(id));
    crash_and_start();
    EXPECT_TRUE(here.until_in(batch, "a", succeeded));
}

TEST_F(Restart, ALimitSetByAnOperatorStays) {
    here.start();
    ASSERT_TRUE(here.until_all_end(here.accept(here.clone("first"))));
    here.value(here.commands().set_lane_limit(here.lane().lane.id, 2));

    crash_and_start();

    EXPECT_EQ(here.lane().limit, 2);
    const auto batch = here.accept(here.clones(6));
    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.upstream().peak(), 2);
}

TEST_F(Restart, WhatWasLearnedOfTheUpstreamStays) {
    here.endpoint().lane_limit[0] = 100;
    here.upstream().capacity = 7;
    here.start();
    ASSERT_TRUE(here.until_all_end(here.accept(here.clones(50))));
    ASSERT_EQ(here.lane().ceiling, 7);
    const auto refusals = here.upstream().refusals;

    crash_and_start();
    EXPECT_EQ(here.lane().ceiling, 7);
    here.accept(here.clones(50, "more"));
    here.pass(10s);

    EXPECT_LE(here.upstream().refusals - refusals, 1);
    EXPECT_GE(here.upstream().working(), 7);
}

// What the learner keeps must not undo what an operator says at the same moment.
TEST_F(Restart, APauseIsNotLostToALessonThatIsKeptAtTheSameTime) {
    here.endpoint("vc2");
    here.endpoint("vc1").lane_limit[0] = 100;
    here.endpoint("vc2").lane_limit[0] = 100;
    here.upstream("vc1").capacity = 2;
    here.upstream("vc2").capacity = 2;
    for (int delay = 0; delay < 30; ++delay) {
        here.start();
        here.accept(here.clones(8, "a" + std::to_string(delay) + "-", "vc1"));
        here.accept(here.clones(8, "b" + std::to_string(delay) + "-", "vc2"));
        here.pass(milliseconds(900 + 10 * delay));
        const auto id = here.lane(job_kind::vcenter_clone, "vc2").lane.id;
        std::optional<result<lane_status>> paused;
        here.run_when_next_wakes(here.commands().pause_lane(id, "moving"), paused);
        here.pass(200ms);
        ASSERT_TRUE(paused && *paused);

        crash_and_start();

        EXPECT_TRUE(here.lane(job_kind::vcenter_clone, "vc2").lane.settings.paused) << delay;
        here.value(here.commands().resume_lane(id));
        here.pass(1h);
        here.stop();
    }
}

// --- stop

TEST_F(Restart, StopLeavesWhatRunsToTheUpstreamAndTakesSeconds) {
    here.upstream().duration = 1h;
    here.endpoint().lane_limit[0] = 3;
    here.start();
    const auto batch = here.accept(here.clones(10));
    here.pass(10s);
    const auto before = here.time().now();

    here.run(here.daemon().stop());
    EXPECT_LE(here.time().now() - before, 1s);

    EXPECT_EQ(here.counts(batch)[running], 3);
    EXPECT_EQ(here.counts(batch)[queued], 7);
    EXPECT_EQ(here.upstream().cancels, 0);
}

TEST_F(Restart, StopWaitsForAnswersToBeRecorded) {
    here.start();
    here.backend().travel_time = 2s;
    const auto batch = here.accept(here.clones(4));
    here.pass(1s);
    ASSERT_EQ(here.counts(batch)[submitting], 4);

    here.stop();
    here.start();

    EXPECT_EQ(here.counts(batch)[running], 4);
    EXPECT_EQ(here.counts(batch)[in_doubt], 0);
}

TEST_F(Restart, StopSendsNothingMore) {
    here.endpoint().lane_limit[0] = 1;
    here.start();
    here.backend().travel_time = 2s;
    here.accept(here.clones(5));
    here.pass(1s);
    const auto before = submissions();

    here.stop();

    EXPECT_LE(submissions(), before + 1);
}

// What comes due while it waits is not for this life any more, and must not be looked at again and
// again: here it would never end, in production it would burn a processor.
TEST_F(Restart, StopIsQuietWhileItWaits) {
    here.endpoint("vc2");
    here.options.shutdown_grace = 50s;
    here.upstream("vc1").capacity = 2;
    here.upstream("vc1").duration = 1h;
    here.upstream("vc2").expect("late", script::hang(false));
    here.start();
    here.accept(here.clones(20, "vm", "vc1"));
    here.pass(5s);
    ASSERT_TRUE(here.daemon().plan().next_pick());
    ASSERT_LT(*here.daemon().plan().next_pick(), here.time().now() + 40s);
    here.accept(here.clone("late", "vc2"));
    here.pass(1s);
    const auto before = here.time().now();

    here.run(here.daemon().stop());

    EXPECT_LE(here.time().now() - before, 51s);
}

// I2: an answer that never comes is left in doubt for the next life.
TEST_F(Restart, StopDoesNotWaitForEverForAnAnswer) {
    here.upstream().expect("a", script::hang(true));
    here.start();
    const auto batch = here.accept(here.clone("a"));
    here.pass(1s);
    const auto before = here.time().now();

    here.run(here.daemon().stop());
    EXPECT_LE(here.time().now() - before, here.options.shutdown_grace + 1s);
    EXPECT_EQ(here.state(batch, "a"), submitting);

    crash_and_start();
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(submissions(), 1U);
}

// Whatever is under way when the stop comes, it comes to an end.
TEST_F(Restart, StopEndsAtWhateverMomentItComes) {
    for (int moment = 0; moment < 60; ++moment) {
        const auto prefix = "m" + std::to_string(moment) + "-";
        here.upstream().expect(prefix + "0", script::vanish(false));
        here.upstream().expect(prefix + "1", script::lose(false));
        here.upstream().expect(prefix + "2", script::fail(errc::upstream_failed, true));
        here.upstream().expect(prefix + "3", script::refuse(backends::refusal::busy));
        here.start();
        here.accept(here.clones(12, prefix));
        here.pass(milliseconds(moment % 20 * 100));
        // Not only at rest: as one thing after the other happens.
        for (int step = 0; step < moment; ++step) here.wake_next();
        const auto before = here.time().now();

        here.stop_when_next_wakes(moment % 2 == 0);

        EXPECT_LE(here.time().now() - before, 15s) << "moment " << moment;
        here.crash();
    }
}

// A poll that is being recorded while the stop comes brings a new doubt: nothing may begin to
// settle it, for nobody would end that.
TEST_F(Restart, StopIsNotHeldUpByADoubtThatArisesMeanwhile) {
    here.upstream().expect("a", script::vanish(false));
    here.start();
    here.backend().travel_time = 100ms;
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until([&] { return here.upstream().polls == 1; }, 1min, 10ms));
    here.pass(180ms);
    ASSERT_EQ(here.state(batch, "a"), running);
    const auto before = here.time().now();

    here.stop_when_next_wakes(true);

    EXPECT_EQ(here.state(batch, "a"), in_doubt);
    EXPECT_LE(here.time().now() - before, 1s);
}

// --- at random

// I1, I2, I3, I5 over many lives with everything going wrong at once. A seed that fails says so.
class RandomLives : public ::testing::TestWithParam<int> {};

script any_script(random_source& random) {
    const auto draw = static_cast<int>(random.between(0, 14));
    switch (draw) {
        case 0:
            return script::lose(true);
        case 1:
            return script::lose(false);
        case 2:
            return script::vanish(true);
        case 3:
            return script::vanish(false);
        case 4:
            return script::fail_task(true);
        case 5:
            return script::fail(errc::upstream_failed, true);
        case 6:
            return script::refuse(backends::refusal::busy);
        case 7: {
            auto late = script::lose(true);
            late.begins_after = milliseconds(static_cast<int>(random.between(0, 85'000)));
            return late;
        }
        case 8:
            return script::hang(true);
        case 9:
            return script::hang(false);
        case 10:
            return script::finish();
        default:
            return script::accept();
    }
}

TEST_P(RandomLives, LoseNothingAndMakeNothingTwice) {
    constexpr int count = 60;
    rig here;
    random_source random(static_cast<std::uint64_t>(GetParam()));
    auto& info = here.endpoint();
    info.lane_limit[0] = 12;
    auto& upstream = here.upstream();
    upstream.capacity = 4 + GetParam() % 6;
    for (int i = 0; i < count; ++i)
        for (int n = 0; n < 3; ++n) upstream.expect("vm" + std::to_string(i), any_script(random));
    here.start();
    auto jobs = here.clones(count);
    for (auto& job : jobs) job.max_attempts = 50;
    const auto batch = here.accept(jobs);

    for (int life = 0; life < 12; ++life) {
        here.pass(milliseconds(static_cast<int>(random.between(0, 90'000))));
        for (auto steps = random.between(0, 30); steps > 0; --steps) here.wake_next();
        upstream.down = random.unit() < 0.2;
        if (random.unit() < 0.8)
            here.crash();
        else
            here.stop();
        here.skip(milliseconds(static_cast<int>(random.between(0, 60'000))));
        here.start();
    }
    upstream.down = false;

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], count);
    for (int i = 0; i < count; ++i)
        EXPECT_EQ(upstream.vms_named("vm" + std::to_string(i)), 1) << "vm" << i;
    EXPECT_LE(upstream.peak(), 12);
    EXPECT_EQ(here.lane().in_flight, 0);
    EXPECT_EQ(here.lane().queued, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomLives, ::testing::Range(1, 31));

}  // namespace
}  // namespace cloned::scheduler
