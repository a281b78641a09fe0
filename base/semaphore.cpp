#include "base/semaphore.hpp"

namespace cloned {

semaphore::permit::~permit() {
    if (held_)
        owner_.give_back();
    else if (bell_)
        owner_.waiting_.erase(place_);
}

task<result<void>> semaphore::permit::acquire(steady_time deadline) {
    if (owner_.free_ > 0) {
        --owner_.free_;
        held_ = true;
        co_return result<void>();
    }
    if (owner_.waiting_.size() >= owner_.max_waiting_)
        co_return fail(errc::unavailable, "too many requests wait for a connection");

    bell_ = owner_.clock_.make_alarm();
    place_ = owner_.waiting_.insert(owner_.waiting_.end(), this);
    while (!held_) {
        const bool time_is_up = co_await bell_->sleep_until(deadline);
        if (time_is_up && !held_) {
            owner_.waiting_.erase(place_);
            bell_.reset();
            co_return fail(errc::unavailable, "no connection became free in time");
        }
    }
    co_return result<void>();
}

// The place goes straight to the first who waits, so that no newcomer can slip in between.
void semaphore::give_back() {
    if (waiting_.empty()) {
        ++free_;
        return;
    }
    auto* const next = waiting_.front();
    waiting_.pop_front();
    next->held_ = true;
    next->bell_->wake();
}

}  // namespace cloned
