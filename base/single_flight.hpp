#pragma once

#include "base/wait_list.hpp"

#include <memory>

namespace cloned {

// Work that many want and one does for all of them: the first begins a flight, the others wait for
// its end and look again for what they wanted.
//
// Threads:      the loop thread only.
// Cancellation: a waiter leaves. A flight ends with the task that began it; the first of the
//               waiters finds nothing under way and begins the next.
// Lifetime:     outlives its waiters. A flight may outlive it: what a stopped loop had under way is
//               destroyed last.
class single_flight {
public:
    explicit single_flight(clock& time)
        : waiters_(time), self_(std::make_shared<single_flight*>(this)) {}
    single_flight(const single_flight&) = delete;
    single_flight& operator=(const single_flight&) = delete;

    // The work is under way as long as this lives; begin none while another is.
    class flight {
    public:
        explicit flight(single_flight& of) : of_(of.self_) { of.under_way_ = true; }
        ~flight() {
            const auto of = of_.lock();
            if (!of) return;
            (*of)->under_way_ = false;
            (*of)->waiters_.wake_all();
        }
        flight(const flight&) = delete;
        flight& operator=(const flight&) = delete;

    private:
        std::weak_ptr<single_flight*> of_;
    };

    bool under_way() const { return under_way_; }
    // For the end of the flight under way. False: the deadline came first.
    task<bool> wait(steady_time deadline) { return waiters_.wait(deadline); }

private:
    wait_list waiters_;
    bool under_way_ = false;
    std::shared_ptr<single_flight*> self_;
};

}  // namespace cloned
