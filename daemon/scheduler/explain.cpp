#include "daemon/scheduler/explain.hpp"

#include "base/text.hpp"
#include "daemon/scheduler/guest_wait.hpp"

namespace cloned::scheduler {
namespace {

std::string number(std::int64_t n) {
    return std::to_string(n);
}

std::string lane_name(const lane_key& lane) {
    return concat(lane.endpoint, "/", lane.cluster, "/", to_string(lane.kind));
}

// How full its lane is, of `limit`.
std::string fullness(const lane_status& lane, std::int64_t limit) {
    const auto doubts = lane.in_doubt > 0 ? concat(", ", number(lane.in_doubt), " of them in doubt")
                                          : std::string();
    return concat("lane ", lane_name(lane.lane.key), " has ", number(lane.in_flight), " of ",
                  number(limit), " jobs in flight", doubts);
}

std::string scope_name(const lane_status& lane) {
    const auto& [endpoint, cluster, kind] = lane.lane.key;
    switch (lane.scope) {
        case lane_scope::lane:
            break;
        case lane_scope::cluster:
            return concat("the lanes of cluster ", cluster, " of endpoint ", endpoint);
        case lane_scope::kind:
            return concat("the ", to_string(kind), " lanes of endpoint ", endpoint);
        case lane_scope::endpoint:
            return concat("the lanes of endpoint ", endpoint);
    }
    return concat("lane ", lane_name(lane.lane.key));
}

// How full that is which the upstream counts.
std::string shared_fullness(const lane_status& lane) {
    if (lane.scope == lane_scope::lane) return fullness(lane, lane.ceiling);
    return concat(scope_name(lane), " have ", number(lane.shared_in_flight), " of ",
                  number(lane.shared_ceiling),
                  " jobs in flight, which the upstream counts together");
}

// Empty unless the upstream refuses whatever the lane sends.
std::string refused_since(const lane_status& lane) {
    if (!lane.refused_since) return {};
    return concat("the upstream refuses everything since ", rfc3339(*lane.refused_since), " (",
                  lane.refused_words, ")");
}

std::string last_refusal(const lane_status& lane) {
    if (!lane.last_refusal_at) return {};
    return concat(", last refusal at ", rfc3339(*lane.last_refusal_at));
}

std::string until(const explain_facts& facts) {
    if (!facts.held.again_in) return {};
    return concat(" until ", rfc3339(facts.now + *facts.held.again_in));
}

std::string why_held(const std::string& name, const explain_facts& facts) {
    const auto& held = facts.held;
    const auto lane = facts.lane.value_or(lane_status());
    const auto endpoint = facts.endpoint.value_or(endpoint_status());
    switch (held.why) {
        case wait_reason::none:
            return "it is among the next of its lane";
        case wait_reason::endpoint_not_configured:
            return concat("endpoint ", name, " is not configured");
        case wait_reason::lane_paused:
            return concat("its lane is paused: ", lane.lane.settings.pause_reason);
        case wait_reason::endpoint_unavailable:
            return concat("endpoint ", name, " does not answer: ", endpoint.trouble);
        case wait_reason::endpoint_limit:
            return concat("endpoint ", name, " is at its limit of ",
                          number(endpoint.info.max_in_flight));
        case wait_reason::lane_limit:
            return fullness(lane, lane.limit);
        case wait_reason::search_for_ceiling:
            return concat(shared_fullness(lane),
                          "; each that the upstream accepts makes room for more");
        case wait_reason::upstream_full:
            return concat(shared_fullness(lane), " (the upstream takes no more", last_refusal(lane),
                          ")");
        case wait_reason::pause_after_refusal:
            return concat(scope_name(lane), lane.scope == lane_scope::lane ? " pauses" : " pause",
                          until(facts), " because the upstream took no more", last_refusal(lane));
        case wait_reason::upstream_refuses_all:
            return concat(refused_since(lane), "; lane ", lane_name(lane.lane.key),
                          facts.held.again_in ? concat(" waits", until(facts)) : " waits",
                          " to try again with one job");
        case wait_reason::vm_limit:
            return concat("VM ", held.vm, " is at its limit of ",
                          number(endpoint.info.max_per_source), " jobs in flight");
        case wait_reason::vm_being_changed:
            return concat("another job is changing VM ", held.vm);
        case wait_reason::turn:
            return concat("jobs before it in its queue have not gone yet; ",
                          fullness(lane, lane.ceiling));
        case wait_reason::about_to_be_sent:
            break;
    }
    return "it has a slot and is about to be sent";
}

std::string why_queued(const job_record& job, const explain_facts& facts) {
    const auto why = why_held(job.request.endpoint, facts);
    if (!facts.jobs_ahead) return why;
    return concat(why, "; ", number(*facts.jobs_ahead), " jobs of its queue are ahead");
}

std::string untold(std::string_view what, const explain_facts& facts) {
    return facts.trouble.empty() ? std::string() : concat(what, facts.trouble);
}

std::string why_running(const job_record& job, const explain_facts& facts) {
    auto what = facts.only_waits ? concat("waits for ", awaited_by(job.request.spec))
                                 : concat("the upstream works on task ", job.progress.task_id);
    what += untold("; it cannot be asked how far: ", facts);
    return facts.not_cancelled.empty() ? what : concat(what, "; ", facts.not_cancelled);
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
            const auto closed = facts.lane ? refused_since(*facts.lane) : std::string();
            return concat("next attempt at ", until, closed.empty() ? words : "; ", closed);
        }
        case job_state::queued:
            return why_queued(job, facts);
        case job_state::submitting:
            return "it is being sent";
        case job_state::running:
            return why_running(job, facts);
        case job_state::in_doubt:
            return concat("its outcome is being found out", words,
                          untold("; the last look failed: ", facts));
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
    if (!facts.disk_trouble.empty()) return std::nullopt;
    const auto mean = *facts.lane->mean_duration;
    switch (job.progress.state) {
        case job_state::queued: {
            if (facts.lane->lane.settings.paused || facts.lane->refused_since) return std::nullopt;
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
    // Whatever else it waits for, this comes first.
    if (!out.waiting_reason.empty() && !facts.disk_trouble.empty())
        out.waiting_reason = concat(facts.disk_trouble, "; ", out.waiting_reason);
    out.jobs_ahead = facts.jobs_ahead;
    out.estimated_end = estimate(job, facts);
    if (job.progress.state == job_state::running) out.percent = facts.percent;
    return out;
}

}  // namespace cloned::scheduler
