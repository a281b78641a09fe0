#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>

namespace cloned::testing {

// What is still to happen in a test's own world, in the order of its time in seconds; of one moment
// in the order in which it was planned.
class event_queue {
public:
    void add(double when, std::function<void()> what) {
        events_.push({when, ++order_, std::move(what)});
    }
    bool empty() const { return events_.empty(); }
    // Of the next event. There must be one.
    double next() const { return events_.top().when; }
    std::function<void()> take() {
        auto out = events_.top().what;
        events_.pop();
        return out;
    }

private:
    struct event {
        double when;
        std::uint64_t order;
        std::function<void()> what;
        bool operator<(const event& other) const {
            return std::pair(when, order) > std::pair(other.when, other.order);
        }
    };

    std::priority_queue<event> events_;
    std::uint64_t order_ = 0;
};

}  // namespace cloned::testing
