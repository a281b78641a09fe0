// What the planner learns from the upstream's answers.

#include "daemon/scheduler/planner.hpp"

#include <algorithm>

namespace cloned::scheduler {
namespace {

constexpr auto own_scope = static_cast<std::size_t>(lane_scope::lane);
constexpr auto widest_scope = static_cast<std::size_t>(lane_scope::endpoint);
// That other operations of ours run may explain a refusal of a lane that has none, which tells
// more than a number that differs.
constexpr double lone_weight = 3.0;
constexpr auto longest_aside = milliseconds(30'000);
// However late a task is refused, one that has run for longer is believed to have been taken.
constexpr auto longest_doubt = milliseconds(60'000);

}  // namespace

void planner::accepted(job_id id, steady_time now) {
    const auto where = slots_.find(id);
    if (where == slots_.end()) return;
    auto& held = where->second;
    held.others = others_of(held, true);
    held.accepted_at = now;
    if (auto* tested = std::exchange(held.probes, nullptr)) tested->accepted(now, true);
}

// Those that are with the upstream besides it.
by_scope<std::int64_t> planner::others_of(const slot& which, bool still_counted) {
    by_scope<std::int64_t> out{};
    const auto& groups = which.lane->groups;
    for (std::size_t s = 0; s < out.size(); ++s) {
        const auto& group = *groups[std::min(s, groups.size() - 1)];
        const auto now = std::max<std::int64_t>(0, group.with_upstream() - (still_counted ? 1 : 0));
        out[s] = which.others ? std::min(now, (*which.others)[s]) : now;
    }
    return out;
}

void planner::taken(job_id id, steady_time now) {
    const auto where = slots_.find(id);
    if (where != slots_.end()) prove(where->second, id, {}, now);
}

// `ended`: jobs of each group that have ended since the last poll, perhaps before this one was
// taken.
void planner::prove(slot& which, job_id id, const by_scope<std::int64_t>& ended, steady_time now) {
    if (!which.unproven) return;
    which.unproven = false;
    auto& lane = *which.lane;
    --lane.unproven;
    lane.taken_at = now;
    // One lane is open again: the others of the endpoint may be.
    if (lane.breaker.open())
        for (auto& [other, sibling] : lanes_)
            if (sibling.endpoint == lane.endpoint) sibling.breaker.try_now(now);
    lane.breaker.taken();
    const auto others = others_of(which, true);
    const auto in_force = static_cast<std::size_t>(lane.endpoint->scope.now());
    lane.odd_ones.taken(id, others[in_force]);
    if (lane.groups.size() < lane_scope_count) return;
    by_scope<bool> contradicted{};
    for (std::size_t s = 0; s < lane_scope_count; ++s) {
        const auto sure = std::max<std::int64_t>(0, others[s] - ended[s]);
        contradicted[s] = lane.groups[s]->record.taken(sure, lane.record.id.value, now);
    }
    if (lane.endpoint->scope.told(contradicted, 1.0)) change_scope(*lane.endpoint, now);
}

// It is refused now, perhaps in its task.
void planner::note_lateness(const slot& held, steady_time now) {
    if (!held.others) return;
    const auto after = std::chrono::ceil<milliseconds>(now - held.accepted_at);
    held.lane->refused_after = std::min(longest_doubt, std::max(held.lane->refused_after, after));
}

std::vector<refusal_ruling> planner::refused(const std::vector<job_id>& ids,
                                             const std::string& words,
                                             steady_time now,
                                             wall_time wall) {
    std::vector<refusal_ruling> out(ids.size());
    // Refusals come in crowds. Those that were refused hold their slots until that is on disk, but
    // they are not with the upstream and say nothing about what it takes.
    for (const auto id : ids) {
        const auto where = slots_.find(id);
        if (where == slots_.end() || std::exchange(where->second.refused, true)) continue;
        for (auto* group : where->second.lane->groups) ++group->refused;
    }
    lane_state* learned = nullptr;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto where = slots_.find(ids[i]);
        if (where == slots_.end()) continue;
        auto& held = where->second;
        auto& lane = *held.lane;
        ++lane.refusals;
        lane.last_refusal_at = wall;
        note_lateness(held, now);
        auto* tested = std::exchange(held.probes, nullptr);
        auto& shared = lane.shared();
        // It tested the ceiling of a scope that is not believed in any more.
        const bool outdated = tested != nullptr && tested != &shared.learner;
        if (outdated) std::exchange(tested, nullptr)->no_verdict(true);
        const auto others = others_of(held, false);
        const auto in_force = others[static_cast<std::size_t>(lane.endpoint->scope.now())];
        const bool had_room = in_force < shared.learner.value() && learned != &lane;
        if (had_room) {
            const auto tries = lane.odd_ones.refusals(ids[i]);
            out[i].what = lane.odd_ones.refused(ids[i], in_force);
            const auto pause = milliseconds(5'000) * (std::int64_t{1} << std::min(tries, 3U));
            out[i].pause = milliseconds(static_cast<std::int64_t>(
                static_cast<double>(std::min(pause, longest_aside).count()) *
                random_.between(1.0, 1.1)));
        }
        const bool teaches = !had_room || !lane.odd_ones.is_suspect(ids[i]);
        if (teaches && out[i].what != after_refusal::give_up && learned != &lane) {
            learned = &lane;
            learn_refusal(lane, others, held.was_probe && !outdated, words, now, wall);
        } else if (tested != nullptr) {
            tested->no_verdict(true);
        }
    }
    return out;
}

void planner::learn_refusal(lane_state& lane,
                            const by_scope<std::int64_t>& others,
                            bool probe,
                            const std::string& words,
                            steady_time now,
                            wall_time wall) {
    auto& shared = lane.shared();
    const auto in_force = others[static_cast<std::size_t>(lane.endpoint->scope.now())];
    const bool had_room = in_force < shared.learner.value();
    const bool lone = others[own_scope] == 0;
    if (lane.groups.size() == lane_scope_count) {
        auto& scope = lane.endpoint->scope;
        const bool explained = lone && others[widest_scope] > 0;
        by_scope<bool> contradicted{};
        for (std::size_t s = 0; s < lane_scope_count; ++s)
            contradicted[s] = lane.groups[s]->record.refused(others[s], lane.record.id.value,
                                                             explained && had_room, now);
        scope.fade();
        if (scope.told(contradicted, explained ? lone_weight : 1.0)) {
            if (probe) shared.learner.no_verdict(true);
            change_scope(*lane.endpoint, now);
            return;
        }
    }
    if (lone && had_room) lane.breaker.refused(now, wall, words, random_);
    // A lane that has nothing at work may be closed for itself, which says nothing about what its
    // siblings are taken with.
    if (lone && had_room && in_force > 0) {
        if (probe) shared.learner.no_verdict(true);
        return;
    }
    shared.learner.refused(now, in_force, probe, random_);
}

// What the upstream takes from these lanes together is what it takes now, until probes show more.
void planner::change_scope(endpoint_slots& endpoint, steady_time now) {
    const auto scope = static_cast<std::size_t>(endpoint.scope.now());
    for (auto& [id, lane] : lanes_) {
        if (lane.endpoint != &endpoint || lane.groups.size() < lane_scope_count) continue;
        lane.breaker.try_now(now);
        auto& group = *lane.groups[scope];
        if (endpoint.scope.now() == lane_scope::lane) continue;
        group.learner.begin_at(now, std::max(group.with_upstream(), group.record.most_taken()));
    }
}

void planner::busy(job_id id, const std::string& words, steady_time now, wall_time wall) {
    no_verdict(id);
    const auto where = slots_.find(id);
    if (where == slots_.end()) return;
    note_lateness(where->second, now);
    where->second.lane->breaker.busy(now, wall, words, random_);
}

bool planner::has_taken_since(lane_id id, steady_time since) const {
    const auto lane = lanes_.find(id);
    return lane != lanes_.end() && lane->second.taken_at >= since;
}

bool planner::refuses_all(lane_id id) const {
    const auto lane = lanes_.find(id);
    return lane != lanes_.end() && lane->second.breaker.open();
}

void planner::no_verdict(job_id id) {
    const auto where = slots_.find(id);
    if (where == slots_.end()) return;
    if (auto* tested = std::exchange(where->second.probes, nullptr)) tested->no_verdict(true);
}

bool planner::is_at_work(job_id id, steady_time now) const {
    const auto where = slots_.find(id);
    if (where == slots_.end()) return false;
    const auto& held = where->second;
    return !held.unproven || now - held.accepted_at >= held.lane->refused_after * 3 / 2;
}

void planner::polled(const std::map<lane_id, lane_sight>& seen, steady_time now) {
    std::map<lane_group*, std::int64_t> ended;
    for (const auto& [id, sight] : seen) {
        const auto lane = lanes_.find(id);
        if (lane == lanes_.end()) continue;
        for (auto* group : lane->second.groups)
            ended[group] += static_cast<std::int64_t>(sight.ended.size());
    }
    struct harvest {
        lane_state* lane = nullptr;
        std::int64_t running = 0;
        std::int64_t unproven = 0;  // before this poll
    };
    std::map<lane_id, harvest> found;
    for (const auto& [id, sight] : seen) {
        const auto where = lanes_.find(id);
        if (where == lanes_.end()) continue;
        auto& lane = where->second;
        auto& one = found[id];
        one.lane = &lane;
        one.unproven = lane.unproven;
        by_scope<std::int64_t> gone{};
        for (std::size_t s = 0; s < lane.groups.size(); ++s) gone[s] = ended[lane.groups[s]];
        const auto show = [&](job_id job) {
            const auto held = slots_.find(job);
            if (held != slots_.end()) prove(held->second, job, gone, now);
        };
        for (const auto job : sight.ended) show(job);
        for (const auto job : sight.running) {
            if (!is_at_work(job, now)) continue;
            ++one.running;
            show(job);
        }
    }
    std::map<lane_group*, ceiling::sight> together;
    for (const auto& [id, one] : found) {
        const auto& sight = seen.at(id);
        auto& sum = together[&one.lane->shared()];
        sum.running += one.running;
        sum.pending += sight.pending;
        sum.ended += static_cast<std::int64_t>(sight.ended.size());
        sum.proven |= one.lane->unproven < one.unproven;
    }
    for (const auto& [group, sight] : together) group->learner.observed(now, sight, random_);
}

bool planner::awaits_proof(lane_id id) const {
    const auto lane = lanes_.find(id);
    if (lane == lanes_.end()) return false;
    const auto& shared = lane->second.shared();
    return lane->second.breaker.open() || shared.learner.awaits_proof(shared.in_flight);
}

void planner::finished(lane_id id, milliseconds took) {
    const auto lane = lanes_.find(id);
    if (lane != lanes_.end()) lane->second.durations.add(took);
}

void planner::set_in_doubt(job_id id, bool in_doubt) {
    const auto where = slots_.find(id);
    if (where == slots_.end() || where->second.in_doubt == in_doubt) return;
    auto& held = where->second;
    held.in_doubt = in_doubt;
    for (auto* group : held.lane->groups) group->in_doubt += in_doubt ? 1 : -1;
    // Nothing more is heard of it soon: the lane does not wait for that.
    if (std::exchange(held.unproven, false)) --held.lane->unproven;
}

}  // namespace cloned::scheduler
