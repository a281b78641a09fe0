#pragma once

#include "tests/simulation/plan.hpp"
#include "tests/simulation/timeline.hpp"
#include "tests/simulation/trace.hpp"
#include "tests/support/watched_vfs.hpp"

#include <functional>

namespace cloned::simulation {

// What the daemon runs on, whether it lives or not: a wall clock that may be wrong, a disk that may
// be full, a machine that may be suspended.
//
// Lifetime: one at a time; SQLite's disk is watched by it.
class machine final : public testing::disk_watcher {
public:
    machine(const plan& world, timeline& when, trace& log);
    ~machine() override;
    machine(const machine&) = delete;
    machine& operator=(const machine&) = delete;

    void begin();
    // Boots with a wall clock that is so far off for so long.
    void boot(milliseconds off, milliseconds off_for);

    // By how much the wall clock is ahead of the world's.
    milliseconds clock_off() const { return clock_off_; }
    std::function<void(milliseconds)> on_step;
    // The clock is right from now on.
    void set_clock_right();
    bool is_awake() const { return when_.now() >= asleep_until_; }
    steady_time awake_at() const { return asleep_until_; }
    bool disk_is_full() const { return full_ > 0; }

    int before(testing::disk_call& call) override;
    void after(const testing::disk_call&) override {}

private:
    void step(milliseconds by);

    const plan& plan_;
    timeline& when_;
    trace& log_;
    milliseconds clock_off_{0};
    steady_time asleep_until_{};
    bool set_right_ = false;
    std::int64_t refused_ = 0;  // writes
    int full_ = 0;              // for so many reasons
    int growth_only_ = 0;       // of those
};

}  // namespace cloned::simulation
