#include "daemon/scheduler/job_change.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace cloned::scheduler {
namespace {

using enum transition_event;

// An id that the upstream has taken is used up. One that has only been lost is sent again, so that
// of all requests that may still arrive under it one alone is carried out; and so is one whose
// repetition was not taken. Also where the job ends by that: a client may ask for another try.
bool keeps_chosen_task(const changing_job& job, transition_event event) {
    if (!chooses_task(job.kind) || !is_only_chosen(job.progress.task_id)) return false;
    const auto from = job.progress.state;
    // A suspect that is found absent was not sent by us, as far as we know: that is no attempt.
    const bool is_absent =
        event == proven_absent || (job.suspect && event == refused && from == job_state::in_doubt);
    return is_absent || !holds_slot(from) || (job.repeated && from == job_state::submitting);
}

// The task id to be stored; an empty one clears it, none leaves it as it is.
std::optional<std::string> task_after(const changing_job& job,
                                      job_state to,
                                      const job_update& what) {
    if (what.task_id) return what.task_id;
    if (what.kind == slot_given) return std::string();
    if (holds_slot(to)) return std::nullopt;
    // What others have chosen is shown until the next one is known.
    if (!chooses_task(job.kind) && what.kind != retry_asked) return std::nullopt;
    // What the upstream has taken, seen or not, stays with an ended job, to be shown.
    const bool taken = to == job_state::succeeded || !is_only_chosen(job.progress.task_id);
    if (is_ended(to) && taken) return std::nullopt;
    if (keeps_chosen_task(job, what.kind)) return std::nullopt;
    return std::string();
}

std::optional<bool> wish_after(transition_event event) {
    if (event == cancel_asked) return true;
    if (event == retry_asked) return false;
    return std::nullopt;
}

// An operator's word ends a suspicion, and so does an end of the doubt that needs no further look.
bool clears_suspicion(const changing_job& job, transition_event event) {
    if (event == adopted || event == abandoned) return true;
    if (!job.suspect || job.progress.state != job_state::in_doubt) return false;
    return event == task_known || event == done || event == proven_absent || event == refused ||
           event == refused_until;
}

}  // namespace

void obey(const refusal_ruling& ruling, const error& said, job_update& what) {
    switch (ruling.what) {
        case after_refusal::again:
            return;
        case after_refusal::aside:
            what.kind = transition_event::refused_until;
            what.pause = std::max(what.pause.value_or(milliseconds(0)), ruling.pause);
            return;
        case after_refusal::give_up:
            what = {.kind = transition_event::failed_for_good,
                    .detail =
                        concat("refused again and again where others were taken: ", said.message()),
                    .said = said};
            return;
    }
}

changing_job::changing_job(const queued_job& job)
    : id(job.id),
      kind(kind_of(job.spec)),
      progress(job.progress),
      max_attempts(job.max_attempts),
      suspect(job.suspect) {}

changing_job::changing_job(const job_record& job)
    : id(job.id),
      kind(kind_of(job.request.spec)),
      progress(job.progress),
      max_attempts(job.request.max_attempts) {}

std::optional<storage::job_change> change_of(const changing_job& job,
                                             const job_update& what,
                                             wall_time now) {
    const auto to = next(job.progress, job.max_attempts, what.kind);
    if (!to) return std::nullopt;
    storage::job_change change;
    change.id = job.id;
    change.fence = job.progress.fence;
    change.from = job.progress.state;
    change.to = to->to;
    change.at = now;
    change.attempt = to->attempt;
    change.cancel_requested = wish_after(what.kind);
    change.task_id = task_after(job, to->to, what);
    if (change.task_id && *change.task_id != job.progress.task_id)
        change.spent_task = job.progress.task_id;
    change.vm = what.vm;
    change.last_error = what.said;
    if (to->pause) change.wake_at = now + what.pause.value_or(milliseconds(0));
    if (what.kind == slot_given) change.sent_at = now;
    change.clears_suspicion = clears_suspicion(job, what.kind);
    change.detail = what.detail;
    if (to->exhausted) change.detail += " (no attempt is left)";
    return change;
}

}  // namespace cloned::scheduler
