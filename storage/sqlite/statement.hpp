#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "model/job.hpp"
#include "storage/sqlite/sqlite_error.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cloned::storage {

class statement;

// The rows of one run of a statement. The statement is reset when this goes away, so that no read
// transaction outlives its use.
class rows {
public:
    explicit rows(SQLite::Statement& query) : query_(query) {}
    ~rows() { query_.tryReset(); }
    rows(const rows&) = delete;
    rows& operator=(const rows&) = delete;

    bool next() { return query_.executeStep(); }

    bool null(int column) const { return query_.isColumnNull(column); }
    std::int64_t integer(int column) const { return query_.getColumn(column).getInt64(); }
    bool flag(int column) const { return integer(column) != 0; }
    wall_time time(int column) const { return from_ms(integer(column)); }
    std::string text(int column) const { return std::string(view(column)); }

    // Valid until the next call of next() or the end of this object.
    std::string_view view(int column) const {
        const auto cell = query_.getColumn(column);
        const char* begin = cell.getText();
        return {begin, static_cast<std::size_t>(cell.getBytes())};
    }

    std::optional<std::int64_t> integer_if_set(int column) const {
        if (null(column)) return std::nullopt;
        return integer(column);
    }
    std::optional<wall_time> time_if_set(int column) const {
        if (null(column)) return std::nullopt;
        return time(column);
    }

    // A state that this program does not know cannot be decided upon.
    job_state state(int column) const {
        const auto found = job_state_from_string(view(column));
        if (!found)
            throw store_failure(error(errc::internal, "the database holds an unknown job state"));
        return *found;
    }

private:
    SQLite::Statement& query_;
};

// A statement prepared when the database opens, so that a wrong schema fails at start. Parameters
// are bound in order, without a copy: text must live as long as the rows are used.
class statement {
public:
    statement(SQLite::Database& database, const char* sql) : query_(database, sql) {}

    template <class... Args>
    rows run(Args&&... args) {
        static_assert((!std::same_as<Args, std::string> && ...), "text must outlive the rows");
        bind_all(args...);
        return rows(query_);
    }

    // Runs it to its end; returns how many rows were changed.
    template <class... Args>
    int execute(const Args&... args) {
        bind_all(args...);
        rows all(query_);
        while (all.next()) continue;
        return query_.getChanges();
    }

private:
    template <class... Args>
    void bind_all(const Args&... args) {
        int index = 0;
        (bind(++index, args), ...);
    }

    void bind(int index, std::nullptr_t) { query_.bind(index); }
    void bind(int index, const std::string& text) { query_.bindNoCopy(index, text); }
    void bind(int index, const char* text) { query_.bindNoCopy(index, text); }
    template <std::integral Number>
    void bind(int index, Number number) {
        query_.bind(index, static_cast<std::int64_t>(number));
    }
    void bind(int index, wall_time when) { query_.bind(index, std::int64_t{to_ms(when)}); }
    // The names of states are literals and so end with a NUL.
    void bind(int index, job_state state) { query_.bindNoCopy(index, to_string(state).data()); }
    void bind(int index, job_priority priority) { bind(index, static_cast<int>(priority)); }
    template <class Tag>
    void bind(int index, number_id<Tag> id) {
        query_.bind(index, id.value);
    }
    template <class T>
    void bind(int index, const std::optional<T>& value) {
        if (value)
            bind(index, *value);
        else
            query_.bind(index);
    }

    SQLite::Statement query_;
};

}  // namespace cloned::storage
