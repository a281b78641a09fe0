#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace cloned::simulation {

// Where the virtual clocks of all worlds begin.
inline constexpr steady_time world_begin{std::chrono::hours(1)};

// What happens outside of the daemon, and so goes on whether it lives or not: requests and answers
// on their way, clients, strangers, the end of outages. In the order of time; at one moment in the
// order of planning.
class timeline {
public:
    steady_time now() const { return now_; }
    void move_to(steady_time when) { now_ = std::max(now_, when); }

    void at(steady_time when, std::function<void()> what) {
        planned_.emplace(std::pair(std::max(when, now_), ++order_), std::move(what));
    }
    void after(steady_time::duration wait, std::function<void()> what) {
        at(now_ + wait, std::move(what));
    }

    std::optional<steady_time> next() const {
        if (planned_.empty()) return std::nullopt;
        return planned_.begin()->first.first;
    }
    void run_next() {
        const auto first = planned_.begin();
        move_to(first->first.first);
        const auto what = std::move(first->second);
        planned_.erase(first);
        what();
    }

private:
    steady_time now_ = world_begin;
    std::uint64_t order_ = 0;
    std::map<std::pair<steady_time, std::uint64_t>, std::function<void()>> planned_;
};

}  // namespace cloned::simulation
