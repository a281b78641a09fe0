#include "daemon/scheduler/planner.hpp"

#include <algorithm>

namespace cloned::scheduler {

lane_status planner::status_of(const lane_state& lane) {
    lane_status status;
    status.lane = lane.record;
    const auto& shared = lane.shared();
    status.limit = lane.own().learner.limit();
    status.ceiling = std::min(status.limit, shared.learner.value());
    status.in_flight = lane.own().in_flight;
    status.in_doubt = lane.own().in_doubt;
    if (&shared != &lane.own()) {
        status.scope = lane.endpoint->scope.now();
        status.shared_ceiling = shared.learner.value();
        status.shared_in_flight = shared.in_flight;
    }
    status.refused_since = lane.breaker.since();
    status.refused_words = lane.breaker.words();
    status.queued = lane.queues.waiting();
    status.refusals = lane.refusals;
    status.last_refusal_at = lane.last_refusal_at;
    status.mean_duration = lane.durations.mean();
    return status;
}

std::vector<lane_status> planner::lanes() const {
    std::vector<lane_status> out;
    for (const auto& [id, lane] : lanes_) out.push_back(status_of(lane));
    for (const auto& [id, record] : homeless_) {
        lane_status status;
        status.lane = record;
        const auto waiting = homeless_jobs_.find(id);
        status.queued = waiting == homeless_jobs_.end() ? 0 : waiting->second;
        out.push_back(std::move(status));
    }
    return out;
}

std::optional<lane_status> planner::lane(lane_id id) const {
    const auto where = lanes_.find(id);
    if (where != lanes_.end()) return status_of(where->second);
    for (auto& status : lanes())
        if (status.lane.id == id) return status;
    return std::nullopt;
}

const duration_model* planner::durations(lane_id id) const {
    const auto where = lanes_.find(id);
    return where == lanes_.end() ? nullptr : &where->second.durations;
}

std::int64_t planner::in_flight(const std::string& endpoint) const {
    const auto where = endpoints_.find(endpoint);
    return where == endpoints_.end() ? 0 : where->second.jobs;
}

std::vector<lane_record> planner::take_learned() {
    std::vector<lane_record> out;
    for (auto& [id, lane] : lanes_) {
        const auto learned = lane.own().learner.learned();
        if (learned == lane.record.settings.learned_ceiling) continue;
        lane.record.settings.learned_ceiling = learned;
        out.push_back(lane.record);
    }
    return out;
}

}  // namespace cloned::scheduler
