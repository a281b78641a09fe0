#include "daemon/scheduler/lane_queues.hpp"

#include <algorithm>

namespace cloned::scheduler {

using storage::queue_key;

lane_queues::tenant_queue& lane_queues::queue_of(const queue_key& key) {
    auto& cls = classes_[static_cast<std::size_t>(key.priority)];
    const auto [where, fresh] = cls.tenants.try_emplace(key.tenant);
    if (fresh) cls.turns.push_back(key.tenant);
    return where->second;
}

const lane_queues::tenant_queue* lane_queues::find(const queue_key& key) const {
    const auto& tenants = classes_[static_cast<std::size_t>(key.priority)].tenants;
    const auto where = tenants.find(key.tenant);
    return where == tenants.end() ? nullptr : &where->second;
}

void lane_queues::add_backlog(const storage::queue_length& added) {
    auto& queue = queue_of(added.queue);
    queue.backlog += added.jobs;
    // Jobs that came back lie before what has been loaded; the window is loaded again from there,
    // and at once, or they would wait for the whole of the window instead of going first.
    if (added.first_job <= queue.upto.value) {
        queue.upto = job_id{added.first_job - 1};
        queue.came_back = true;
    }
    if (queue.loading) queue.added_while_loading = true;
}

std::vector<queue_key> lane_queues::take_loads() {
    std::vector<queue_key> out;
    for (std::size_t p = 0; p < job_priority_count; ++p) {
        for (auto& [tenant, queue] : classes_[p].tenants) {
            if (queue.loading || queue.backlog <= 0) continue;
            if (queue.window.size() >= options_.low_water && !queue.came_back) continue;
            queue.came_back = false;
            queue.loading = true;
            queue.added_while_loading = false;
            out.push_back({lane_id(), tenant, static_cast<job_priority>(p)});
        }
    }
    return out;
}

job_id lane_queues::loaded_up_to(const queue_key& key) const {
    const auto* queue = find(key);
    return queue != nullptr ? queue->upto : job_id();
}

void lane_queues::loaded(const queue_key& key,
                         std::vector<queued_job> jobs,
                         std::size_t asked,
                         const std::function<bool(job_id)>& is_elsewhere) {
    auto& queue = queue_of(key);
    queue.loading = false;
    const bool drained = jobs.size() < asked;
    for (auto& job : jobs) {
        // upto may have been moved back meanwhile; then the next load starts there.
        if (!queue.added_while_loading) queue.upto = std::max(queue.upto, job.id);
        if (is_elsewhere(job.id)) continue;
        const auto id = job.id;
        const auto [where, fresh] = queue.window.try_emplace(id, std::move(job));
        // A copy in the window may be of an earlier life of the job, before it was cancelled and
        // queued again; that one could not be sent.
        const bool newer = !fresh && where->second.progress.fence < job.progress.fence;
        if (newer) where->second = std::move(job);
        if ((fresh || newer) && queue.backlog > 0) --queue.backlog;
    }
    // The store has the last word on how many wait there.
    if (drained && !queue.added_while_loading) queue.backlog = 0;
    if (!drained && queue.backlog == 0) queue.backlog = 1;
}

void lane_queues::load_failed(const queue_key& key) {
    queue_of(key).loading = false;
}

void lane_queues::put(queued_job job) {
    auto& queue = queue_of({job.lane, job.tenant, job.priority});
    const auto id = job.id;
    queue.window.insert_or_assign(id, std::move(job));
}

std::optional<queued_job> lane_queues::remove(job_id id, job_priority priority, tenant_id tenant) {
    auto& tenants = classes_[static_cast<std::size_t>(priority)].tenants;
    const auto queue = tenants.find(tenant);
    if (queue == tenants.end()) return std::nullopt;
    auto node = queue->second.window.extract(id);
    if (node.empty()) return std::nullopt;
    return std::move(node.mapped());
}

std::optional<queued_job> lane_queues::take_from(
    tenant_queue& queue,
    std::size_t lookahead,
    const std::function<bool(const queued_job&)>& may_send) {
    std::size_t looked = 0;
    for (auto at = queue.window.begin(); at != queue.window.end() && looked < lookahead;
         ++at, ++looked) {
        if (!may_send(at->second)) continue;
        auto node = queue.window.extract(at);
        return std::move(node.mapped());
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
