#pragma once

#include "base/result.hpp"
#include "base/wait_list.hpp"

#include <cstddef>

namespace cloned {

// Lets a limited number through at a time; the others wait in the order in which they came, each
// until its own deadline.
//
// Threads:      the loop thread only.
// Errors:       `unavailable`: too many wait already, or the time was up before the turn came.
// Cancellation: a waiter that is cancelled leaves the queue and gets the exception.
// Lifetime:     must outlive its permits.
class semaphore {
public:
    semaphore(cloned::clock& clock, std::size_t width, std::size_t max_waiting)
        : max_waiting_(max_waiting), free_(width), waiters_(clock) {}

    // One place; given back at the end of its life.
    class permit {
    public:
        explicit permit(semaphore& owner) : owner_(owner) {}
        ~permit();
        permit(const permit&) = delete;
        permit& operator=(const permit&) = delete;

        task<result<void>> acquire(steady_time deadline);

    private:
        semaphore& owner_;
        bool held_ = false;
    };

private:
    // Constant after construction
    std::size_t max_waiting_;

    // Loop thread only
    std::size_t free_;
    wait_list waiters_;
};

}  // namespace cloned
