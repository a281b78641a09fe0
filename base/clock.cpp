#include "base/clock.hpp"

#include <boost/asio/basic_waitable_timer.hpp>

namespace cloned {
namespace {

using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>,
                                         executor>;

class system_alarm final : public alarm {
public:
    explicit system_alarm(asio::io_context& loop) : timer_(loop.get_executor()) {}

    task<bool> sleep_until(steady_time when) override {
        if (woken_) {
            woken_ = false;
            co_return false;
        }
        timer_.expires_at(when);
        auto [ec] = co_await timer_.async_wait(no_throw);
        if (woken_) {
            woken_ = false;
            co_return false;
        }
        // Not woken and yet cut short: the sleeping task itself was cancelled.
        if (ec) throw boost::system::system_error(ec);
        co_return true;
    }

    void wake() override {
        woken_ = true;
        timer_.cancel();
    }

private:
    timer timer_;
    bool woken_ = false;
};

class system_clock final : public clock {
public:
    explicit system_clock(asio::io_context& loop) : loop_(loop) {}

    steady_time now() const override { return std::chrono::steady_clock::now(); }
    wall_time wall() const override {
        return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
    }
    std::unique_ptr<alarm> make_alarm() override { return std::make_unique<system_alarm>(loop_); }

private:
    asio::io_context& loop_;
};

}  // namespace

std::unique_ptr<clock> make_system_clock(asio::io_context& loop) {
    return std::make_unique<system_clock>(loop);
}

}  // namespace cloned
