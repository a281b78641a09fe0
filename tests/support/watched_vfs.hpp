#pragma once

#include <cstdint>
#include <string_view>

namespace cloned::testing {

// What SQLite asks of its disk.
struct disk_call {
    enum class kind : std::uint8_t { open, read, write, truncate, sync, remove };

    kind what = kind::read;
    std::string_view path;
    const char* data = nullptr;  // write: what is written
    std::int64_t size = 0;       // read, write: bytes; truncate: what is left
    std::int64_t at = 0;         // read, write: from where

    // The write-ahead log; the names are SQLite's.
    bool on_log() const { return path.ends_with("-wal"); }
};

// Sees every call before it is made, and may answer in the disk's place.
//
// Threads: called on whatever thread uses the database.
class disk_watcher {
public:
    virtual ~disk_watcher() = default;

    // SQLITE_OK passes the call on; anything else is its answer. So much of a failing write reaches
    // the file as `size` says then.
    virtual int before(disk_call& call) = 0;
    // It has been done, the part of a failing write as well.
    virtual void after(const disk_call& call) = 0;
};

// A SQLite VFS that passes everything on to the system's, with the watcher looking on. Returns
// its name.
const char* watched_vfs();

// One watcher for the program; null: nobody. It must outlive the databases that are open.
void watch_disk(disk_watcher* watcher);
disk_watcher* disk_watched_by();

}  // namespace cloned::testing
