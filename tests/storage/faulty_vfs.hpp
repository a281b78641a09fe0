#pragma once

#include <atomic>
#include <cstdint>

namespace cloned::storage {

// What the disk does to the write-ahead log, and what it has seen. One for the program.
struct disk_faults {
    std::atomic<bool> syncs_fail{false};   // EIO from fsync
    std::atomic<bool> writes_fail{false};  // EIO from write
    std::atomic<bool> reads_fail{false};   // EIO from read
    std::atomic<bool> full{false};         // ENOSPC from write
    // EIO from the sync of a folder, no matter who asks, as soon as a log has been opened
    std::atomic<bool> folder_syncs_fail{false};
    std::atomic<bool> log_opened{false};
    std::atomic<std::int64_t> syncs{0};
    std::atomic<std::int64_t> unsynced_writes{0};
    std::atomic<std::int64_t> written_bytes{0};

    void reset();
};

disk_faults& faults();

// The name of a SQLite VFS with these faults.
const char* faulty_vfs();

}  // namespace cloned::storage
