#include "daemon/scheduler/job_change.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

namespace cloned::scheduler {
namespace {

using enum transition_event;

constexpr wall_time now{milliseconds(1'000'000)};
constexpr auto chosen = "0123456789abcdef0123456789abcdef";  // by us, and not seen to be taken
constexpr auto taken = "/v1/api-jobs/0123456789abcdef0123456789abcdef";
constexpr auto theirs = "task-7";

queued_job a_job(job_spec spec, job_state state, std::string task = "") {
    queued_job job;
    job.id = job_id{5};
    job.spec = std::move(spec);
    job.progress.state = state;
    job.progress.fence = 7;
    job.progress.attempt = 1;
    job.progress.task_id = std::move(task);
    return job;
}

std::optional<storage::job_change> change(const changing_job& job, transition_event event) {
    job_update what;
    what.kind = event;
    what.detail = "said";
    return change_of(job, what, now);
}

using visitor = std::function<void(job_state, transition_event)>;

void for_every_state_and_event(const visitor& visit) {
    for (std::size_t s = 0; s < job_state_count; ++s)
        for (std::size_t e = 0; e < transition_event_count; ++e)
            visit(static_cast<job_state>(s), static_cast<transition_event>(e));
}

// What becomes of that task id wherever a change is possible: kept, cleared, or given by the
// update.
std::string task_after(job_spec spec,
                       job_state state,
                       transition_event event,
                       const std::string& task,
                       bool repeated = false) {
    const auto job = a_job(std::move(spec), state, task);
    changing_job facts(job);
    facts.repeated = repeated;
    const auto made = change(facts, event);
    if (!made) return "impossible";
    if (!made->task_id) return "kept";
    return made->task_id->empty() ? "cleared" : *made->task_id;
}

TEST(JobChange, EveryStateMeetsEveryEventAsTheTransitionsSay) {
    for_every_state_and_event([](job_state state, transition_event event) {
        SCOPED_TRACE(testing::Message() << to_string(state) << " and event " << int(event));
        const auto job = a_job(vcenter_clone_spec(), state);
        const auto to = next(job.progress, job.max_attempts, event);
        const auto made = change(job, event);

        ASSERT_EQ(made.has_value(), to.has_value());
        if (!made) return;
        EXPECT_EQ(made->id, job.id);
        EXPECT_EQ(made->fence, 7);
        EXPECT_EQ(made->from, state);
        EXPECT_EQ(made->to, to->to);
        EXPECT_EQ(made->attempt, to->attempt);
        EXPECT_EQ(made->at, now);
        EXPECT_EQ(made->detail, "said");
        EXPECT_EQ(made->wake_at.has_value(), made->to == job_state::blocked);
        EXPECT_EQ(made->sent_at.has_value(),
                  made->to == job_state::submitting && event == slot_given);
        EXPECT_EQ(made->cancel_requested.value_or(false), event == cancel_asked);
        EXPECT_EQ(made->cancel_requested.has_value(),
                  event == cancel_asked || event == retry_asked);
    });
}

TEST(JobChange, AJobForShowingChangesAsOneForSending) {
    for_every_state_and_event([](job_state state, transition_event event) {
        const auto sent = a_job(zstack_clone_spec(), state, chosen);
        job_record shown;
        shown.id = sent.id;
        shown.request.spec = sent.spec;
        shown.request.max_attempts = sent.max_attempts;
        shown.progress = sent.progress;

        const auto one = change(sent, event);
        const auto other = change(shown, event);

        ASSERT_EQ(one.has_value(), other.has_value());
        if (!one) return;
        EXPECT_EQ(one->to, other->to);
        EXPECT_EQ(one->task_id, other->task_id);
    });
}

TEST(JobChange, CarriesTheWordsOfTheUpdate) {
    job_update what{.kind = failed_for_now,
                    .detail = "busy",
                    .vm = "vm-9",
                    .said = error(errc::unavailable, "busy"),
                    .pause = milliseconds(250)};
    const auto job = a_job(vcenter_clone_spec(), job_state::running, theirs);
    const auto made = change_of(job, what, now);

    ASSERT_TRUE(made);
    EXPECT_EQ(made->vm, "vm-9");
    ASSERT_TRUE(made->last_error);
    EXPECT_EQ(made->last_error->message(), "busy");
    EXPECT_EQ(made->wake_at, now + milliseconds(250));
}

TEST(JobChange, TheLastAttemptSaysThatItIsTheLast) {
    auto job = a_job(vcenter_clone_spec(), job_state::running, theirs);
    job.progress.attempt = job.max_attempts;

    const auto made = change(job, failed_for_now);

    ASSERT_TRUE(made);
    EXPECT_EQ(made->to, job_state::failed);
    EXPECT_EQ(made->detail, "said (no attempt is left)");
}

TEST(JobChange, WhatTheUpstreamHasNamedIsShownUntilTheNextTry) {
    for_every_state_and_event([](job_state state, transition_event event) {
        const auto after = task_after(vcenter_clone_spec(), state, event, theirs);
        if (after == "impossible") return;
        EXPECT_EQ(after, event == slot_given || event == retry_asked ? "cleared" : "kept")
            << to_string(state) << " and event " << int(event);
    });
}

TEST(JobChange, AnIdThatWasTakenIsNeverSentAgain) {
    for_every_state_and_event([&](job_state state, transition_event event) {
        const auto job = a_job(zstack_clone_spec(), state, taken);
        const auto made = change(job, event);
        if (!made) return;
        const bool is_over = holds_slot(made->to) || is_ended(made->to);
        const bool cleared = !is_over || event == slot_given;
        EXPECT_EQ(task_after(zstack_clone_spec(), state, event, taken),
                  cleared ? "cleared" : "kept")
            << to_string(state) << " and event " << int(event);
    });
}

// A request under it may still arrive, wherever the job has gone since.
TEST(JobChange, AnIdThatWasOnlyChosenStaysWithAJobThatWaitsOrHasEnded) {
    for_every_state_and_event([](job_state state, transition_event event) {
        if (holds_slot(state) || event == slot_given) return;
        const auto after = task_after(zstack_clone_spec(), state, event, chosen);
        EXPECT_TRUE(after == "kept" || after == "impossible")
            << after << ": " << to_string(state) << " and event " << int(event);
    });
}

struct id_row {
    job_state from;
    transition_event event;
    bool repeated;
    const char* after;
};

TEST(JobChange, AnIdThatWasOnlyChosenIsUsedUpByAnAnswer) {
    using enum job_state;
    const id_row rows[]{
        {submitting, refused, false, "cleared"},
        {submitting, refused, true, "kept"},
        {submitting, refused_until, false, "cleared"},
        {submitting, refused_until, true, "kept"},
        {submitting, failed_for_now, false, "cleared"},
        {submitting, failed_for_good, false, "cleared"},
        {submitting, failed_for_good, true, "kept"},
        {submitting, done, false, "kept"},
        {submitting, outcome_unknown, false, "kept"},
        {submitting, cancel_asked, false, "kept"},
        {running, refused, true, "cleared"},
        {running, failed_for_now, false, "cleared"},
        {in_doubt, proven_absent, false, "kept"},
        {in_doubt, refused, false, "cleared"},
        {in_doubt, failed_for_now, true, "cleared"},
        {in_doubt, unsettled, false, "cleared"},
        {in_doubt, done, false, "kept"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(task_after(zstack_clone_spec(), row.from, row.event, chosen, row.repeated),
                  row.after)
            << to_string(row.from) << " and event " << int(row.event)
            << (row.repeated ? ", repeated" : "");
}

TEST(JobChange, AnIntentBearsTheIdThatWasChosenForIt) {
    const auto job = a_job(zstack_clone_spec(), job_state::queued);
    job_update intent{.kind = slot_given, .detail = "", .task_id = chosen};

    const auto made = change_of(job, intent, now);

    ASSERT_TRUE(made);
    EXPECT_EQ(made->task_id, chosen);
    EXPECT_EQ(made->sent_at, now);
}

// I2: a lost part of the history may have sent it under that id, which may still arrive.
TEST(JobChange, ASuspectThatIsAbsentKeepsTheTaskThatWasChosen) {
    auto job = a_job(zstack_clone_spec(), job_state::in_doubt, chosen);
    job.suspect = true;
    const auto made = change(job, refused);
    ASSERT_TRUE(made);
    EXPECT_FALSE(made->task_id.has_value());
    job.suspect = false;
    const auto known = change(job, refused);
    ASSERT_TRUE(known);
    EXPECT_EQ(known->task_id, "");
}

TEST(JobChange, ASuspicionEndsWithTheDoubtOrByAnOperator) {
    const std::set<transition_event> ends{task_known, done, proven_absent, refused, refused_until};
    for_every_state_and_event([&](job_state state, transition_event event) {
        auto job = a_job(vcenter_clone_spec(), state);
        job.suspect = true;
        const auto made = change(job, event);
        if (!made) return;
        const bool cleared = event == adopted || event == abandoned ||
                             (state == job_state::in_doubt && ends.contains(event));
        EXPECT_EQ(made->clears_suspicion, cleared)
            << to_string(state) << " and event " << int(event);
    });
}

}  // namespace
}  // namespace cloned::scheduler
