// Jobs whose outcome is not known: what the daemon makes of them by evidence alone.

#include "tests/scheduler/rig.hpp"

#include <gtest/gtest.h>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using testing::script;
using enum job_state;

class DoubtfulJobs : public ::testing::Test {
protected:
    rig here;

    std::size_t submissions() { return here.upstream().submissions.size(); }

    // The task vanishes after twenty minutes, its work comes to light `hidden` later, and is
    // adopted.
    void forget_a_long_task_until(milliseconds hidden) {
        here.upstream().duration = 30min;
        here.start();
        const auto batch = here.accept(here.clone("a"));
        here.pass(20min);

        here.upstream().forget_task("task-1", here.time().wall() + hidden);
        ASSERT_TRUE(here.until_in(batch, "a", succeeded));

        EXPECT_EQ(submissions(), 1U);
        EXPECT_EQ(here.upstream().vms_named("a"), 1);
    }
};

// I2
TEST_F(DoubtfulJobs, WhatWasMadeAlthoughTheAnswerWasLostIsAdopted) {
    here.upstream().expect("a", script::lose(true));
    here.start();

    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", in_doubt));
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));

    EXPECT_EQ(submissions(), 1U);
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
    EXPECT_FALSE(here.job(batch, "a").progress.vm.empty());
}

// I2
TEST_F(DoubtfulJobs, WhatIsProvenAbsentIsSentAgainExactlyOnce) {
    here.upstream().expect("a", script::lose(false));
    here.start();

    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));

    EXPECT_EQ(submissions(), 2U);
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
    EXPECT_EQ(here.job(batch, "a").progress.attempt, 2U);
}

// I2: should the first request arrive after all, the upstream takes one of the two.
class ChosenTasks : public DoubtfulJobs {
protected:
    void start() {
        here.start();
        const auto note = [&](const backends::submission& what) -> task<void> {
            sent.emplace_back(what.task_id, what.repeated);
            co_return;
        };
        here.backend().on_submit = note;
    }

    static job_request zstack_job() {
        zstack_clone_spec spec;
        spec.vm_instance = "source";
        spec.name = "a";
        auto job = rig::clone("a");
        job.spec = std::move(spec);
        return job;
    }

    std::vector<std::pair<std::string, bool>> sent;  // task id, repeated
};

TEST_F(ChosenTasks, WhatNeverArrivedGoesAgainUnderTheSameTask) {
    here.upstream().expect("a", script::lose(false));
    here.upstream().expect("a", script::refuse(backends::refusal::not_sent));
    start();

    const auto batch = here.accept(zstack_job());
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));

    ASSERT_EQ(sent.size(), 3U);
    EXPECT_FALSE(sent[0].first.empty());
    EXPECT_EQ(sent[0], std::pair(sent[1].first, false));
    EXPECT_TRUE(sent[1].second);
    EXPECT_EQ(sent[1], sent[2]) << "the repetition was not taken, so the first may still be";
}

// I2: the client's next try may meet the request of the last.
TEST_F(ChosenTasks, AnotherTryOfWhatNeverArrivedGoesUnderTheSameTask) {
    here.upstream().expect("a", script::lose(false));
    start();
    const auto batch = here.accept(zstack_job());
    ASSERT_TRUE(here.until_in(batch, "a", in_doubt));
    here.value(here.commands().cancel_batch(batch.id));
    ASSERT_TRUE(here.until_in(batch, "a", cancelled));

    EXPECT_EQ(here.value(here.commands().retry_batch(batch.id, true)), 1);
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));

    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[1], std::pair(sent[0].first, true));
}

TEST_F(ChosenTasks, WhatTheUpstreamHasTakenAndForgottenGoesUnderAnother) {
    here.upstream().expect("a", script::vanish(false));
    start();

    const auto batch = here.accept(zstack_job());
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));

    ASSERT_EQ(sent.size(), 2U);
    EXPECT_NE(sent[1].first, sent[0].first);
    EXPECT_EQ(sent[1].first.size(), sent[0].first.size());
    EXPECT_FALSE(sent[1].second);
}

// Its task was never heard of, but it is the one that has made the VM.
TEST_F(ChosenTasks, AVmThatIsFoundKeepsTheTaskThatHasMadeIt) {
    here.upstream().expect("a", script::lose(true));
    start();

    const auto batch = here.accept(zstack_job());
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));

    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(here.job(batch, "a").progress.task_id, sent[0].first);
}

TEST_F(ChosenTasks, WhatTheUpstreamHasRefusedForGoodIsTriedUnderAnother) {
    here.upstream().expect("a", script::fail(errc::upstream_failed));
    start();
    const auto batch = here.accept(zstack_job());
    ASSERT_TRUE(here.until_in(batch, "a", failed));

    EXPECT_EQ(here.value(here.commands().retry_batch(batch.id, false)), 1);
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));

    ASSERT_EQ(sent.size(), 2U);
    EXPECT_NE(sent[1].first, sent[0].first);
    EXPECT_FALSE(sent[1].second);
}

// I2
TEST_F(DoubtfulJobs, AbsenceIsNotBelievedWhileTheRequestMayStillArrive) {
    auto& info = here.endpoint();
    auto slow = script::lose(true);
    slow.begins_after = info.request_timeout + info.quiesce - 2s;
    here.upstream().expect("a", slow);
    here.start();

    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));

    EXPECT_EQ(submissions(), 1U);
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

// I2: the first list that counts lags, and the task would be a stranger's to the next one.
TEST_F(DoubtfulJobs, ATaskOfTheLastMomentThatAListShowsLateIsNoStrangers) {
    auto& info = here.endpoint();
    auto slow = script::lose(true);
    slow.begins_after = info.request_timeout + info.quiesce - 100ms;
    here.upstream().expect("a", slow);
    here.upstream().tasks_lag = 900ms;
    here.start();

    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));

    EXPECT_EQ(submissions(), 1U);
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

// I2: the request arrives at the last moment, while a look is under way that has found nothing yet.
// That look proves nothing; and the task is no stranger's because only the next one shows it.
TEST_F(DoubtfulJobs, ALookThatBeganWhileTheRequestMightArriveProvesNothing) {
    here.endpoint().quiesce = 2s;
    auto slow = script::lose(true);
    slow.begins_after = 59'900ms;
    here.upstream().expect("a", slow);
    here.start();
    here.backend().travel_time = 2s;
    here.backend().looks_together = 1;

    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));

    EXPECT_EQ(submissions(), 1U);
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

// I3
TEST_F(DoubtfulJobs, HoldTheirSlots) {
    here.endpoint().lane_limit[0] = 2;
    here.upstream().expect("vm0", script::lose(true));
    here.upstream().expect("vm1", script::lose(true));
    here.upstream().duration = 10min;
    here.start();

    const auto batch = here.accept(here.clones(6));
    here.pass(9min);

    EXPECT_EQ(here.lane().in_flight, 2);
    EXPECT_EQ(here.lane().in_doubt, 2);
    EXPECT_EQ(submissions(), 2U);
    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.upstream().peak(), 2);
    EXPECT_EQ(here.lane().in_doubt, 0);
}

TEST_F(DoubtfulJobs, SayWhatTheyWaitFor) {
    here.upstream().expect("a", script::lose(false));
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", in_doubt));

    EXPECT_NE(here.why(batch, "a").find("the connection was lost"), std::string::npos);
}

// I2: the upstream forgets the task, and makes the VM all the same.
TEST_F(DoubtfulJobs, AVanishedTaskWhoseWorkGoesOnIsAdopted) {
    here.upstream().expect("a", script::vanish(true));
    here.start();

    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", in_doubt));
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));

    EXPECT_EQ(here.upstream().vms_named("a"), 1);
    EXPECT_EQ(submissions(), 1U);
}

TEST_F(DoubtfulJobs, AVanishedTaskWhoseWorkHasStoppedIsSentAgain) {
    here.upstream().expect("a", script::vanish(false));
    here.start();

    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));

    EXPECT_EQ(submissions(), 2U);
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

// I2: the task ran for long before it vanished, so its request is long dead. What it set in motion
// may still come to light for a while, and the doubt gets that time from when it arose.
TEST_F(DoubtfulJobs, AVanishedTaskIsGivenTimeToShowItsVm) {
    forget_a_long_task_until(15s);
}

// I2
TEST_F(DoubtfulJobs, AVanishedTaskIsGivenMoreTimeWhereNothingShowsItsWork) {
    here.endpoint().forgotten_task_wait = 10min;
    forget_a_long_task_until(9min);
}

// I2
TEST_F(DoubtfulJobs, AnExistingVmAfterADoubtIsOurOwn) {
    here.upstream().names_are_unique = true;
    here.upstream().expect("a", script::lose(false));
    here.start();
    // What was lost has been done after all, as late as can be.
    const auto be_late = [&](const backends::submission&) -> task<void> {
        if (submissions() == 2) here.upstream().add_vm("a");
        co_return;
    };
    here.backend().on_submit = be_late;

    const auto batch = here.accept(here.clone("a"));

    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(submissions(), 2U);
    EXPECT_EQ(here.job(batch, "a").progress.vm, "vm-of-somebody");
    EXPECT_EQ(here.upstream().vms_named("a"), 1);
}

// Some upstreams accept the request and find out only in its task that the name exists.
TEST_F(DoubtfulJobs, AnExistingVmThatOnlyTheTaskTellsOfIsOurOwn) {
    here.upstream().expect("a", script::lose(false));
    auto taken = script::fail_task();
    taken.said = error(errc::already_exists, "the name exists");
    here.upstream().expect("a", taken);
    here.start();
    const auto be_late = [&](const backends::submission&) -> task<void> {
        if (submissions() == 2) here.upstream().add_vm("a");
        co_return;
    };
    here.backend().on_submit = be_late;

    const auto batch = here.accept(here.clone("a"));

    ASSERT_TRUE(here.until_in(batch, "a", succeeded));
    EXPECT_EQ(submissions(), 2U);
    EXPECT_EQ(here.job(batch, "a").progress.vm, "vm-of-somebody");
}

TEST_F(DoubtfulJobs, AnExistingVmWithoutADoubtIsSomebodyElses) {
    here.upstream().names_are_unique = true;
    here.upstream().add_vm("a");
    here.start();

    const auto batch = here.accept(here.clone("a"));

    ASSERT_TRUE(here.until_in(batch, "a", failed));
    EXPECT_EQ(here.job(batch, "a").progress.last_error->code(), errc::already_exists);
}

// A stranger's clones of the same source come and go all the time.
TEST_F(DoubtfulJobs, StrangersAtWorkOnTheSameSourceDoNotDelayTheAnswerForEver) {
    here.upstream().expect("a", script::lose(false));
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", in_doubt));

    int strangers = 0;
    const auto sent_again = [&] {
        if (strangers++ % 20 == 0)
            here.upstream().begin(here.clone("stranger").spec, {.takes = 30s}, here.time().wall());
        return submissions() == 2;
    };
    EXPECT_TRUE(here.until(sent_again, 10min));
}

// I5: nothing is guessed; what was seen is kept for the operator.
TEST_F(DoubtfulJobs, WhatEvidenceCannotSettleGoesToTheOperator) {
    here.endpoint().lane_limit[0] = 1;
    auto overrun = script::lose(false);
    overrun.strangers_come = 2;
    here.upstream().expect("vm0", overrun);
    here.start();

    const auto batch = here.accept(here.clones(2));

    ASSERT_TRUE(here.until_in(batch, "vm0", needs_operator));
    EXPECT_NE(here.why(batch, "vm0").find("2 VMs are named vm0"), std::string::npos);
    ASSERT_TRUE(here.until_in(batch, "vm1", succeeded));
    EXPECT_EQ(here.run(here.commands().cancel(here.job(batch, "vm0").id)).error().code(),
              errc::failed_precondition);
}

TEST_F(DoubtfulJobs, AreFewLooksHoweverMany) {
    here.endpoint().lane_limit[0] = 100;
    for (int i = 0; i < 100; ++i)
        here.upstream().expect("vm" + std::to_string(i), script::lose(true));
    here.start();

    const auto batch = here.accept(here.clones(100));

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 100);
    EXPECT_LE(here.upstream().looks, 100 * 6);
    EXPECT_EQ(here.upstream().vm_count(), 100U);
}

TEST_F(DoubtfulJobs, AreNotSentAgainWhenNoAttemptIsLeft) {
    here.upstream().expect_always("a", script::lose(false));
    here.start();
    auto job = here.clone("a");
    job.max_attempts = 2;

    const auto batch = here.accept(job);

    ASSERT_TRUE(here.until_in(batch, "a", failed));
    EXPECT_EQ(submissions(), 2U);
    EXPECT_EQ(here.job(batch, "a").progress.last_error->message(), "the connection was lost");
}

}  // namespace
}  // namespace cloned::scheduler
