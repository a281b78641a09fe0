#include "tests/support/virtual_time.hpp"

#include <boost/asio/basic_waitable_timer.hpp>

#include <time.h>

namespace cloned::testing {
namespace {

std::chrono::nanoseconds processor_time() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace

using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>,
                                         executor>;

class virtual_alarm final : public alarm {
public:
    explicit virtual_alarm(virtual_clock& time)
        : clock_(time), sleep_(time.loop_.get_executor(), steady_time::max()) {}
    ~virtual_alarm() override { leave(); }

    task<bool> sleep_until(steady_time when) override {
        if (std::exchange(woken_, false)) co_return false;
        fired_ = false;
        place_ = {when, ++clock_.sleeps_};
        clock_.sleepers_.emplace(place_, this);
        auto [ec] = co_await sleep_.async_wait(no_throw);
        leave();
        if (std::exchange(woken_, false)) co_return false;
        if (!std::exchange(fired_, false)) throw boost::system::system_error(ec);
        co_return true;
    }

    void wake() override {
        woken_ = true;
        sleep_.cancel();
    }

    void fire() {
        fired_ = true;
        leave();
        sleep_.cancel();
    }

private:
    void leave() { clock_.sleepers_.erase(place_); }

    virtual_clock& clock_;
    timer sleep_;
    std::pair<steady_time, std::uint64_t> place_;
    bool woken_ = false;
    bool fired_ = false;
};

std::unique_ptr<alarm> virtual_clock::make_alarm() {
    return std::make_unique<virtual_alarm>(*this);
}

bool virtual_clock::advance() {
    if (sleepers_.empty()) return false;
    const auto [place, sleeper] = *sleepers_.begin();
    now_ = std::max(now_, place.first);
    sleeper->fire();
    return true;
}

std::optional<steady_time> virtual_clock::next() const {
    if (sleepers_.empty()) return std::nullopt;
    return sleepers_.begin()->first.first;
}

void virtual_clock::settle() {
    loop_.restart();
    if (!longest_turn) {
        loop_.poll();
        return;
    }
    for (bool ran = true; ran;) {
        const auto before = processor_time();
        ran = loop_.poll_one() > 0;
        longest_turn = std::max(*longest_turn, processor_time() - before);
    }
}

void virtual_clock::advance_by(milliseconds span) {
    const auto until = now_ + span;
    settle();
    while (!sleepers_.empty() && sleepers_.begin()->first.first <= until) {
        advance();
        settle();
    }
    now_ = until;
}

}  // namespace cloned::testing
