#pragma once

#include "tests/power_loss/disk_image.hpp"
#include "tests/support/watched_vfs.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cloned::power_loss {

enum class fault : std::uint8_t {
    io_error,     // EIO; a sync that fails loses what it was to write
    full,         // ENOSPC, nothing written
    short_write,  // ENOSPC after a part
};

struct planned_fault {
    std::int64_t call = 0;  // which call of SQLite, from 1
    fault how = fault::io_error;
    std::int64_t calls = 1;  // so many in a row
};

// The disk under the store of a workload: passes SQLite's calls on to a real folder, keeps the
// medium beside it, and fails where it is told to. Directory syncs are noticed, no matter whose
// they are.
//
// Threads: one. Lifetime: outlives the stores on it; there is one at a time.
class disk final : public testing::disk_watcher {
public:
    disk(std::string folder, std::uint64_t seed);
    ~disk() override;
    disk(const disk&) = delete;
    disk& operator=(const disk&) = delete;

    const disk_image& content() const { return image_; }

    // Called when the medium or what waits for it has changed: a moment for a cut.
    std::function<void(bool synced)> on_change;

    // --- the end of a process: from that call on nothing is done to the files
    void die_at(std::int64_t call) { dies_at_ = call; }
    // At the first sync from that call on: everything is written and nothing is safe.
    void die_at_sync_from(std::int64_t call) { dies_at_sync_from_ = call; }
    void die() { dead_ = true; }
    bool dead() const { return dead_; }
    void revive();

    // --- faults
    void plan(planned_fault what) { fault_ = what; }
    bool fault_met() const { return fault_met_; }
    std::int64_t calls() const { return calls_; }
    // What was called, in order; for planning.
    const std::vector<testing::disk_call::kind>& history() const { return history_; }

    int before(testing::disk_call& call) override;
    void after(const testing::disk_call& call) override;
    // 0, or an errno.
    int before_directory_sync(int descriptor);

private:
    bool is_ours(std::string_view path) const;
    bool dies_now(testing::disk_call::kind what) const;
    std::string name_of(std::string_view path) const;
    bool fails_now();
    int fail(testing::disk_call& call);

    // Constant after construction
    const std::string folder_;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;

    disk_image image_;
    random chance_;
    std::int64_t calls_ = 0;
    std::vector<testing::disk_call::kind> history_;
    std::int64_t dies_at_ = 0;
    std::int64_t dies_at_sync_from_ = 0;
    bool dead_ = false;
    std::optional<planned_fault> fault_;
    bool fault_met_ = false;
};

}  // namespace cloned::power_loss
