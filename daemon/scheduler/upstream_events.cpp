#include "daemon/scheduler/upstream_events.hpp"

#include "base/text.hpp"
#include "model/guard.hpp"

namespace cloned::scheduler {

using backends::refusal;
using backends::task_phase;

namespace {

constexpr backoff_options busy_pace{milliseconds(1'000), milliseconds(15'000), milliseconds(500)};
// A guest needs tens of seconds to boot; a thousand of them must not be asked every second.
constexpr backoff_options boot_pace{milliseconds(10'000), milliseconds(20'000),
                                    milliseconds(3'000)};
constexpr auto usual_boot_grace = milliseconds(600'000);

bool may_still_boot(const queued_job& job, wall_time now) {
    const auto* spec = std::get_if<customize_guest_spec>(&job.spec);
    const auto asked = milliseconds(spec == nullptr ? 0 : spec->boot_grace_ms);
    return now < job.ready_at + (asked > milliseconds(0) ? asked : usual_boot_grace);
}

// A task of which the upstream does not tell how it ended; it may say in its own words why.
job_update in_doubt_by(const backends::task_status& status) {
    if (status.said.code() == errc::in_doubt)
        return in_doubt_because(status.said.message(), status.said.message());
    return in_doubt_because(concat("the upstream no longer knows task ", status.task_id),
                            "the upstream no longer knows the task");
}

// The upstream did nothing and may do it later. A guest that is not ready is believed to be booting
// for so long as the job grants it; then the job has failed.
job_update turned_away(refusal why,
                       const error& said,
                       std::optional<milliseconds> pause,
                       const queued_job& job,
                       const pause_source& pauses) {
    if (why == refusal::not_ready && !may_still_boot(job, pauses.now))
        return {.kind = transition_event::failed_for_good, .detail = said.message(), .said = said};
    const auto& pace = why == refusal::not_ready ? boot_pace : busy_pace;
    return {.kind = transition_event::refused_until,
            .detail = said.message(),
            .pause = pause ? *pause : backoff(pace, job.progress.attempt, pauses.random)};
}

// Certainly not done, as the answer to a submission or in the task: some upstreams find out only
// there that the name exists.
job_update failed_as(const error& said,
                     bool later,
                     const queued_job& job,
                     const pause_source& pauses) {
    // An earlier attempt of ours was in doubt: this may well be its VM.
    if (said.code() == errc::already_exists && was_doubted(job) &&
        guarded(guard::doubted_name_taken))
        return in_doubt_because(said.message(), said.message());
    job_update what{
        .kind = transition_event::failed_for_good, .detail = said.message(), .said = said};
    const auto& before = job.progress.last_error;
    if (said.code() == errc::already_exists && makes_vm(kind_of(job.spec)) && before) {
        what.detail =
            concat("its name is taken since an earlier attempt failed of: ", before->message(),
                   "; now: ", said.message());
        what.said = error(before->code(), what.detail);
    } else if (said.code() == errc::already_exists && makes_vm(kind_of(job.spec))) {
        // Its name was free when it was looked up.
        what.detail += "; a template, or a VM that this account is not shown, may bear the name";
        what.said = error(said.code(), what.detail);
    }
    if (!later) return what;
    what.kind = transition_event::failed_for_now;
    const backoff_options pace;
    what.pause =
        pauses.budget.take() ? backoff(pace, job.progress.attempt, pauses.random) : pace.cap;
    return what;
}

submit_verdict refused_as(const backends::refused& refused,
                          const queued_job& job,
                          const pause_source& pauses) {
    submit_verdict out;
    if (refused.why == refusal::busy || refused.why == refusal::not_ready) {
        out.what = turned_away(refused.why, refused.said, refused.retry_after, job, pauses);
        if (refused.why == refusal::busy) out.lane = submit_verdict::capacity::busy;
        return out;
    }
    out.what = {.kind = transition_event::refused, .detail = refused.said.message()};
    if (refused.retry_after) {
        out.what.kind = transition_event::refused_until;
        out.what.pause = refused.retry_after;
    }
    if (refused.why == refusal::not_sent) {
        out.silence = refused.said;
        return out;
    }
    out.lane = submit_verdict::capacity::full;
    return out;
}

}  // namespace

bool was_doubted(const queued_job& job) {
    const auto& before = job.progress.last_error;
    return before && before->code() == errc::in_doubt;
}

job_update in_doubt_because(std::string detail, std::string said) {
    return {.kind = transition_event::outcome_unknown,
            .detail = std::move(detail),
            .said = error(errc::in_doubt, std::move(said))};
}

submit_verdict on_submit(const backends::submit_outcome& outcome,
                         const queued_job& job,
                         const pause_source& pauses) {
    if (const auto* refused = std::get_if<backends::refused>(&outcome))
        return refused_as(*refused, job, pauses);
    submit_verdict out;
    if (const auto* started = std::get_if<backends::started>(&outcome)) {
        out.lane = submit_verdict::capacity::room;
        out.what = {.kind = transition_event::task_known,
                    .detail = concat("accepted as task ", started->task_id),
                    .task_id = started->task_id};
    } else if (const auto* finished = std::get_if<backends::finished>(&outcome)) {
        pauses.budget.succeeded();
        out.lane = submit_verdict::capacity::room;
        out.what = {.kind = transition_event::done, .detail = "done at once", .vm = finished->vm};
    } else if (const auto* failed = std::get_if<backends::failed>(&outcome)) {
        out.what = failed_as(failed->said, failed->later, job, pauses);
    } else {
        const auto& uncertain = std::get<backends::uncertain>(outcome);
        if (uncertain.unavailable) out.lane = submit_verdict::capacity::busy;
        out.silence = uncertain.said;
        out.what = in_doubt_because(out.silence->message(), out.silence->message());
    }
    return out;
}

std::optional<job_update> ended_as(const backends::task_status& status,
                                   const queued_job& job,
                                   milliseconds took,
                                   const pause_source& pauses) {
    job_update what;
    switch (status.phase) {
        case task_phase::pending:
        case task_phase::running:
            return std::nullopt;
        case task_phase::refused:
            if (status.why == refusal::capacity)
                return job_update{.kind = transition_event::refused,
                                  .detail = status.said.message()};
            what = turned_away(status.why, status.said, std::nullopt, job, pauses);
            // It may have left its VM, which a list that lags does not show yet.
            what.said = status.said;
            return what;
        case task_phase::succeeded:
            pauses.budget.succeeded();
            what = {.kind = transition_event::done,
                    .detail = concat("done after ", for_people(took))};
            break;
        case task_phase::vanished:
            if (guarded(guard::vanished_task)) return in_doubt_by(status);
            [[fallthrough]];
        case task_phase::failed:
            if (status.cancelled)
                what = {.kind = transition_event::was_cancelled,
                        .detail = status.said.message(),
                        .said = status.said};
            else
                what = failed_as(status.said, status.later, job, pauses);
            break;
    }
    if (!status.vm.empty()) what.vm = status.vm;
    return what;
}

std::optional<job_update> on_poll(const backends::task_status& status,
                                  const queued_job& job,
                                  milliseconds took,
                                  milliseconds patience,
                                  const pause_source& pauses) {
    auto what = ended_as(status, job, took, pauses);
    if (what || patience <= milliseconds(0) || took < patience) return what;
    return in_doubt_because(concat("task ", status.task_id, " has not ended after ",
                                   for_people(took), ": the upstream may have forgotten it"),
                            "the task does not end");
}

job_update hidden_task(const std::string& task, const error& why) {
    return in_doubt_because(
        concat("the upstream refuses to tell of task ", one_line(task, 100), ": ", why.message()),
        concat("the upstream refuses to tell of the task: ", why.message()));
}

std::optional<job_update> on_own_task(const std::optional<backends::task_status>& own,
                                      const queued_job& job,
                                      milliseconds took,
                                      const pause_source& pauses) {
    if (!own || own->phase == task_phase::vanished) return std::nullopt;
    if (auto ended = ended_as(*own, job, took, pauses)) return ended;
    return job_update{.kind = transition_event::task_known,
                      .detail = concat("found at work as task ", own->task_id),
                      .task_id = own->task_id};
}

job_update made_unseen(const job_update& as) {
    return in_doubt_because(concat(as.detail,
                                   ", but its VM cannot be told: the task does not name it, "
                                   "and the list shows none or several"),
                            "the task has succeeded, and its VM cannot be told");
}

// Another attempt would find the name taken by what the failed one has left.
job_update left_behind(job_update as, const std::string& vm, leftover_policy policy) {
    // A refusal is no failure of the job, until it has left something.
    if (!as.said) as.said = error(errc::upstream_failed, as.detail);
    if (policy == leftover_policy::adopt_if_complete)
        return in_doubt_because(concat("failed, and its VM ", one_line(vm, 100),
                                       " may be complete: ", as.said->message()),
                                as.said->message());
    const auto left = concat(" (its VM was left there as ", one_line(vm, 100), ")");
    if (as.kind != transition_event::was_cancelled) as.kind = transition_event::failed_for_good;
    as.detail += left;
    as.vm = vm;
    as.said = error(as.said->code(), as.said->message() + left);
    return as;
}

// That an attempt was in doubt must stay known; whether the failure was its own is not certain.
std::optional<error> why_absent(const doubt::verdict& proven) {
    if (!proven.failure) return std::nullopt;
    return error(errc::in_doubt, concat("proven absent; the only task that may have been its has "
                                        "failed: ",
                                        proven.failure->message()));
}

job_update on_evidence(const doubt::verdict& proven, const queued_job& job) {
    switch (proven.what) {
        case doubt::finding::made:
            // Of a history that is lost nobody knows whether the name was free before us.
            if (job.suspect && !identity_of(job.spec).name.empty()) {
                const auto why =
                    concat("a VM of that name exists, but the record of who made it is lost: ",
                           proven.why);
                return {.kind = transition_event::unsettled,
                        .detail = why,
                        .vm = proven.vm,
                        .said = error(errc::in_doubt, why)};
            }
            return {.kind = transition_event::done,
                    .detail = concat("found: ", proven.why),
                    .vm = proven.vm};
        case doubt::finding::absent:
            // A suspect was only looked for, which is no attempt.
            return {
                .kind = job.suspect ? transition_event::refused : transition_event::proven_absent,
                .detail = concat("proven absent: ", proven.why),
                .said = why_absent(proven)};
        case doubt::finding::left:
            if (proven.left_complete && job.leftovers == leftover_policy::adopt_if_complete)
                return {
                    .kind = transition_event::done,
                    .detail = concat("adopted, as the batch asks for, what a failed attempt has "
                                     "left complete: ",
                                     proven.why),
                    .vm = proven.vm};
            return left_behind({.kind = transition_event::failed_for_good,
                                .detail = proven.why,
                                .said = proven.failure},
                               proven.vm, leftover_policy::leave);
        case doubt::finding::taken: {
            const auto why = concat("the name is taken: ", proven.why);
            return {.kind = transition_event::failed_for_good,
                    .detail = why,
                    .said = error(errc::already_exists, why)};
        }
        default:
            break;
    }
    return {.kind = transition_event::unsettled,
            .detail = proven.why,
            .said = error(errc::in_doubt, proven.why)};
}

}  // namespace cloned::scheduler
