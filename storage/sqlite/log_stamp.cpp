#include "storage/sqlite/log_stamp.hpp"

#include "base/text.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/sqlite_error.hpp"
#include "storage/sqlite/wal_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace cloned::storage {
namespace {

// As the migration that made the table writes it.
constexpr std::string_view stamp_mark = "cloned-log-stamp ";
constexpr std::size_t number_digits = 16;

struct stamp {
    std::string before;
    std::string now;
};

std::optional<stamp> stamp_in(std::string_view text) {
    const auto begin = text.find(stamp_mark);
    if (begin == text.npos) return std::nullopt;
    const auto numbers = text.substr(begin + stamp_mark.size(), 2 * number_digits + 1);
    if (numbers.size() != 2 * number_digits + 1) return std::nullopt;
    return stamp{std::string(numbers.substr(0, number_digits)),
                 std::string(numbers.substr(number_digits + 1))};
}

struct stamp_of_file {
    std::uint32_t page = 0;
    stamp value;
};

// What the file itself says, without its log. Nothing where it is of an older release, or broken,
// which others find out.
std::optional<stamp_of_file> read_stamp(const std::string& path) {
    try {
        auto database = open_immutable(path);
        SQLite::Statement page(database,
                               "SELECT rootpage FROM sqlite_schema WHERE name = 'log_stamp'");
        SQLite::Statement value(database, "SELECT stamp FROM log_stamp");
        if (!page.executeStep() || !value.executeStep()) return std::nullopt;
        const auto found = stamp_in(value.getColumn(0).getString());
        if (!found) return std::nullopt;
        return stamp_of_file{page.getColumn(0).getUInt(), *found};
    } catch (const SQLite::Exception&) {
        return std::nullopt;
    }
}

[[noreturn]] void refuse_log(const std::string& path, std::string_view why) {
    throw store_failure(
        error(errc::failed_precondition,
              concat(path, "-wal is the log of another database than ", path, ": ", why,
                     "; if a copy was put in the place of a database, do it by `cloned restore "
                     "FILE`, which puts the log aside; if the log is the one to go by, put the "
                     "database back that it belongs to")));
}

bool is_there(const std::string& path) {
    std::error_code ec;
    const auto size = std::filesystem::file_size(path, ec);
    return !ec && size > 0;
}

}  // namespace

void renew_stamp(SQLite::Database& database) {
    database.exec(concat("UPDATE log_stamp SET stamp = '", stamp_mark,
                         "' || substr(stamp, -16) || ' ' || hex(randomblob(8))"));
}

void break_with_logs(SQLite::Database& copy) {
    if (!copy.tableExists("log_stamp")) return;
    copy.exec(concat("UPDATE log_stamp SET stamp = '", stamp_mark,
                     "' || hex(zeroblob(8)) || ' ' || hex(randomblob(8))"));
}

void refuse_foreign_log(const std::string& path) {
    const bool has_log = is_there(path + "-wal");
    if (!has_log) return;
    // An index alone is nothing: SQLite makes it anew.
    if (!is_there(path))
        throw store_failure(
            error(errc::failed_precondition,
                  concat("there is no database ", path, ", but the log of one, ", path,
                         "-wal: put the database back, or a copy by `cloned restore FILE`, or move "
                         "the log away to begin with an empty one")));
    const auto here = read_stamp(path);
    if (!here) return;
    wal_reader log(path + "-wal");
    std::vector<stamp> stamps;
    const auto committed = log.for_each_committed([&](std::uint32_t page, std::string_view bytes) {
        if (page != here->page) return;
        if (auto found = stamp_in(bytes)) stamps.push_back(std::move(*found));
    });
    if (committed == 0) return;
    if (stamps.empty()) refuse_log(path, "nothing in it is of a database of this daemon's");
    // A checkpoint that the power cut short may have written the one before, and half of the
    // present one. A copy has none before.
    const bool has_before = here->value.before.find_first_not_of('0') != std::string::npos;
    const auto is_here = [&](const stamp& s) {
        return s.now == here->value.now || (has_before && s.before == here->value.before);
    };
    if (stamps.front().before == here->value.now || std::ranges::any_of(stamps, is_here)) return;
    refuse_log(path, "it was begun on another state of it, or on another file");
}

}  // namespace cloned::storage
