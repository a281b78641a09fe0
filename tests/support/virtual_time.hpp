#pragma once

#include "base/clock.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <stdexcept>

namespace cloned::testing {

class virtual_alarm;

// A clock that stands still until it is moved.
class virtual_clock final : public clock {
public:
    explicit virtual_clock(asio::io_context& loop) : loop_(loop) {}

    steady_time now() const override { return now_; }
    wall_time wall() const override {
        return start_ + std::chrono::floor<milliseconds>(now_.time_since_epoch());
    }
    std::unique_ptr<alarm> make_alarm() override;

    // Moves to the earliest sleeper and lets it go on; false if nobody sleeps.
    bool advance();
    // Moves by `span`, waking those that slept until then, in order; runs the loop in between.
    void advance_by(milliseconds span);
    // Runs everything that can run now.
    void settle();
    // The most processor time that one turn of the loop has taken; measured once it is set.
    std::optional<std::chrono::nanoseconds> longest_turn;
    // When the next one wakes, for a caller who has other things to happen in between.
    std::optional<steady_time> next() const;
    // Sets the wall clock, as NTP or a person does; nobody who sleeps takes notice.
    void step_wall(milliseconds by) { start_ += by; }
    // Moves, but never back, and wakes nobody.
    void move_to(steady_time when) { now_ = std::max(now_, when); }

private:
    friend class virtual_alarm;

    asio::io_context& loop_;
    steady_time now_{std::chrono::hours(1)};
    wall_time start_{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
    // Who sleeps until the same moment wakes in the order of lying down: addresses would differ
    // from one run to the next.
    std::map<std::pair<steady_time, std::uint64_t>, virtual_alarm*> sleepers_;
    std::uint64_t sleeps_ = 0;
};

// A loop on virtual time. run() drives a coroutine to its end, moving the clock whenever nothing
// else can happen, so that hours pass in milliseconds.
class world {
public:
    // The clock outlives the loop, which takes the coroutines that still sleep with it.
    virtual_clock time{loop};
    asio::io_context loop{1};

    template <class T>
    T run(task<T> body, std::chrono::hours most = std::chrono::hours(100'000)) {
        std::optional<T> out;
        std::exception_ptr thrown;
        asio::co_spawn(loop.get_executor(), std::move(body), [&](std::exception_ptr e, T value) {
            thrown = e;
            out.emplace(std::move(value));
        });
        drive([&] { return out.has_value(); }, most);
        if (thrown) std::rethrow_exception(thrown);
        return std::move(*out);
    }

    void run(task<void> body, std::chrono::hours most = std::chrono::hours(100'000)) {
        bool done = false;
        std::exception_ptr thrown;
        asio::co_spawn(loop.get_executor(), std::move(body), [&](std::exception_ptr e) {
            thrown = e;
            done = true;
        });
        drive([&] { return done; }, most);
        if (thrown) std::rethrow_exception(thrown);
    }

    // Runs everything that can run now.
    void settle() { time.settle(); }

    // Moves the clock until `done`; throws if nobody sleeps any more or `most` has passed.
    template <class Predicate>
    void drive(Predicate done, std::chrono::hours most) {
        const auto until = time.now() + most;
        settle();
        while (!done()) {
            if (!time.advance()) throw std::runtime_error("nothing more can happen");
            if (time.now() > until) throw std::runtime_error("the virtual time limit has passed");
            settle();
        }
    }
};

}  // namespace cloned::testing
