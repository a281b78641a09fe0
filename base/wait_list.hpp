#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <list>

namespace cloned {

// Waiters in the order in which they came, each with an alarm and a deadline of its own.
//
// Threads:      the loop thread only.
// Cancellation: a waiter leaves and gets the exception; one that is woken already returns instead,
//               so that nothing is lost that was handed over by waking it.
// Lifetime:     outlives its waiters.
class wait_list {
public:
    explicit wait_list(clock& time) : clock_(time) {}
    wait_list(const wait_list&) = delete;
    wait_list& operator=(const wait_list&) = delete;

    // True: woken; false: the deadline came first. In both cases it is no longer in the list.
    task<bool> wait(steady_time deadline);

    // The one who has waited longest; false if nobody waits.
    bool wake_one();
    void wake_all();
    std::size_t size() const { return waiters_.size(); }

private:
    struct waiter;

    clock& clock_;
    std::list<waiter*> waiters_;  // loop thread only
};

}  // namespace cloned
