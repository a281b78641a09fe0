#include "tests/bench/rows.hpp"

#include "base/text.hpp"
#include "tests/bench/accounts.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <variant>
#include <vector>

namespace cloned::bench {
namespace {

struct closer {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using database = std::unique_ptr<sqlite3, closer>;
using statement = std::unique_ptr<sqlite3_stmt, closer>;

using cell = std::variant<std::monostate, std::int64_t, std::string>;
using row = std::vector<cell>;

struct table {
    std::string name;
    std::vector<std::string> columns;
    std::vector<row> rows;
};

error error_of(sqlite3* in, std::string_view doing) {
    return error(errc::internal, concat(doing, ": ", sqlite3_errmsg(in)));
}

result<database> open(const std::string& path, int flags) {
    sqlite3* opened = nullptr;
    const int rc = sqlite3_open_v2(path.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    database out(opened);
    if (rc != SQLITE_OK) return fail(error_of(opened, concat("opening ", path)));
    return out;
}

result<statement> prepare(sqlite3* in, const std::string& sql) {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v3(in, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) !=
        SQLITE_OK)
        return fail(error_of(in, sql));
    return statement(made);
}

result<void> run(sqlite3* in, const std::string& sql) {
    if (sqlite3_exec(in, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return fail(error_of(in, sql));
    return {};
}

std::string text_of(sqlite3_stmt* from, int column) {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(from, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(from, column));
    return bytes == nullptr ? std::string() : std::string(bytes, size);
}

cell read_cell(sqlite3_stmt* from, int column) {
    switch (sqlite3_column_type(from, column)) {
        case SQLITE_NULL:
            return {};
        case SQLITE_INTEGER:
            return std::int64_t{sqlite3_column_int64(from, column)};
        default:
            return text_of(from, column);
    }
}

result<table> read_table(sqlite3* in, const std::string& name) {
    table out;
    out.name = name;
    auto all = prepare(in, concat("SELECT * FROM ", name, " ORDER BY job_id"));
    if (!all) return fail(all.error());
    const int columns = sqlite3_column_count(all->get());
    for (int i = 0; i < columns; ++i) out.columns.emplace_back(sqlite3_column_name(all->get(), i));
    int rc = SQLITE_OK;
    while ((rc = sqlite3_step(all->get())) == SQLITE_ROW) {
        row next;
        for (int i = 0; i < columns; ++i) next.push_back(read_cell(all->get(), i));
        out.rows.push_back(std::move(next));
    }
    if (rc != SQLITE_DONE) return fail(error_of(in, name));
    return out;
}

result<void> copy_schema(sqlite3* from, sqlite3* to) {
    auto schema = prepare(from,
                          "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL "
                          "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid");
    if (!schema) return fail(schema.error());
    while (sqlite3_step(schema->get()) == SQLITE_ROW) {
        auto made = run(to, text_of(schema->get(), 0));
        if (!made) return made;
    }
    return {};
}

result<statement> prepare_insert(sqlite3* in, const table& of) {
    std::string columns;
    std::string marks;
    for (const auto& column : of.columns) {
        const char* comma = columns.empty() ? "" : ", ";
        columns += concat(comma, column);
        marks += concat(comma, "?");
    }
    return prepare(in, concat("INSERT INTO ", of.name, " (", columns, ") VALUES (", marks, ")"));
}

bool insert(sqlite3_stmt* into, const row& values) {
    int at = 0;
    for (const auto& value : values) {
        ++at;
        if (const auto* number = std::get_if<std::int64_t>(&value))
            sqlite3_bind_int64(into, at, *number);
        else if (const auto* text = std::get_if<std::string>(&value))
            sqlite3_bind_text(into, at, text->data(), static_cast<int>(text->size()), nullptr);
        else
            sqlite3_bind_null(into, at);
    }
    const int rc = sqlite3_step(into);
    sqlite3_reset(into);
    return rc == SQLITE_DONE;
}

result<void> insert_all(sqlite3* to,
                        const table& jobs,
                        const table& states,
                        std::int64_t together) {
    auto job = prepare_insert(to, jobs);
    if (!job) return fail(job.error());
    auto state = prepare_insert(to, states);
    if (!state) return fail(state.error());
    for (std::size_t i = 0; i < jobs.rows.size();) {
        auto begun = run(to, "BEGIN IMMEDIATE");
        if (!begun) return begun;
        const auto end = std::min(jobs.rows.size(), i + static_cast<std::size_t>(together));
        for (; i < end; ++i) {
            if (insert(job->get(), jobs.rows[i]) && insert(state->get(), states.rows[i])) continue;
            return fail(error_of(to, "inserting"));
        }
        auto committed = run(to, "COMMIT");
        if (!committed) return committed;
    }
    return {};
}

result<void> set_up(sqlite3* from, sqlite3* to, const rows_options& options) {
    for (const auto& pragma :
         {std::string("journal_mode = WAL"), std::string("synchronous = FULL"),
          concat("wal_autocheckpoint = ", std::to_string(options.checkpoint_pages)),
          concat("cache_size = -", std::to_string(options.cache_mib * 1024))}) {
        auto set = run(to, concat("PRAGMA ", pragma));
        if (!set) return set;
    }
    return copy_schema(from, to);
}

}  // namespace

result<boost::json::object> insert_rows(const rows_options& options) {
    if (std::filesystem::exists(options.to))
        return fail(errc::already_exists, concat(options.to, " is there already"));
    auto from = open(options.from, SQLITE_OPEN_READWRITE);
    if (!from) return fail(from.error());
    auto to = open(options.to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (!to) return fail(to.error());
    auto ready = set_up(from->get(), to->get(), options);
    if (!ready) return fail(ready.error());
    auto jobs = read_table(from->get(), "jobs");
    if (!jobs) return fail(jobs.error());
    auto states = read_table(from->get(), "job_state");
    if (!states) return fail(states.error());
    if (jobs->rows.size() != states->rows.size() || jobs->rows.empty())
        return fail(errc::internal, concat(options.from, " has no jobs, or not a state for each"));

    const stopwatch watch;
    auto inserted = insert_all(to->get(), *jobs, *states, options.jobs_per_transaction);
    const auto seconds = watch.seconds();
    if (!inserted) return fail(inserted.error());
    return pace("rows", static_cast<std::int64_t>(jobs->rows.size()), seconds);
}

}  // namespace cloned::bench
