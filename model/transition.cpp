#include "model/transition.hpp"

namespace cloned {
namespace {

using enum job_state;
using enum transition_event;

transition stay(const job_progress& job) {
    return {job.state, job.attempt, false, false};
}

transition end(const job_progress& job, job_state how) {
    return {how, job.attempt, false, false};
}

// A refusal is no attempt: the one that the intent had charged is given back.
transition give_back(const job_progress& job, bool pause) {
    const auto attempt = job.attempt > 0 ? job.attempt - 1 : 0;
    if (job.cancel_requested) return {cancelled, attempt, false, false};
    return {pause ? blocked : queued, attempt, pause, false};
}

// Certainly not done. Another attempt if one is left and nobody wants the job cancelled.
transition again(const job_progress& job, std::uint32_t max_attempts, bool pause) {
    if (job.cancel_requested) return end(job, cancelled);
    if (job.attempt >= max_attempts) return {failed, job.attempt, false, true};
    return {pause ? blocked : queued, job.attempt, pause, false};
}

std::optional<transition> while_waiting(const job_progress& job, transition_event event) {
    switch (event) {
        case slot_given:
            if (job.state != queued) return std::nullopt;
            return transition{submitting, job.attempt + 1, false, false};
        case time_came:
            if (job.state != blocked) return std::nullopt;
            return transition{queued, job.attempt, false, false};
        case cancel_asked:
            return end(job, cancelled);
        case deadline_passed:
            return end(job, failed);
        case name_unusable:
            if (job.state != queued) return std::nullopt;
            return end(job, failed);
        default:
            return std::nullopt;
    }
}

std::optional<transition> while_submitting(const job_progress& job,
                                           std::uint32_t max_attempts,
                                           transition_event event) {
    switch (event) {
        case task_known:
            return transition{running, job.attempt, false, false};
        case refused:
            return give_back(job, false);
        case refused_until:
            return give_back(job, true);
        case failed_for_good:
            return end(job, failed);
        case failed_for_now:
            return again(job, max_attempts, true);
        case outcome_unknown:
            return end(job, in_doubt);
        case done:
            return end(job, succeeded);
        case cancel_asked:
            return stay(job);
        default:
            return std::nullopt;
    }
}

std::optional<transition> while_running(const job_progress& job,
                                        std::uint32_t max_attempts,
                                        transition_event event) {
    switch (event) {
        case done:
            return end(job, succeeded);
        case failed_for_good:
            return end(job, failed);
        case failed_for_now:
            return again(job, max_attempts, true);
        case refused:
            return give_back(job, false);
        case refused_until:
            return give_back(job, true);
        case was_cancelled:
            return end(job, job.cancel_requested ? cancelled : failed);
        case outcome_unknown:
            return end(job, in_doubt);
        case cancel_asked:
            return stay(job);
        default:
            return std::nullopt;
    }
}

std::optional<transition> while_in_doubt(const job_progress& job,
                                         std::uint32_t max_attempts,
                                         transition_event event) {
    switch (event) {
        case task_known:
            return transition{running, job.attempt, false, false};
        case done:
            return end(job, succeeded);
        case proven_absent:
            return again(job, max_attempts, false);
        case failed_for_good:
            return end(job, failed);
        case failed_for_now:
            return again(job, max_attempts, true);
        case refused:
            return give_back(job, false);
        case refused_until:
            return give_back(job, true);
        case was_cancelled:
            return end(job, job.cancel_requested ? cancelled : failed);
        case unsettled:
            return end(job, needs_operator);
        case cancel_asked:
            return stay(job);
        default:
            return std::nullopt;
    }
}

std::optional<transition> while_with_operator(const job_progress& job, transition_event event) {
    switch (event) {
        case adopted:
            return end(job, succeeded);
        case abandoned:
            return end(job, failed);
        case look_again:
            return end(job, in_doubt);
        default:
            return std::nullopt;
    }
}

}  // namespace

std::optional<transition> next(const job_progress& job,
                               std::uint32_t max_attempts,
                               transition_event event) {
    switch (job.state) {
        case blocked:
        case queued:
            return while_waiting(job, event);
        case submitting:
            return while_submitting(job, max_attempts, event);
        case running:
            return while_running(job, max_attempts, event);
        case in_doubt:
            return while_in_doubt(job, max_attempts, event);
        case failed:
        case cancelled:
            if (event != retry_asked) return std::nullopt;
            return transition{queued, 0, false, false};
        case needs_operator:
            return while_with_operator(job, event);
        case succeeded:
            break;
    }
    return std::nullopt;
}

}  // namespace cloned
