#pragma once

#include "base/result.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string>

namespace cloned::storage {

// How long a call waits for a lock of another connection.
inline constexpr int busy_timeout_ms = 5000;

struct connection_settings {
    std::string path;
    std::string vfs;  // empty: the system's
    std::int64_t cache_bytes = 0;
    std::int64_t max_file_bytes = 0;  // 0: no limit
};

// The connection that owns all writes and all checkpoints; the file must exist. SQLite 3.40.1 can
// corrupt a WAL when two connections write or checkpoint at once, so there must never be a second
// one. Automatic checkpoints are off: the writer makes them between its groups.
//
// Errors: throw SQLite::Exception or store_failure, here and below.
SQLite::Database open_for_writing(const connection_settings& settings);

// A file that nobody changes, without its log: nothing is made beside it, nothing is locked.
SQLite::Database open_immutable(const std::string& path);

// A connection that cannot write; the writing one must be open already.
SQLite::Database open_for_reading(const connection_settings& settings);

}  // namespace cloned::storage
