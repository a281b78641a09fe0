#include "daemon/scheduler/housekeeper.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace cloned::scheduler {
namespace {

constexpr std::size_t step = 500;  // jobs changed in one commit
constexpr std::size_t purge_step = 2'000;
// Also covers a wall clock that was set.
constexpr auto longest_sleep = milliseconds(5'000);
constexpr auto purge_interval = std::chrono::minutes(10);
constexpr auto pause_after_error = std::chrono::seconds(2);

}  // namespace

housekeeper::housekeeper(
    storage::calendar& store, clock& time, options wanted, planner& plan, alarm& dispatch)
    : store_(store),
      clock_(time),
      options_(wanted),
      plan_(plan),
      dispatch_(dispatch),
      alarm_(time.make_alarm()) {}

void housekeeper::due_at(wall_time when) {
    if (next_due_ && *next_due_ <= when) return;
    next_due_ = when;
    alarm_->wake();
}

task<void> housekeeper::run() {
    for (;;) {
        co_await do_what_is_due();
        const auto now = clock_.wall();
        if (options_.keep_ended && now >= next_purge_) {
            next_purge_ = now + purge_interval;
            co_await purge();
        }
        auto sleep = longest_sleep;
        if (next_due_) sleep = std::clamp(*next_due_ - clock_.wall(), milliseconds(1), sleep);
        co_await alarm_->sleep_until(clock_.now() + sleep);
    }
}

task<void> housekeeper::do_what_is_due() {
    const auto now = clock_.wall();
    // due_at() may be called while the store is asked: what it says then must not be forgotten.
    next_due_.reset();
    auto due_jobs = co_await store_.wake_due(now, step);
    if (due_jobs) {
        for (const auto& queue : *due_jobs) plan_.add_backlog(queue);
        if (!due_jobs->empty()) dispatch_.wake();
        last_round_at_ = clock_.now();
    }
    auto expired = co_await store_.expire_due(now, step);
    auto due = co_await store_.next_due();
    if (!due_jobs || !expired || !due) {
        // Not by due_at(): its wake-up would end the pause before it begins.
        const auto later = now + pause_after_error;
        next_due_ = std::min(next_due_.value_or(later), later);
        co_return;
    }
    for (const auto& when : {due->wake, due->deadline})
        if (when && (!next_due_ || *when < *next_due_)) next_due_ = *when;
}

task<void> housekeeper::purge() {
    for (;;) {
        const auto before = clock_.wall() - *options_.keep_ended;
        auto purged = co_await store_.purge_ended(before, purge_step);
        if (!purged) co_return;
        if (purged->batches > 0)
            log::info("batches.purged", log::kv("batches", purged->batches),
                      log::kv("jobs", purged->jobs));
        if (!purged->more) co_return;
    }
}

}  // namespace cloned::scheduler
