#include "daemon/scheduler/explain.hpp"

#include "base/text.hpp"

namespace cloned::scheduler {
namespace {

std::string number(std::int64_t n) {
    return std::to_string(n);
}

std::string lane_name(const lane_key& lane) {
    return concat(lane.endpoint, "/", lane.cluster, "/", to_string(lane.kind));
}

std::string why_queued(const job_record& job, const explain_facts& facts) {
    const auto ahead = facts.jobs_ahead
                           ? concat("; ", number(*facts.jobs_ahead), " jobs of its queue are ahead")
                           : std::string();
    if (!facts.lane || !facts.endpoint)
        return concat("endpoint ", job.request.endpoint, " is not configured", ahead);
    const auto& lane = *facts.lane;
    if (lane.lane.settings.paused)
        return concat("its lane is paused: ", lane.lane.settings.pause_reason, ahead);
    if (!facts.endpoint->available)
        return concat("endpoint ", job.request.endpoint,
                      " does not answer: ", facts.endpoint->trouble, ahead);
    auto why = concat("lane ", lane_name(lane.lane.key), " has ", number(lane.in_flight), " of ",
                      number(lane.ceiling), " jobs in flight");
    if (lane.lane.settings.learned_ceiling && lane.ceiling < lane.limit) {
        why += " (the upstream takes no more";
        if (lane.last_refusal_at)
            why += concat(", last refusal at ", rfc3339(*lane.last_refusal_at));
        why += ")";
    }
    if (lane.in_doubt > 0) why += concat(", ", number(lane.in_doubt), " of them in doubt");
    if (lane.in_flight < lane.ceiling &&
        facts.endpoint->in_flight >= facts.endpoint->info.max_in_flight)
        why += concat("; endpoint ", job.request.endpoint, " is at its limit of ",
                      number(facts.endpoint->info.max_in_flight));
    return why + ahead;
}

std::string why(const job_record& job, const explain_facts& facts) {
    const auto& progress = job.progress;
    const auto words = progress.last_error ? concat(": ", progress.last_error->message()) : "";
    switch (progress.state) {
        case job_state::blocked: {
            if (progress.wake_at == never) {
                const auto state = facts.earlier ? concat(", which is ", to_string(*facts.earlier))
                                                 : std::string();
                return concat("waits for job ", job.request.after, state);
            }
            const auto until =
                progress.wake_at ? rfc3339(*progress.wake_at) : std::string("a time");
            // A refusal gives its attempt back, so the count does not tell whether it was sent.
            if (!progress.sent_at) return concat("not before ", until);
            return concat("next attempt at ", until, words);
        }
        case job_state::queued:
            return why_queued(job, facts);
        case job_state::submitting:
            return "it is being sent";
        case job_state::running:
            return concat("the upstream works on task ", progress.task_id);
        case job_state::in_doubt:
            return concat("its outcome is being found out", words);
        case job_state::needs_operator:
            return concat("an operator must look", words,
                          "; then adopt (name the VM that is the job's), abandon, or have the "
                          "evidence looked at again");
        default:
            return {};
    }
}

std::optional<wall_time> estimate(const job_record& job, const explain_facts& facts) {
    if (!facts.lane || !facts.lane->mean_duration || facts.lane->ceiling <= 0) return std::nullopt;
    const auto mean = *facts.lane->mean_duration;
    switch (job.progress.state) {
        case job_state::queued: {
            if (facts.lane->lane.settings.paused) return std::nullopt;
            const auto rounds = facts.jobs_ahead.value_or(0) / facts.lane->ceiling + 1;
            return facts.now + mean * rounds;
        }
        case job_state::submitting:
            return facts.now + mean;
        case job_state::running:
            return std::max(facts.now, job.progress.sent_at.value_or(facts.now) + mean);
        default:
            return std::nullopt;
    }
}

}  // namespace

explanation explain(const job_record& job, const explain_facts& facts) {
    explanation out;
    out.waiting_reason = why(job, facts);
    out.jobs_ahead = facts.jobs_ahead;
    out.estimated_end = estimate(job, facts);
    if (job.progress.state == job_state::running) out.percent = facts.percent;
    return out;
}

}  // namespace cloned::scheduler
