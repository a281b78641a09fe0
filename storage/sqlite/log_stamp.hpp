#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>

// Tells whether a write-ahead log belongs to the database beside which it lies. SQLite applies a
// log to whatever file it finds there, and nothing in the two says that they are not of one
// database: a copy that was put in the place of a database whose daemon had been killed becomes a
// mixture of both (sqlite.org/howtocorrupt.html, 1.3).
//
// So the database holds a stamp, two random numbers: the present one and the one before it. It is
// renewed in the first transaction after each checkpoint, and a log can only begin anew after a
// checkpoint. The first stamp in a log thus names the one that the file had when the log was begun,
// and the file beside it has that one or, where a checkpoint was interrupted, one of the log's own.
namespace cloned::storage {

// In whatever transaction there is. Throws what SQLite throws.
void renew_stamp(SQLite::Database& database);

// For a copy, which no log belongs to. A database of a release that knew no stamps is left alone.
void break_with_logs(SQLite::Database& copy);

// Throws store_failure (failed_precondition) where the log beside the database is another one's, or
// where there is a log but no database: SQLite would throw that log away. The file
// is not changed; nobody may have it open.
void refuse_foreign_log(const std::string& path);

}  // namespace cloned::storage
