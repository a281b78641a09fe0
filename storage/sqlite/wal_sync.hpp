#pragma once

#include <string>

namespace cloned::storage {

// Brings the write-ahead log beside the database `path` onto the disk, as it is. Before anything
// of it is read: a start reads what the system has in memory, and of that a killed process may have
// left parts unsynced, or a sync may have failed, after which Linux takes for written what is not.
// So it is written once more, byte for byte, and synced.
//
// Errors: throws SQLite::Exception.
void sync_wal(const std::string& path, const std::string& vfs);

}  // namespace cloned::storage
