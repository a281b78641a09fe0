#include "base/wait_list.hpp"

namespace cloned {

struct wait_list::waiter {
    std::list<waiter*>& list;
    std::unique_ptr<alarm> wakes;
    std::list<waiter*>::iterator place = list.insert(list.end(), this);

    ~waiter() {
        if (place != list.end()) list.erase(place);
    }
};

task<bool> wait_list::wait(steady_time deadline) {
    waiter mine{waiters_, clock_.make_alarm()};
    const bool time_is_up = co_await mine.wakes->sleep_until(deadline);
    co_return !time_is_up;
}

bool wait_list::wake_one() {
    if (waiters_.empty()) return false;
    auto* const first = waiters_.front();
    waiters_.pop_front();
    first->place = waiters_.end();
    first->wakes->wake();
    return true;
}

void wait_list::wake_all() {
    while (wake_one()) continue;
}

}  // namespace cloned
