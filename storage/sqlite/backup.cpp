#include "storage/sqlite/backup.hpp"

#include "base/text.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/log_stamp.hpp"
#include "storage/sqlite/sqlite_error.hpp"
#include "storage/sqlite/sync_file.hpp"

#include <SQLiteCpp/Backup.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace cloned::storage {
namespace {

constexpr std::int64_t cache_bytes = std::int64_t{8} << 20;

// In one step, so that the copy is of one moment however much is written meanwhile.
void copy_pages(const std::string& database, const std::string& to) {
    connection_settings settings;
    settings.path = database;
    settings.cache_bytes = cache_bytes;
    auto from = open_for_reading(settings);
    const int made = ::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made < 0)
        throw store_failure(error(errc::unavailable, std::generic_category().message(errno)));
    ::close(made);
    SQLite::Database copy(to, SQLITE_OPEN_READWRITE);
    {
        SQLite::Backup copying(copy, from);
        copying.executeStep(-1);
    }
    break_with_logs(copy);
}

}  // namespace

result<void> back_up(const std::string& database, const std::string& to) {
    std::error_code ec;
    if (!std::filesystem::exists(database, ec))
        return fail(errc::not_found, concat("there is no database ", database));
    if (std::filesystem::exists(to, ec))
        return fail(errc::already_exists, concat(to, " is there already; name a new file"));
    const auto part = to + ".part";
    std::filesystem::remove(part, ec);
    try {
        copy_pages(database, part);
    } catch (...) {
        const auto why = current_error(concat("copying ", database, " to ", part));
        std::filesystem::remove(part, ec);
        return fail(why);
    }
    if (auto synced = sync_file(part); !synced) return synced;
    std::filesystem::rename(part, to, ec);
    if (ec) return fail(errc::unavailable, concat("cannot rename ", part, ": ", ec.message()));
    auto folder = std::filesystem::path(to).parent_path().string();
    return sync_file(folder.empty() ? "." : folder);
}

}  // namespace cloned::storage
