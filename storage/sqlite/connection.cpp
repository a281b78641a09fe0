#include "storage/sqlite/connection.hpp"

#include "base/text.hpp"
#include "model/guard.hpp"
#include "storage/sqlite/sqlite_error.hpp"
#include "storage/sqlite/wal_sync.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace cloned::storage {
namespace {

constexpr std::int64_t page_size = 4096;

// A pragma that SQLite does not understand or refuses is no error to it; only its answer tells.
void set_pragma(SQLite::Database& database,
                const std::string& name,
                const std::string& value,
                const std::string& expected) {
    SQLite::Statement change(database, concat("PRAGMA ", name, " = ", value));
    while (change.executeStep()) continue;
    SQLite::Statement question(database, concat("PRAGMA ", name));
    const std::string answer = question.executeStep() ? question.getColumn(0).getString() : "";
    if (answer != expected)
        throw store_failure(error(
            errc::internal,
            concat("SQLite answered '", answer, "' instead of '", expected, "' to PRAGMA ", name)));
}

void set_common_pragmas(SQLite::Database& database, const connection_settings& settings) {
    const auto kib = std::to_string(-settings.cache_bytes / 1024);
    set_pragma(database, "cache_size", kib, kib);
    set_pragma(database, "mmap_size", "0", "0");
    set_pragma(database, "temp_store", "MEMORY", "2");
    set_pragma(database, "trusted_schema", "OFF", "0");
    set_pragma(database, "automatic_index", "OFF", "0");
}

// A file that is larger already keeps its size.
void limit_size(SQLite::Database& database, std::int64_t pages) {
    SQLite::Statement change(database, concat("PRAGMA max_page_count = ", std::to_string(pages)));
    if (!change.executeStep() || change.getColumn(0).getInt64() < pages)
        throw store_failure(error(errc::internal, "SQLite refused the limit of the file's size"));
}

// SQLite makes the log with the first read. It syncs the log's name as well, but only once, and
// overlooks that this has failed.
void make_log(SQLite::Database& database) {
    SQLite::Statement(database, "PRAGMA schema_version").executeStep();
}

// The names of the files must survive a power loss as well as their content.
void sync_directory_of(const std::string& path) {
    auto folder = std::filesystem::path(path).parent_path();
    if (folder.empty()) folder = ".";
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    const auto why = std::generic_category().message(errno);
    if (descriptor >= 0) ::close(descriptor);
    if (!synced)
        throw store_failure(error(
            errc::unavailable, concat("cannot sync the directory ", folder.string(), ": ", why)));
}

// https://www.sqlite.org/uri.html: what would end a path is written as a number.
std::string uri_of(const std::string& path) {
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '%')
            uri += "%25";
        else if (c == '?')
            uri += "%3f";
        else if (c == '#')
            uri += "%23";
        else
            uri += c;
    }
    return uri;
}

}  // namespace

SQLite::Database open_immutable(const std::string& path) {
    return SQLite::Database(uri_of(path) + "?immutable=1",
                            SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI);
}

SQLite::Database open_for_writing(const connection_settings& settings) {
    sync_wal(settings.path, settings.vfs);
    SQLite::Database database(settings.path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                              busy_timeout_ms, settings.vfs);
    set_pragma(database, "journal_mode", "WAL", "wal");
    const bool synced = guarded(guard::synced_commit);
    set_pragma(database, "synchronous", synced ? "FULL" : "NORMAL", synced ? "2" : "1");
    set_pragma(database, "wal_autocheckpoint", "0", "0");
    set_pragma(database, "journal_size_limit", "67108864", "67108864");
    set_common_pragmas(database, settings);
    if (settings.max_file_bytes > 0) limit_size(database, settings.max_file_bytes / page_size);
    make_log(database);
    sync_directory_of(settings.path);
    return database;
}

SQLite::Database open_for_reading(const connection_settings& settings) {
    SQLite::Database database(settings.path, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                              busy_timeout_ms, settings.vfs);
    set_common_pragmas(database, settings);
    return database;
}

}  // namespace cloned::storage
