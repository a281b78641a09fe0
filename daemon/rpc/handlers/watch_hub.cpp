#include "daemon/rpc/handlers/watch_hub.hpp"

#include <algorithm>
#include <chrono>

namespace cloned::rpc {
namespace {

constexpr std::chrono::hours longest_sleep{1};

}  // namespace

void watch_hub::notify(event_id last) {
    last_ = std::max(last_, last);
    news_ = true;
    alarm_->wake();
}

void watch_hub::stop() {
    stopped_ = true;
    alarm_->wake();
}

task<void> watch_hub::run() {
    while (!stopped_) {
        if (!news_) {
            co_await alarm_->sleep_until(clock_.now() + longest_sleep);
            continue;
        }
        news_ = false;
        told_ = last_;
        wake_all();
        // Later commits gather until the pause is over; its wakes do not shorten it.
        const auto next = clock_.now() + pause_;
        while (!stopped_ && clock_.now() < next) co_await alarm_->sleep_until(next);
    }
}

void watch_hub::wake_all() {
    for (const auto& watcher : watchers_) watcher->wake();
}

void watch_hub::close_all(const failure& why) {
    // Closing may end a watcher's task and so change the set.
    const auto all = watchers_;
    for (const auto& watcher : all) watcher->close(why);
}

}  // namespace cloned::rpc
