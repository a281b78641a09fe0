#pragma once

#include "storage/job_store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cloned::storage {

enum class store_threading : std::uint8_t {
    own_threads,     // one thread writes, one reads
    inline_on_loop,  // everything runs on the loop, in a fixed order; for simulation
};

struct sqlite_store_options {
    std::string path;
    store_threading threading = store_threading::own_threads;
    std::int64_t cache_bytes = std::int64_t{48} << 20;      // of both connections together
    int checkpoint_pages = 8000;                            // of 4 KiB: how long the log grows
    std::int64_t min_free_bytes = std::int64_t{256} << 20;  // with less free, no new jobs
    std::int64_t max_file_bytes = 0;                        // 0: as large as the disk allows
    // A database that may be broken (see below) is checked before it is served up to this size, at
    // 100 MB/s within a second; a larger one meanwhile. Without threads each is checked at once.
    std::int64_t check_first_bytes = std::int64_t{64} << 20;
    std::int64_t max_unfinished_jobs = 5'000'000;
    std::int64_t max_lanes = 10'000;
    std::int64_t max_tenants = 100'000;
    std::size_t group_operations = 512;  // committed together at most
    std::size_t group_bytes = std::size_t{1} << 20;
    std::size_t max_waiting_jobs = 200'000;  // in calls of accept() that have not begun
    std::size_t max_waiting_reads = 10'000;  // of those that do not serve the scheduler
    // Where to note how far the database has come, best on another disk than the database: a
    // restored backup is recognised by it. Empty: nowhere.
    std::string high_water_path;
    std::string vfs;  // a SQLite VFS by its name; empty: the system's

    // On the loop, once: the store refuses all writes from now on; the process must leave. Also
    // where one of the database's files was deleted, replaced or renamed, within seconds, and where
    // the file turns out to be broken.
    std::function<void(std::string why)> on_poisoned;
    // On the loop: a write has failed for want of room, with SQLite's words, again and again; and
    // once when there is room again.
    std::function<void(std::optional<std::string> full)> on_room;
};

// Opens the file, makes it where it is not there, and brings it to the present schema. Blocks.
// After a stop that was none, which leaves a log behind, and where the high-water file is ahead, it
// looks for damage first.
//
// Errors: failed_precondition where another daemon has it open (with its process id), by whatever
//         name, where it has a second name (a hard link), is broken, a newer release wrote it, the
//         log beside it is another one's, or it is something else; unavailable where the disk is
//         full.
result<std::unique_ptr<job_store>> open_sqlite_job_store(asio::io_context& loop,
                                                         sqlite_store_options options);

}  // namespace cloned::storage
