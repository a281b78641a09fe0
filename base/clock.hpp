#pragma once

#include "base/async.hpp"

#include <chrono>
#include <memory>

namespace cloned {

// Times that are compared and slept on; never goes back.
using steady_time = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

// Times that are stored and shown: UTC, in whole milliseconds.
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

// One sleeper that can be woken early: what a loop waits on between two turns.
//
// Threads:      the loop thread only.
// Cancellation: sleep_until throws operation_aborted when its task is cancelled.
// Lifetime:     must not be destroyed while somebody sleeps on it; one sleeper at a time.
class alarm {
public:
    virtual ~alarm() = default;

    // Sleeps until `when`, or until wake(). A wake() that came while nobody slept is remembered
    // once, so that no event is missed between two sleeps. True: the time came; false: woken.
    virtual task<bool> sleep_until(steady_time when) = 0;
    virtual void wake() = 0;
};

// Where time comes from. Passed in everywhere, so that a test or the simulation can run hours in
// milliseconds.
class clock {
public:
    virtual ~clock() = default;

    virtual steady_time now() const = 0;
    virtual wall_time wall() const = 0;
    virtual std::unique_ptr<alarm> make_alarm() = 0;
};

// The machine's clocks; alarms run on `loop`, which must outlive the result.
std::unique_ptr<clock> make_system_clock(asio::io_context& loop);

inline std::int64_t to_ms(wall_time t) {
    return t.time_since_epoch().count();
}
inline wall_time from_ms(std::int64_t ms) {
    return wall_time(milliseconds(ms));
}

}  // namespace cloned
