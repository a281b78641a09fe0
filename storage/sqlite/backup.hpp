#pragma once

#include "base/result.hpp"

#include <string>

namespace cloned::storage {

// Writes a consistent copy of the database, as of one moment, into a new file; a daemon may have it
// open and goes on meanwhile. The copy is complete and on disk when this returns; a crash leaves at
// most `to` + ".part". Blocks for as long as copying takes.
//
// Errors: already_exists if `to` is there, not_found if the database is not, unavailable for I/O.
result<void> back_up(const std::string& database, const std::string& to);

}  // namespace cloned::storage
