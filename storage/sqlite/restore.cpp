#include "storage/sqlite/restore.hpp"

#include "base/text.hpp"
#include "storage/sqlite/file_watch.hpp"
#include "storage/sqlite/lock_file.hpp"
#include "storage/sqlite/log_stamp.hpp"
#include "storage/sqlite/sqlite_error.hpp"
#include "storage/sqlite/sync_file.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace cloned::storage {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void give_up(errc code, std::string why) {
    throw store_failure(error(code, std::move(why)));
}

std::string folder_of(const std::string& path) {
    auto folder = fs::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

// Nobody may open the database meanwhile, by this name or by another.
struct both_locks {
    explicit both_locks(const std::string& database) {
        auto by_name = lock_file::take(database + ".lock");
        if (!by_name) throw store_failure(by_name.error());
        name = std::move(*by_name);
        if (!fs::exists(database)) return;
        auto by_file = lock_file::take_database(database);
        if (!by_file) throw store_failure(by_file.error());
        file = std::move(*by_file);
    }

    lock_file name;
    lock_file file;
};

void check_room(const std::string& folder, std::uintmax_t bytes) {
    struct statvfs room{};
    if (::statvfs(folder.c_str(), &room) != 0) return;
    const std::uintmax_t free = room.f_bavail * room.f_frsize;
    if (free < bytes)
        give_up(errc::unavailable,
                concat("there is no room: the copy has ", std::to_string(bytes >> 20U),
                       " MiB, the file system of ", folder, " ", std::to_string(free >> 20U),
                       " MiB; what is replaced is kept, too"));
}

// Who is root restores for the daemon's user, to whom the folder belongs.
void give_to_owner_of(const std::string& folder, const std::string& file) {
    struct stat owner{};
    if (::geteuid() != 0 || ::stat(folder.c_str(), &owner) != 0) return;
    if (::chown(file.c_str(), owner.st_uid, owner.st_gid) != 0)
        give_up(errc::unavailable, concat("cannot give ", file, " to the owner of ", folder, ": ",
                                          std::generic_category().message(errno)));
}

void must(const result<void>& done) {
    if (!done) throw store_failure(done.error());
}

// A name that is free together with its log's.
std::string dated_name(const std::string& database, wall_time now) {
    std::string date;
    for (const char c : rfc3339(now).substr(0, 19))
        if (c != '-' && c != ':') date += c;
    const auto first = concat(database, ".replaced-", date, "Z");
    auto name = first;
    for (int i = 2; fs::exists(name) || fs::exists(name + "-wal"); ++i)
        name = concat(first, "-", std::to_string(i));
    return name;
}

std::vector<std::string> put_aside(const std::string& database, wall_time now) {
    const auto aside = dated_name(database, now);
    std::vector<std::string> kept;
    // The database first: a log without one is refused by the next start, whatever stops us here.
    for (const auto* end : {"", "-wal", "-shm"}) {
        if (!fs::exists(database + end)) continue;
        fs::rename(database + end, aside + end);
        kept.push_back(aside + end);
    }
    return kept;
}

restored restore_checked(const std::string& database, const std::string& copy, wall_time now) {
    restored out;
    if (fs::exists(database) && fs::equivalent(database, copy))
        give_up(errc::failed_precondition,
                concat(copy, " is the database itself; name a copy that `cloned backup` made"));
    auto report = check_copy(copy);
    if (!report) throw store_failure(report.error());
    out.copy = *report;
    const auto folder = folder_of(database);
    const both_locks locks(database);
    give_to_owner_of(folder, database + ".lock");
    check_room(folder, fs::file_size(copy));

    const auto part = database + ".restoring";
    for (const auto* end : {"", "-wal", "-shm"}) fs::remove(part + end);
    fs::copy_file(copy, part);
    fs::permissions(part, fs::perms::owner_read | fs::perms::owner_write);
    {
        SQLite::Database fresh(part, SQLite::OPEN_READWRITE);
        break_with_logs(fresh);
    }
    give_to_owner_of(folder, part);
    must(sync_file(part));
    out.kept = put_aside(database, now);
    fs::rename(part, database);
    must(sync_file(folder));
    return out;
}

}  // namespace

result<restored> restore(const std::string& database, const std::string& copy, wall_time now) {
    try {
        return restore_checked(own_path(database), copy, now);
    } catch (const fs::filesystem_error& e) {
        return fail(errc::unavailable,
                    concat("cannot restore ", database, ": ", one_line(e.what())));
    } catch (...) {
        return fail(current_error(concat("restoring ", database)));
    }
}

}  // namespace cloned::storage
