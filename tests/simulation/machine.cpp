#include "tests/simulation/machine.hpp"

#include <sqlite3.h>

#include <filesystem>

namespace cloned::simulation {

machine::machine(const plan& world, timeline& when, trace& log)
    : plan_(world), when_(when), log_(log) {
    testing::watch_disk(this);
}

machine::~machine() {
    testing::watch_disk(nullptr);
}

void machine::begin() {
    for (const auto& each : plan_.steps)
        if (!each.off) when_.at(world_begin + each.at, [this, by = each.by] { step(by); });
    for (const auto& each : plan_.suspends)
        if (!each.off)
            when_.at(world_begin + each.from, [this, &each] {
                log_.line("m the machine is suspended");
                asleep_until_ = std::max<steady_time>(asleep_until_, world_begin + each.to);
            });
    for (const auto& each : plan_.full_disks) {
        if (each.off) continue;
        const auto fill = [this, &each](int by) {
            full_ += by;
            if (each.only_growth) growth_only_ += by;
            log_.line("m the disk is ", full_ > 0 ? "full" : "not full any more",
                      "; writes refused: ", std::to_string(refused_));
        };
        when_.at(world_begin + each.from, [fill] { fill(1); });
        when_.at(world_begin + each.to, [fill] { fill(-1); });
    }
}

void machine::boot(milliseconds off, milliseconds off_for) {
    if (off == off.zero()) return;
    step(off);
    when_.after(off_for, [this, off] { step(-off); });
}

void machine::set_clock_right() {
    if (clock_off_ != clock_off_.zero()) step(-clock_off_);
    set_right_ = true;
}

void machine::step(milliseconds by) {
    if (set_right_) return;
    log_.line("m the wall clock is stepped by ", std::to_string(by.count()), " ms");
    clock_off_ += by;
    if (on_step) on_step(by);
}

// A full disk takes nothing that makes a file longer; some file systems need room for what is
// written anew as well.
int machine::before(testing::disk_call& call) {
    if (full_ == 0 || call.what != testing::disk_call::kind::write) return SQLITE_OK;
    std::error_code ec;
    const auto there = static_cast<std::int64_t>(std::filesystem::file_size(call.path, ec));
    const bool grows = ec || call.at + call.size > there;
    if (full_ == growth_only_ && !grows) return SQLITE_OK;
    call.size = 0;
    ++refused_;
    return SQLITE_FULL;
}

}  // namespace cloned::simulation
