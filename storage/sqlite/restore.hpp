#pragma once

#include "storage/sqlite/soundness.hpp"

#include <string>
#include <vector>

namespace cloned::storage {

struct restored {
    copy_report copy;
    std::vector<std::string> kept;  // where the files are now that were replaced
};

// Puts a copy in the place of the database, which no daemon may have open. All checks come before
// the first change. The files that were there are renamed, with the time in their names, so that
// they are a database as before; whatever is interrupted can be done again.
//
// Errors: those of check_copy(); failed_precondition where a daemon runs, or where the copy is the
//         database itself; unavailable for I/O and where there is no room. Blocks.
result<restored> restore(const std::string& database, const std::string& copy, wall_time now);

}  // namespace cloned::storage
