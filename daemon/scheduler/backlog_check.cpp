#include "daemon/scheduler/backlog_check.hpp"

#include "base/log.hpp"

namespace cloned::scheduler {
namespace {

constexpr auto check_interval = std::chrono::minutes(1);
constexpr auto second_look_after = std::chrono::seconds(5);

}  // namespace

task<void> backlog_check::run() {
    auto pause = clock_.make_alarm();
    for (;;) {
        co_await pause->sleep_until(clock_.now() + check_interval);
        const auto first = co_await compare();
        if (first.empty()) continue;
        co_await pause->sleep_until(clock_.now() + second_look_after);
        const auto second = co_await compare();
        for (const auto& [queue, found] : second) {
            const auto before = first.find(queue);
            if (before != first.end() && before->second == found) mend(queue, found);
        }
    }
}

task<backlog_check::differences> backlog_check::compare() {
    differences out;
    const auto stored = co_await store_.queues();
    if (!stored) co_return out;
    const auto about_to_be_sent = in_flight_.queued();
    for (const auto& queue : *stored) {
        const auto waiting = plan_.waiting(queue.queue);
        if (!waiting) continue;
        const auto taken = about_to_be_sent.find(queue.queue);
        const auto known = *waiting + (taken == about_to_be_sent.end() ? 0 : taken->second);
        if (known >= queue.jobs) continue;
        difference found;
        found.stored = queue.jobs;
        found.known = known;
        out.emplace(queue.queue, found);
    }
    co_return out;
}

void backlog_check::mend(const storage::queue_key& queue, const difference& found) {
    ++faults_;
    log::error("queue.lost_jobs", log::kv("lane", queue.lane.value),
               log::kv("tenant", queue.tenant.value), log::kv("stored", found.stored),
               log::kv("known", found.known),
               log::kv("effect", "the queue is loaded again; this is a fault of the daemon's"));
    plan_.distrust(queue);
    dispatch_.wake();
}

}  // namespace cloned::scheduler
