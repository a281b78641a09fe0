#include "daemon/scheduler/lane_queues.hpp"

#include <algorithm>
#include <utility>

namespace cloned::scheduler {

using storage::queue_key;

lane_queues::tenant_queue& lane_queues::queue_of(const queue_key& key) {
    auto& cls = classes_[static_cast<std::size_t>(key.priority)];
    const auto [where, fresh] = cls.tenants.try_emplace(key.tenant);
    if (fresh) cls.turns.push_back(key.tenant);
    return where->second;
}

void lane_queues::add_backlog(const storage::queue_length& added) {
    auto& queue = queue_of(added.queue);
    const job_id first{added.first_job};
    queue.backlog += added.jobs;
    queue.unseen = std::min(queue.unseen.value_or(first), first);
}

bool lane_queues::load_is_due(const tenant_queue& queue, std::size_t most) const {
    if (queue.loading || queue.backlog <= 0) return false;
    // A window that has just been filled must not count as low.
    const auto low_water = std::min(options_.low_water, most / 2);
    if (queue.window.empty() || queue.window.size() < low_water) return true;
    return queue.unseen && *queue.unseen < queue.window.rbegin()->first;
}

std::vector<queue_load> lane_queues::take_loads(std::size_t most) {
    std::vector<queue_load> out;
    for (std::size_t p = 0; p < job_priority_count; ++p) {
        for (auto& [tenant, queue] : classes_[p].tenants) {
            if (!load_is_due(queue, most)) continue;
            queue.loading = true;
            queue.unseen.reset();
            out.push_back({{lane_id(), tenant, static_cast<job_priority>(p)}, most, most});
        }
    }
    return out;
}

void lane_queues::loaded(const queue_load& asked,
                         std::vector<queued_job> jobs,
                         const std::function<bool(job_id)>& in_flight) {
    auto& queue = queue_of(asked.queue);
    auto& window = queue.window;
    queue.loading = false;
    const auto left = std::exchange(queue.left, {});
    const auto has_left = [&](job_id id) {
        return std::find(left.begin(), left.end(), id) != left.end();
    };
    const bool whole = jobs.size() < asked.jobs;
    // What comes after the head waits in the store, where the next load finds it.
    const auto rest = whole ? window.end() : window.upper_bound(jobs.back().id);
    queue.backlog += std::distance(rest, window.end());
    window.erase(rest, window.end());
    for (auto& job : jobs) {
        // What has left and waits again was told of: the next load finds it.
        if (in_flight(job.id) || has_left(job.id)) continue;
        const auto id = job.id;
        const auto [where, fresh] = window.try_emplace(id, std::move(job));
        // A copy in the window may be of an earlier life of the job, before it was cancelled and
        // queued again; that one could not be sent.
        const bool newer = !fresh && where->second.progress.fence < job.progress.fence;
        if (newer) where->second = std::move(job);
        if (fresh || newer) --queue.backlog;
    }
    // The store has the last word on how many wait there.
    if (whole && !queue.unseen) queue.backlog = 0;
    for (; window.size() > asked.window; ++queue.backlog) window.erase(std::prev(window.end()));
    if (queue.backlog > 0 || (whole && !queue.unseen)) return;
    // By our count nothing waits there, but the store has more or was asked too early to know.
    queue.backlog = 1;
    queue.unseen = job_id();
}

void lane_queues::load_failed(const queue_key& key) {
    auto& queue = queue_of(key);
    queue.loading = false;
    queue.left.clear();
    queue.unseen = job_id();
}

void lane_queues::put(queued_job job) {
    const queue_key key{job.lane, job.tenant, job.priority};
    auto& queue = queue_of(key);
    const auto id = job.id;
    const bool beyond = queue.window.empty() || queue.window.rbegin()->first < id;
    // Jobs that the store has may be before it.
    if (beyond && queue.backlog > 0) return add_backlog({key, 1, id.value});
    queue.window.insert_or_assign(id, std::move(job));
}

std::optional<queued_job> lane_queues::remove(job_id id, job_priority priority, tenant_id tenant) {
    auto& tenants = classes_[static_cast<std::size_t>(priority)].tenants;
    const auto queue = tenants.find(tenant);
    if (queue == tenants.end()) return std::nullopt;
    const auto which = queue->second.window.find(id);
    if (which == queue->second.window.end()) return std::nullopt;
    return take_out(queue->second, which);
}

queued_job lane_queues::take_out(tenant_queue& queue,
                                 std::map<job_id, queued_job>::iterator which) {
    if (queue.loading) queue.left.push_back(which->first);
    return std::move(queue.window.extract(which).mapped());
}

std::optional<queued_job> lane_queues::take_from(
    tenant_queue& queue,
    std::size_t lookahead,
    const std::function<bool(const queued_job&)>& may_send) {
    std::size_t looked = 0;
    for (auto at = queue.window.begin(); at != queue.window.end() && looked < lookahead;
         ++at, ++looked) {
        if (!may_send(at->second)) continue;
        return take_out(queue, at);
    }
    return std::nullopt;
}

std::optional<queued_job> lane_queues::take_aged(
    wall_time now, const std::function<bool(const queued_job&)>& may_send) {
    tenant_queue* oldest = nullptr;
    wall_time since = now - options_.age_floor;
    for (std::size_t p = 0; p + 1 < job_priority_count; ++p) {
        for (auto& [tenant, queue] : classes_[p].tenants) {
            if (queue.window.empty()) continue;
            const auto accepted = queue.window.begin()->second.accepted_at;
            if (accepted > since) continue;
            since = accepted;
            oldest = &queue;
        }
    }
    if (oldest == nullptr) return std::nullopt;
    return take_from(*oldest, options_.lookahead, may_send);
}

std::optional<queued_job> lane_queues::take_next(
    wall_time now, const std::function<bool(const queued_job&)>& may_send) {
    aged_turn_ = !aged_turn_;
    if (aged_turn_)
        if (auto job = take_aged(now, may_send)) return job;
    for (std::size_t p = job_priority_count; p-- > 0;) {
        auto& cls = classes_[p];
        for (std::size_t turn = 0; turn < cls.turns.size(); ++turn) {
            const auto tenant = cls.turns.front();
            cls.turns.pop_front();
            cls.turns.push_back(tenant);
            if (auto job = take_from(cls.tenants[tenant], options_.lookahead, may_send)) return job;
        }
    }
    return std::nullopt;
}

const queued_job* lane_queues::within_reach(job_id id, const queue_key& key) const {
    const auto& tenants = classes_[static_cast<std::size_t>(key.priority)].tenants;
    const auto queue = tenants.find(key.tenant);
    if (queue == tenants.end()) return nullptr;
    std::size_t looked = 0;
    for (const auto& [waiting, job] : queue->second.window) {
        if (waiting == id) return &job;
        if (waiting > id || ++looked == options_.lookahead) break;
    }
    return nullptr;
}

std::vector<const queued_job*> lane_queues::upcoming(std::size_t most) const {
    std::vector<const queued_job*> out;
    for (std::size_t p = job_priority_count; p-- > 0;) {
        const auto& cls = classes_[p];
        using place = std::map<job_id, queued_job>::const_iterator;
        std::vector<std::pair<place, place>> rest;
        for (const auto& tenant : cls.turns) {
            const auto& window = cls.tenants.at(tenant).window;
            if (!window.empty()) rest.emplace_back(window.begin(), window.end());
        }
        while (!rest.empty()) {
            for (auto& [at, end] : rest) {
                if (out.size() >= most) return out;
                out.push_back(&at->second);
                ++at;
            }
            std::erase_if(rest, [](const auto& one) { return one.first == one.second; });
        }
    }
    return out;
}

std::int64_t lane_queues::waiting() const {
    std::int64_t sum = 0;
    for (const auto& cls : classes_)
        for (const auto& [tenant, queue] : cls.tenants)
            sum += queue.backlog + static_cast<std::int64_t>(queue.window.size());
    return sum;
}

std::int64_t lane_queues::waiting(const queue_key& key) const {
    const auto& tenants = classes_[static_cast<std::size_t>(key.priority)].tenants;
    const auto queue = tenants.find(key.tenant);
    if (queue == tenants.end()) return 0;
    return queue->second.backlog + static_cast<std::int64_t>(queue->second.window.size());
}

void lane_queues::distrust(const queue_key& key) {
    auto& queue = queue_of(key);
    queue.backlog = std::max<std::int64_t>(queue.backlog, 1);
    queue.unseen = job_id();
}

bool lane_queues::window_empty() const {
    return loaded_jobs() == 0;
}

std::size_t lane_queues::loaded_jobs() const {
    std::size_t sum = 0;
    for (const auto& cls : classes_)
        for (const auto& [tenant, queue] : cls.tenants) sum += queue.window.size();
    return sum;
}

}  // namespace cloned::scheduler
