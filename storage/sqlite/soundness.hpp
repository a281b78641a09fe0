#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>

// Whether a database is what it should be, by SQLite's own checks. They read all of it.
namespace cloned::storage {

enum class thoroughness : std::uint8_t {
    quick,  // all but whether the indexes agree with their tables, which takes several times longer
    full,
};

// The first thing that SQLite finds wrong; unset: it is sound. Throws what SQLite throws.
std::optional<std::string> find_damage(SQLite::Database& database, thoroughness how);

// The words for an operator, with what to do.
error broken(const std::string& path, const std::string& damage);

// What a copy of a database holds, for the person who is about to rely on it.
struct copy_report {
    int schema_version = 0;
    std::int64_t batches = 0;
    std::int64_t jobs = 0;
    std::int64_t unfinished = 0;
    std::optional<wall_time> last_change;
};

// Opens a copy of a database, which nobody has open, and checks all of it. Nothing is written, not
// even beside it.
//
// Errors: not_found; failed_precondition where it is not sound, of another program or of a newer
//         release, or where a log lies beside it, which only an open database has.
result<copy_report> check_copy(const std::string& path);

}  // namespace cloned::storage
