#include "daemon/scheduler/name_events.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using backends::refusal;
using backends::task_phase;
using enum transition_event;

constexpr wall_time now{milliseconds(10'000'000)};

class UpstreamEvents : public testing::Test {
protected:
    UpstreamEvents() {
        job.progress.attempt = 1;
        job.ready_at = now;
    }

    void an_earlier_attempt_was_in_doubt() {
        job.progress.last_error = error(errc::in_doubt, "no answer");
    }

    pause_source pauses() { return {now, random, budget}; }
    submit_verdict answered(const backends::submit_outcome& outcome) {
        return on_submit(outcome, job, pauses());
    }
    std::optional<job_update> polled(const backends::task_status& status,
                                     milliseconds took = 5s,
                                     milliseconds patience = 0ms) {
        return on_poll(status, job, took, patience, pauses());
    }
    transition_event ended(const backends::task_status& status) {
        const auto what = polled(status);
        return what ? what->kind : look_again;
    }

    random_source random{1};
    retry_budget budget{1.0, 0.5};  // one retry; two successes give another one
    queued_job job;
};

const error too_many(errc::resource_exhausted, "too many");
const error name_exists(errc::already_exists, "the name exists");

backends::task_status status_in(task_phase phase, const error& said = error()) {
    backends::task_status out;
    out.task_id = "task-7";
    out.phase = phase;
    out.said = said;
    return out;
}

// --- submissions

struct answer_row {
    const char* name;
    backends::submit_outcome outcome;
    transition_event event;
    submit_verdict::capacity lane;
    bool silent;
};

TEST_F(UpstreamEvents, EveryAnswerToASubmissionSaysWhatTheTableSays) {
    using enum submit_verdict::capacity;
    const std::vector<answer_row> rows{
        {"started", backends::started{"task-7"}, task_known, room, false},
        {"finished", backends::finished{"vm-7"}, done, room, false},
        {"not sent", backends::refused{refusal::not_sent, too_many, {}}, refused, untold, true},
        {"capacity", backends::refused{refusal::capacity, too_many, {}}, refused, full, false},
        {"capacity, later", backends::refused{refusal::capacity, too_many, 7s}, refused_until, full,
         false},
        {"busy", backends::refused{refusal::busy, too_many, {}}, refused_until, busy, false},
        {"not ready", backends::refused{refusal::not_ready, too_many, {}}, refused_until, untold,
         false},
        {"failed", backends::failed{too_many, false}, failed_for_good, untold, false},
        {"failed for now", backends::failed{too_many, true}, failed_for_now, untold, false},
        {"uncertain", backends::uncertain{too_many}, outcome_unknown, untold, true},
        {"not available", backends::uncertain{too_many, true}, outcome_unknown, busy, true},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto verdict = answered(row.outcome);
        EXPECT_EQ(verdict.what.kind, row.event);
        EXPECT_EQ(verdict.lane, row.lane);
        EXPECT_EQ(verdict.silence.has_value(), row.silent);
        EXPECT_FALSE(verdict.what.detail.empty());
    }
}

TEST_F(UpstreamEvents, AnAcceptedJobKeepsTheIdThatItWasGiven) {
    EXPECT_EQ(answered(backends::started{"task-7"}).what.task_id, "task-7");
    EXPECT_EQ(answered(backends::finished{"vm-7"}).what.vm, "vm-7");
}

TEST_F(UpstreamEvents, AFailureKeepsTheUpstreamsWords) {
    const auto said = answered(backends::failed{too_many, false}).what.said;

    ASSERT_TRUE(said);
    EXPECT_EQ(said->code(), errc::resource_exhausted);
    EXPECT_EQ(said->message(), "too many");
}

TEST_F(UpstreamEvents, WhatWasPerhapsSentIsADoubtWhateverTheError) {
    const auto said = answered(backends::uncertain{too_many}).what.said;

    ASSERT_TRUE(said);
    EXPECT_EQ(said->code(), errc::in_doubt);
}

TEST_F(UpstreamEvents, ARefusalInTheTaskChargesNothing) {
    auto status = status_in(task_phase::refused, too_many);
    status.why = refusal::capacity;
    EXPECT_EQ(ended(status), refused);
    status.why = refusal::busy;
    EXPECT_EQ(ended(status), refused_until);
}

TEST_F(UpstreamEvents, WhatBecomesOfARefusedJobIsAsThePlannerRules) {
    const auto after = [&](after_refusal ruled) {
        auto what = answered(backends::refused{refusal::capacity, too_many, 7s}).what;
        obey({ruled, 30s}, too_many, what);
        return what;
    };

    EXPECT_EQ(after(after_refusal::again).pause, 7s);
    EXPECT_EQ(after(after_refusal::aside).kind, refused_until);
    EXPECT_EQ(after(after_refusal::aside).pause, 30s);
    EXPECT_EQ(after(after_refusal::give_up).kind, failed_for_good);
    EXPECT_EQ(after(after_refusal::give_up).said->message(), "too many");
    // What an earlier attempt was told is still needed.
    EXPECT_FALSE(after(after_refusal::aside).said);
}

TEST_F(UpstreamEvents, TheUpstreamsOwnPauseIsKept) {
    for (const auto why : {refusal::not_sent, refusal::capacity, refusal::busy, refusal::not_ready})
        EXPECT_EQ(answered(backends::refused{why, too_many, 7s}).what.pause, 7s);
}

TEST_F(UpstreamEvents, AGuestMayBootForSoLongAsTheJobGrantsIt) {
    const backends::refused not_ready{refusal::not_ready, too_many, {}};
    customize_guest_spec spec;
    spec.boot_grace_ms = 60'000;
    job.spec = spec;

    job.ready_at = now - 59s;
    EXPECT_EQ(answered(not_ready).what.kind, refused_until);
    job.ready_at = now - 60s;
    EXPECT_EQ(answered(not_ready).what.kind, failed_for_good);
}

TEST_F(UpstreamEvents, ARetryBeyondTheBudgetComesAtTheSlowestPace) {
    const backends::failed later{too_many, true};
    const auto slowest = backoff_options().cap;

    EXPECT_LT(answered(later).what.pause, slowest);
    EXPECT_EQ(answered(later).what.pause, slowest);
    answered(backends::finished{"vm-7"});
    polled(status_in(task_phase::succeeded));
    EXPECT_LT(answered(later).what.pause, slowest);
}

// --- tasks

TEST_F(UpstreamEvents, EveryPhaseOfATaskSaysWhatTheTableSays) {
    EXPECT_FALSE(polled(status_in(task_phase::pending)));
    EXPECT_FALSE(polled(status_in(task_phase::running)));
    EXPECT_EQ(ended(status_in(task_phase::succeeded)), done);
    EXPECT_EQ(ended(status_in(task_phase::vanished)), outcome_unknown);
    EXPECT_EQ(ended(status_in(task_phase::failed, too_many)), failed_for_good);

    auto later = status_in(task_phase::failed, too_many);
    later.later = true;
    EXPECT_EQ(ended(later), failed_for_now);
    auto cancelled = later;
    cancelled.cancelled = true;
    EXPECT_EQ(ended(cancelled), was_cancelled);
    auto busy = status_in(task_phase::refused, too_many);
    busy.why = refusal::busy;
    EXPECT_EQ(ended(busy), refused_until);
}

TEST_F(UpstreamEvents, AnEndedTaskTellsItsVm) {
    for (const auto phase : {task_phase::succeeded, task_phase::failed}) {
        auto status = status_in(phase);
        status.vm = "vm-7";
        EXPECT_EQ(polled(status)->vm, "vm-7");
    }
    EXPECT_FALSE(polled(status_in(task_phase::succeeded))->vm);
}

TEST_F(UpstreamEvents, ATaskThatDoesNotEndIsADoubtOnceThePatienceIsOver) {
    const auto at_work = status_in(task_phase::running);

    EXPECT_FALSE(polled(at_work, 59s, 60s));
    EXPECT_EQ(polled(at_work, 60s, 60s)->kind, outcome_unknown);
    EXPECT_EQ(polled(status_in(task_phase::succeeded), 60s, 60s)->kind, done);
}

TEST_F(UpstreamEvents, ThatTheNameExistsIsADoubtAfterADoubt) {
    const auto in_task = status_in(task_phase::failed, name_exists);
    EXPECT_EQ(answered(backends::failed{name_exists, false}).what.kind, failed_for_good);
    EXPECT_EQ(ended(in_task), failed_for_good);

    an_earlier_attempt_was_in_doubt();
    EXPECT_EQ(answered(backends::failed{name_exists, false}).what.kind, outcome_unknown);
    EXPECT_EQ(ended(in_task), outcome_unknown);
}

TEST_F(UpstreamEvents, TheOwnTaskOfAJobInDoubtSettlesIt) {
    const auto own = [&](std::optional<backends::task_status> status) {
        return on_own_task(status, job, 5s, pauses());
    };

    EXPECT_FALSE(own(std::nullopt));
    EXPECT_FALSE(own(status_in(task_phase::vanished)));
    EXPECT_EQ(own(status_in(task_phase::succeeded))->kind, done);
    for (const auto phase : {task_phase::pending, task_phase::running}) {
        EXPECT_EQ(own(status_in(phase))->kind, task_known);
        EXPECT_EQ(own(status_in(phase))->task_id, "task-7");
    }
}

// --- evidence and names

struct evidence_row {
    doubt::finding found;
    bool suspect;
    transition_event event;
    std::optional<errc> said;
};

TEST_F(UpstreamEvents, EveryFindingSaysWhatTheTableSays) {
    using enum doubt::finding;
    const evidence_row rows[]{
        {made, false, done, std::nullopt},
        {made, true, transition_event::unsettled, errc::in_doubt},
        {absent, false, proven_absent, std::nullopt},
        {absent, true, refused, std::nullopt},
        {taken, false, failed_for_good, errc::already_exists},
        {taken, true, failed_for_good, errc::already_exists},
        {doubt::finding::unsettled, false, transition_event::unsettled, errc::in_doubt},
        {doubt::finding::unsettled, true, transition_event::unsettled, errc::in_doubt},
    };
    vcenter_clone_spec spec;
    spec.name = "web-1";
    job.spec = spec;
    for (const auto& row : rows) {
        job.suspect = row.suspect;
        const auto what = on_evidence({.what = row.found, .vm = "vm-7", .why = "seen"}, job);
        SCOPED_TRACE(what.detail);
        EXPECT_EQ(what.kind, row.event);
        ASSERT_EQ(what.said.has_value(), row.said.has_value());
        if (row.said) {
            EXPECT_EQ(what.said->code(), *row.said);
        }
        EXPECT_EQ(what.vm.has_value(), row.found == made);
    }
}

// A power-on changes the VM that it names: that one is there was never in question.
TEST_F(UpstreamEvents, ASuspectThatMakesNoVmIsBelieved) {
    job.spec = power_on_spec();
    job.suspect = true;

    EXPECT_EQ(on_evidence({.what = doubt::finding::made}, job).kind, done);
}

TEST_F(UpstreamEvents, ATakenNameEndsAJobThatWasNeverInDoubt) {
    const auto what = on_name_taken({"vm-7", " in the folder of its source"}, job);
    EXPECT_EQ(what.kind, name_unusable);
    EXPECT_TRUE(what.detail.ends_with(" in the folder of its source")) << what.detail;
    EXPECT_EQ(what.said->code(), errc::already_exists);

    an_earlier_attempt_was_in_doubt();
    const auto doubted = on_name_taken({"vm-7", {}}, job);
    EXPECT_EQ(doubted.kind, outcome_unknown);
    EXPECT_EQ(doubted.said->code(), errc::in_doubt);
}

// However often a client asks for another try, the cause is told, once.
TEST_F(UpstreamEvents, ANameThatAFailedAttemptHasTakenKeepsTheCause) {
    job.progress.last_error = error(errc::upstream_failed, "no space left");
    job.progress.task_id = "task-7";
    const auto first = on_name_taken({"vm-7", {}}, job);
    EXPECT_EQ(first.kind, name_unusable);
    EXPECT_EQ(first.said->code(), errc::upstream_failed);
    EXPECT_TRUE(first.said->message().ends_with("an attempt of this job failed: no space left"));
    EXPECT_EQ(first.vm, "vm-7");

    job.progress.task_id.clear();
    job.progress.vm = "vm-7";
    job.progress.last_error = first.said;
    EXPECT_EQ(on_name_taken({"vm-7", {}}, job).said, first.said);

    // Who has refused the second attempt did not name the VM.
    job.progress.vm.clear();
    job.progress.last_error = error(errc::upstream_failed, "no space left");
    const auto perhaps = on_name_taken({"vm-7", {}}, job);
    EXPECT_EQ(perhaps.said->code(), errc::upstream_failed);
    EXPECT_TRUE(perhaps.said->message().ends_with(
        "perhaps left by an attempt of this job; the last one failed: no space left"));
    EXPECT_FALSE(perhaps.vm);
}

TEST_F(UpstreamEvents, ANameThatTheUpstreamRefusesEndsTheJobWithItsWords) {
    const auto what = on_name_refused(error(errc::invalid_argument, "no such folder"));

    EXPECT_EQ(what.kind, name_unusable);
    EXPECT_EQ(what.said->message(), "no such folder");
}

}  // namespace
}  // namespace cloned::scheduler
