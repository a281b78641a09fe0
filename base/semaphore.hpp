#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <list>
#include <memory>

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
        : clock_(clock), max_waiting_(max_waiting), free_(width) {}

    // One place; given back, or no longer waited for, at the end of its life.
    class permit {
    public:
        explicit permit(semaphore& owner) : owner_(owner) {}
        ~permit();
        permit(const permit&) = delete;
        permit& operator=(const permit&) = delete;

        task<result<void>> acquire(steady_time deadline);

    private:
        friend class semaphore;

        semaphore& owner_;
        bool held_ = false;
        std::unique_ptr<alarm> bell_;  // set while it waits
        std::list<permit*>::iterator place_;
    };

    std::size_t waiting() const { return waiting_.size(); }

private:
    void give_back();

    // Constant after construction
    cloned::clock& clock_;
    std::size_t max_waiting_;

    // Loop thread only
    std::size_t free_;
    std::list<permit*> waiting_;
};

}  // namespace cloned
