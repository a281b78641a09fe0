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
    auto ceilings = options_.ceilings;
    if (!has_hidden_ceiling(lane.key.kind))
        ceilings.first = std::numeric_limits<std::int32_t>::max();
    lanes_.try_emplace(lane.id, lane_state{.record = lane,
                                           .endpoint = &endpoint->second,
                                           .learner = ceiling(ceilings, limit_of(info, lane),
                                                              lane.settings.learned_ceiling),
                                           .queues = lane_queues(options_.queues),
                                           .durations = {},
                                           .cost = std::max<std::int64_t>(1, cost)});
    return true;
}

void planner::set_settings(lane_id id, const lane_settings& settings) {
    const auto homeless = homeless_.find(id);
    if (homeless != homeless_.end()) homeless->second.settings = settings;
    const auto lane = lanes_.find(id);
    if (lane == lanes_.end()) return;
    lane->second.record.settings = settings;
    lane->second.learner.set_limit(limit_of(lane->second.endpoint->info, lane->second.record));
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
            load.jobs += static_cast<std::size_t>(lane.in_flight);
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
    const auto without_slot = guarded(guard::slot_held_in_doubt) ? 0 : lane.in_doubt;
    const auto admitted = lane.learner.may_send(now, lane.in_flight - without_slot);
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
    if (lanes_.empty()) return out;
    // Lanes take turns, one job each, so that none empties a shared endpoint limit alone.
    auto at = lanes_.lower_bound(first_lane_);
    std::size_t idle = 0;
    while (idle < lanes_.size() && out.size() < most) {
        if (at == lanes_.end()) at = lanes_.begin();
        auto& lane = at->second;
        ++at;
        ++idle;
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
        idle = 0;
        take_slot(lane, job->id, source_of(job->spec), admitted.probe);
        lane.learner.sent(admitted.probe);
        out.push_back({std::move(*job), admitted.probe});
    }
    first_lane_ = at == lanes_.end() ? lane_id() : at->first;
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

void planner::take_slot(lane_state& lane, job_id id, const std::string& source, bool probe) {
    const bool fresh = slots_.try_emplace(id, slot{&lane, source, probe, false, false}).second;
    CLONED_CHECK(fresh, "a job was given a second slot");
    ++lane.in_flight;
    lane.endpoint->used += lane.cost;
    ++lane.endpoint->jobs;
    if (source.empty()) return;
    sources_[{lane.endpoint->info.name, source}] += lane.cost;
    if (changes_its_vm(lane.record.key.kind)) ++changing_[{lane.endpoint->info.inventory, source}];
}

void planner::hold(job_id id, lane_id lane, const std::string& source) {
    const auto where = lanes_.find(lane);
    if (where != lanes_.end()) take_slot(where->second, id, source, false);
}

void planner::release(job_id id) {
    const auto where = slots_.find(id);
    if (where == slots_.end()) return;
    auto& [lane, source, probe, in_doubt, refused] = where->second;
    --lane->in_flight;
    if (in_doubt) --lane->in_doubt;
    if (refused) --lane->refused;
    // A probe that ends without having been sent must not keep the next one back.
    if (probe) lane->learner.no_verdict(probe);
    lane->endpoint->used -= lane->cost;
    --lane->endpoint->jobs;
    const auto by_source = sources_.find({lane->endpoint->info.name, source});
    if (by_source != sources_.end() && (by_source->second -= lane->cost) <= 0)
        sources_.erase(by_source);
    if (changes_its_vm(lane->record.key.kind)) {
        const auto changed = changing_.find({lane->endpoint->info.inventory, source});
        if (changed != changing_.end() && --changed->second <= 0) changing_.erase(changed);
    }
    slots_.erase(where);
}

void planner::requeue(queued_job job) {
    release(job.id);
    const auto lane = lanes_.find(job.lane);
    if (lane != lanes_.end()) lane->second.queues.put(std::move(job));
}

void planner::accepted(job_id id, steady_time now) {
    const auto where = slots_.find(id);
    if (where == slots_.end()) return;
    auto& lane = *where->second.lane;
    lane.learner.accepted(now, lane.in_flight, std::exchange(where->second.probe, false));
}

void planner::refused(job_id id, steady_time now, wall_time wall) {
    const auto where = slots_.find(id);
    if (where == slots_.end()) return;
    auto& lane = *where->second.lane;
    ++lane.refusals;
    lane.last_refusal_at = wall;
    // Refusals come in crowds. Those refused before this one hold their slots until that is on
    // disk, but they are not with the upstream and say nothing about what it takes.
    if (!std::exchange(where->second.refused, true)) ++lane.refused;
    lane.learner.refused(now, lane.in_flight - lane.refused,
                         std::exchange(where->second.probe, false), random_);
}

void planner::no_verdict(job_id id) {
    const auto where = slots_.find(id);
    if (where == slots_.end()) return;
    where->second.lane->learner.no_verdict(std::exchange(where->second.probe, false));
}

void planner::observed(lane_id id, std::int64_t running, std::int64_t pending, steady_time now) {
    const auto lane = lanes_.find(id);
    if (lane != lanes_.end()) lane->second.learner.observed(now, running, pending, random_);
}

void planner::finished(lane_id id, milliseconds took) {
    const auto lane = lanes_.find(id);
    if (lane != lanes_.end()) lane->second.durations.add(took);
}

void planner::set_in_doubt(job_id id, bool in_doubt) {
    const auto where = slots_.find(id);
    if (where == slots_.end() || where->second.in_doubt == in_doubt) return;
    where->second.in_doubt = in_doubt;
    where->second.lane->in_doubt += in_doubt ? 1 : -1;
}

// --- for showing and for keeping

lane_status planner::status_of(const lane_state& lane) {
    lane_status status;
    status.lane = lane.record;
    status.limit = lane.learner.limit();
    status.ceiling = lane.learner.value();
    status.in_flight = lane.in_flight;
    status.in_doubt = lane.in_doubt;
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
        const auto learned = lane.learner.learned();
        if (learned == lane.record.settings.learned_ceiling) continue;
        lane.record.settings.learned_ceiling = learned;
        out.push_back(lane.record);
    }
    return out;
}

}  // namespace cloned::scheduler
