#pragma once

#include "base/result.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace cloned::bench {

struct rows_options {
    std::string from;  // a database of the daemon's, which nobody has open
    std::string to;    // a file that is not there yet
    std::int64_t jobs_per_transaction = 10'000;
    int checkpoint_pages = 8000;  // as the daemon has it
    int cache_mib = 32;
};

// What SQLite alone can do with the rows that accepted jobs leave behind: inserts them into a fresh
// file with the same schema and the same durability, by prepared statements.
result<boost::json::object> insert_rows(const rows_options& options);

}  // namespace cloned::bench
