#include "daemon/scheduler/planner.hpp"

#include "base/check.hpp"
#include "model/guard.hpp"

#include <algorithm>
#include <limits>

namespace cloned::scheduler {

using storage::queue_key;

planner::planner(planner_options options, random_source& random)
    : options_(options), random_(random) {}

void planner::add_endpoint(const endpoint_info& endpoint) {
    endpoints_[endpoint.name].info = endpoint;
}

std::int64_t planner::limit_of(const endpoint_info& endpoint, const lane_record& lane) {
    const auto configured = endpoint.lane_limit[static_cast<std::size_t>(lane.key.kind)];
    return std::max<std::int64_t>(1, lane.settings.operator_limit.value_or(configured));
}

bool planner::add_lane(const lane_record& lane) {
    if (lanes_.contains(lane.id)) return true;
    const auto endpoint = endpoints_.find(lane.key.endpoint);
    if (endpoint == endpoints_.end()) {
        homeless_.try_emplace(lane.id, lane);
        return false;
    }
    const auto& info = endpoint->second.info;
    const auto cost = info.cost[static_cast<std::size_t>(lane.key.kind)];
    lane_state fresh{.record = lane,
                     .endpoint = &endpoint->second,
                     .groups = groups_of(lane, info),
                     .queues = lane_queues(options_.queues),
                     .durations = {},
                     .cost = std::max<std::int64_t>(1, cost),
                     .breaker = {},
                     .odd_ones = {},
                     .last_refusal_at = {}};
    turns_.push_back(&lanes_.try_emplace(lane.id, std::move(fresh)).first->second);
    return true;
}

std::vector<planner::lane_group*> planner::groups_of(const lane_record& lane,
                                                     const endpoint_info& info) {
    constexpr auto any = std::numeric_limits<std::int32_t>::max();
    const auto& [endpoint, cluster, kind] = lane.key;
    const bool hidden = has_hidden_ceiling(kind);
    auto ceilings = options_.ceilings;
    if (!hidden) ceilings.first = any;
    const ceiling own(ceilings, limit_of(info, lane), lane.settings.learned_ceiling);
    const ceiling joint(ceilings, any, std::nullopt);
    const auto group = [&](lane_scope scope, const std::string& where, job_kind of) {
        const auto& learner = scope == lane_scope::lane ? own : joint;
        return &groups_.try_emplace(group_key(scope, endpoint, where, of), learner).first->second;
    };
    std::vector<lane_group*> out(1, group(lane_scope::lane, cluster, kind));
    if (!hidden) return out;
    out.push_back(group(lane_scope::cluster, cluster, job_kind()));
    out.push_back(group(lane_scope::kind, std::string(), kind));
    out.push_back(group(lane_scope::endpoint, std::string(), job_kind()));
    return out;
}

planner::lane_group& planner::lane_state::shared() const {
    const auto scope = static_cast<std::size_t>(endpoint->scope.now());
    return *groups[std::min(scope, groups.size() - 1)];
}

void planner::set_settings(lane_id id, const lane_settings& settings) {
    const auto homeless = homeless_.find(id);
    if (homeless != homeless_.end()) homeless->second.settings = settings;
    const auto lane = lanes_.find(id);
    if (lane == lanes_.end()) return;
    lane->second.record.settings = settings;
    lane->second.own().learner.set_limit(
        limit_of(lane->second.endpoint->info, lane->second.record));
}

void planner::set_available(const std::string& endpoint, bool available) {
    const auto where = endpoints_.find(endpoint);
    if (where != endpoints_.end()) where->second.available = available;
}

// --- queues

void planner::add_backlog(const storage::queue_length& added) {
    const auto lane = lanes_.find(added.queue.lane);
    if (lane == lanes_.end()) {
        homeless_jobs_[added.queue.lane] += added.jobs;
        return;
    }
    lane->second.queues.add_backlog(added);
}

std::optional<std::int64_t> planner::waiting(const storage::queue_key& queue) const {
    const auto lane = lanes_.find(queue.lane);
    if (lane == lanes_.end()) return std::nullopt;
    return lane->second.queues.waiting(queue);
}

void planner::distrust(const storage::queue_key& queue) {
    const auto lane = lanes_.find(queue.lane);
    if (lane != lanes_.end()) lane->second.queues.distrust(queue);
}

std::size_t planner::window() const {
    const auto least = std::max<std::size_t>(1, options_.queues.window / 16);
    return loaded_jobs() >= options_.loaded_jobs_max ? least : options_.queues.window;
}

std::vector<queue_load> planner::take_loads() {
    std::vector<queue_load> out;
    const auto most = window();
    for (auto& [id, lane] : lanes_) {
        for (auto load : lane.queues.take_loads(most)) {
            load.queue.lane = id;
            // Jobs with a slot are not put into the window, and some of them are still queued in
            // the store.
            load.jobs += static_cast<std::size_t>(lane.own().in_flight);
            out.push_back(load);
        }
    }
    return out;
}

std::size_t planner::loaded_jobs() const {
    std::size_t sum = 0;
    for (const auto& [id, lane] : lanes_) sum += lane.queues.loaded_jobs();
    return sum;
}

void planner::loaded(const queue_load& asked, std::vector<queued_job> jobs) {
    const auto in_flight = [this](job_id id) { return slots_.contains(id); };
    lanes_.at(asked.queue.lane).queues.loaded(asked, std::move(jobs), in_flight);
}

void planner::load_failed(const queue_load& asked) {
    lanes_.at(asked.queue.lane).queues.load_failed(asked.queue);
}

bool planner::forget(job_id id, lane_id lane, job_priority priority, tenant_id tenant) {
    const auto where = lanes_.find(lane);
    if (where == lanes_.end()) return false;
    return where->second.queues.remove(id, priority, tenant).has_value();
}

// --- slots

ceiling::admission planner::may_send(const lane_state& lane, steady_time now) {
    const auto& endpoint = *lane.endpoint;
    if (lane.record.settings.paused) return {.why = wait_reason::lane_paused};
    if (!endpoint.available) return {.why = wait_reason::endpoint_unavailable};
    const auto& breaker = lane.breaker;
    if (!breaker.may_send(now, lane.unproven)) {
        const bool alone = lane.unproven == 0;
        return {.why = wait_reason::upstream_refuses_all,
                .again_at = alone ? breaker.again_at() : std::nullopt};
    }
    const auto held = [](const lane_group& group) {
        return group.in_flight - (guarded(guard::slot_held_in_doubt) ? 0 : group.in_doubt);
    };
    const auto& shared = lane.shared();
    const auto& own = lane.own();
    if (&shared != &own && held(own) >= own.learner.limit())
        return {.why = wait_reason::lane_limit};
    const auto admitted = shared.learner.may_send(now, held(shared));
    if (!admitted.send()) return admitted;
    if (endpoint.used > 0 && endpoint.used + lane.cost > endpoint.info.max_in_flight)
        return {.why = wait_reason::endpoint_limit};
    return admitted;
}

wait_reason planner::fits(const lane_state& lane, const queued_job& job) const {
    const auto& endpoint = lane.endpoint->info;
    const auto& vm = source_of(job.spec);
    if (changes_its_vm(lane.record.key.kind) && guarded(guard::one_change_per_vm) &&
        changing_.contains({endpoint.inventory, vm}))
        return wait_reason::vm_being_changed;
    if (endpoint.max_per_source <= 0) return wait_reason::none;
    const auto source = sources_.find({endpoint.name, vm});
    const bool full =
        source != sources_.end() && source->second + lane.cost > endpoint.max_per_source;
    return full ? wait_reason::vm_limit : wait_reason::none;
}

planner::verdict planner::why(job_id id, const queue_key& queue, steady_time now) const {
    if (slots_.contains(id)) return {.why = wait_reason::about_to_be_sent};
    const auto where = lanes_.find(queue.lane);
    if (where == lanes_.end()) return {.why = wait_reason::endpoint_not_configured};
    const auto& lane = where->second;
    const auto admitted = may_send(lane, now);
    if (!admitted.send()) {
        verdict held{.why = admitted.why};
        if (admitted.again_at)
            held.again_in = std::chrono::ceil<milliseconds>(*admitted.again_at - now);
        return held;
    }
    const auto* job = lane.queues.within_reach(id, queue);
    if (job == nullptr) return {.why = wait_reason::turn};
    return {.why = fits(lane, *job), .vm = source_of(job->spec)};
}

std::vector<planner::picked> planner::pick(steady_time now, wall_time wall, std::size_t most) {
    std::vector<picked> out;
    next_pick_.reset();
    // Lanes take turns, one job each, so that none empties alone what it shares with others.
    for (auto at = turns_.begin(); at != turns_.end() && out.size() < most;) {
        auto& lane = **at;
        const auto turn = at++;
        if (lane.queues.window_empty()) continue;
        const auto admitted = may_send(lane, now);
        if (!admitted.send()) {
            note_next_pick(admitted.again_at);
            continue;
        }
        const auto fit = [&](const queued_job& job) {
            return fits(lane, job) == wait_reason::none;
        };
        auto job = lane.queues.take_next(wall, fit);
        if (!job) continue;
        turns_.splice(turns_.end(), turns_, turn);
        if (at == turns_.end()) at = turn;
        auto& taken = take_slot(lane, job->id, source_of(job->spec));
        taken.unproven = true;
        ++lane.unproven;
        auto& learner = lane.shared().learner;
        learner.sent(admitted.probe);
        if (admitted.probe) taken.probes = &learner;
        taken.was_probe = admitted.probe;
        out.push_back({std::move(*job), admitted.probe});
    }
    return out;
}

std::vector<const queued_job*> planner::upcoming(const std::string& endpoint,
                                                 std::size_t most) const {
    std::vector<std::vector<const queued_job*>> lanes;
    for (const auto& [id, lane] : lanes_)
        if (lane.endpoint->info.name == endpoint && !lane.record.settings.paused)
            lanes.push_back(lane.queues.upcoming(most));
    std::vector<const queued_job*> out;
    for (std::size_t i = 0; i < most; ++i)
        for (const auto& lane : lanes)
            if (i < lane.size() && out.size() < most) out.push_back(lane[i]);
    return out;
}

void planner::note_next_pick(std::optional<steady_time> at) {
    if (at && (!next_pick_ || *at < *next_pick_)) next_pick_ = at;
}

planner::slot& planner::take_slot(lane_state& lane, job_id id, const std::string& source) {
    const auto [where, fresh] = slots_.try_emplace(id);
    CLONED_CHECK(fresh, "a job was given a second slot");
    where->second.lane = &lane;
    where->second.source = source;
    for (auto* group : lane.groups) ++group->in_flight;
    lane.endpoint->used += lane.cost;
    ++lane.endpoint->jobs;
    if (!source.empty()) {
        sources_[{lane.endpoint->info.name, source}] += lane.cost;
        if (changes_its_vm(lane.record.key.kind))
            ++changing_[{lane.endpoint->info.inventory, source}];
    }
    return where->second;
}

void planner::hold(job_id id, lane_id lane, const std::string& source) {
    const auto where = lanes_.find(lane);
    if (where != lanes_.end()) take_slot(where->second, id, source);
}

void planner::release(job_id id) {
    const auto where = slots_.find(id);
    if (where == slots_.end()) return;
    const auto& held = where->second;
    auto& lane = *held.lane;
    for (auto* group : lane.groups) {
        --group->in_flight;
        if (held.in_doubt) --group->in_doubt;
        if (held.refused) --group->refused;
    }
    if (held.unproven) --lane.unproven;
    // A probe that ends without having been sent must not keep the next one back.
    if (held.probes != nullptr) held.probes->no_verdict(true);
    lane.endpoint->used -= lane.cost;
    --lane.endpoint->jobs;
    const auto by_source = sources_.find({lane.endpoint->info.name, held.source});
    if (by_source != sources_.end() && (by_source->second -= lane.cost) <= 0)
        sources_.erase(by_source);
    if (changes_its_vm(lane.record.key.kind)) {
        const auto changed = changing_.find({lane.endpoint->info.inventory, held.source});
        if (changed != changing_.end() && --changed->second <= 0) changing_.erase(changed);
    }
    slots_.erase(where);
}

void planner::requeue(queued_job job) {
    release(job.id);
    const auto lane = lanes_.find(job.lane);
    if (lane != lanes_.end()) lane->second.queues.put(std::move(job));
}

}  // namespace cloned::scheduler
