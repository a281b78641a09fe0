#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

namespace cloned::storage {

// Brings the file to this program's schema, each step in a transaction with its version number.
// Throws store_failure (failed_precondition) where the file is newer or is not ours.
void migrate(SQLite::Database& database);

// The version of a file of ours, which it leaves as it is. Throws as migrate() does.
int check_schema(SQLite::Database& database);

// The version that migrate() leaves behind.
int schema_version();

}  // namespace cloned::storage
