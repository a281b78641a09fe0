#include "storage/sqlite/soundness.hpp"

#include "base/text.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/migrations.hpp"
#include "storage/sqlite/sqlite_error.hpp"

#include <filesystem>
#include <system_error>

namespace cloned::storage {
namespace {

copy_report report_on(SQLite::Database& database) {
    const auto number = [&](const char* question) {
        return database.execAndGet(question).getInt64();
    };
    copy_report out;
    out.schema_version = check_schema(database);
    if (out.schema_version == 0)
        throw store_failure(error(errc::failed_precondition, "there is nothing in the file"));
    out.batches = number("SELECT COUNT(*) FROM batches");
    out.jobs = number("SELECT COUNT(*) FROM jobs");
    out.unfinished =
        number("SELECT IFNULL(SUM(job_count - succeeded - failed - cancelled), 0) FROM batches");
    const auto last = number("SELECT IFNULL(MAX(at_ms), 0) FROM job_events");
    if (last > 0) out.last_change = from_ms(last);
    return out;
}

}  // namespace

std::optional<std::string> find_damage(SQLite::Database& database, thoroughness how) {
    SQLite::Statement question(database, how == thoroughness::quick ? "PRAGMA quick_check(1)"
                                                                    : "PRAGMA integrity_check(1)");
    if (!question.executeStep()) return "SQLite did not answer";
    auto answer = question.getColumn(0).getString();
    if (answer == "ok") return std::nullopt;
    return one_line(answer);
}

error broken(const std::string& path, const std::string& damage) {
    return error(errc::failed_precondition,
                 concat("the database ", path, " is broken: ", damage,
                        "; put the latest sound copy in its place by `cloned restore FILE`"));
}

result<copy_report> check_copy(const std::string& path) {
    std::error_code ec;
    if (!std::filesystem::is_regular_file(path, ec))
        return fail(errc::not_found, concat("there is no file ", path));
    const auto log_bytes = std::filesystem::file_size(path + "-wal", ec);
    if (!ec && log_bytes > 0)
        return fail(errc::failed_precondition,
                    concat("beside ", path, " lies a log, ", path,
                           "-wal: it is in use, or was copied from a database in use; make a copy "
                           "by `cloned backup FILE`"));
    try {
        auto database = open_immutable(path);
        if (const auto damage = find_damage(database, thoroughness::full))
            return fail(errc::failed_precondition,
                        concat("the copy ", path, " is broken: ", *damage));
        return report_on(database);
    } catch (const SQLite::Exception& e) {
        return fail(errc::failed_precondition,
                    concat("the copy ", path, " is broken: ", words_of(e)));
    } catch (const store_failure& e) {
        return fail(e.why().code(), concat("the copy ", path, ": ", e.why().message()));
    }
}

}  // namespace cloned::storage
