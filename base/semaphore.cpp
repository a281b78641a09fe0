#include "base/semaphore.hpp"

namespace cloned {

semaphore::permit::~permit() {
    if (!held_) return;
    // The place goes straight to the first who waits, so that no newcomer can slip in between.
    if (!owner_.waiters_.wake_one()) ++owner_.free_;
}

task<result<void>> semaphore::permit::acquire(steady_time deadline) {
    if (owner_.free_ > 0) {
        --owner_.free_;
    } else {
        if (owner_.waiters_.size() >= owner_.max_waiting_)
            co_return fail(errc::unavailable, "too many requests wait for a connection");
        const bool given = co_await owner_.waiters_.wait(deadline);
        if (!given) co_return fail(errc::unavailable, "no connection became free in time");
    }
    held_ = true;
    co_return result<void>();
}

}  // namespace cloned
