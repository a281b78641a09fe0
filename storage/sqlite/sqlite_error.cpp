#include "storage/sqlite/sqlite_error.hpp"

#include "base/text.hpp"

#include <sqlite3.h>

namespace cloned::storage {

damage damage_of(const SQLite::Exception& thrown) {
    switch (thrown.getErrorCode()) {
        case SQLITE_FULL:
            return damage::full;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return damage::busy;
        case SQLITE_IOERR:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_CANTOPEN:
        case SQLITE_PROTOCOL:
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_NOMEM:
        case SQLITE_NOLFS:
            return damage::unknown;
        default:
            // Extended codes arrive where a statement was stepped with them switched on.
            if (thrown.getErrorCode() > 0xff)
                return damage_of(SQLite::Exception(thrown.what(), thrown.getErrorCode() & 0xff));
            return damage::none;
    }
}

bool is_corruption(const SQLite::Exception& thrown) {
    const int code = thrown.getErrorCode() & 0xff;
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

std::string words_of(const SQLite::Exception& thrown) {
    return concat(one_line(thrown.what()), " (SQLite ",
                  std::to_string(thrown.getExtendedErrorCode()), ")");
}

error error_of(const SQLite::Exception& thrown, std::string_view doing) {
    const auto kind = damage_of(thrown);
    const auto code =
        kind == damage::full || kind == damage::busy ? errc::unavailable : errc::internal;
    return error(code, concat(doing, " failed: ", words_of(thrown)));
}

error current_error(std::string_view doing) {
    try {
        throw;
    } catch (const store_failure& e) {
        return e.why();
    } catch (const SQLite::Exception& e) {
        return error_of(e, doing);
    } catch (const std::exception& e) {
        return error(errc::internal, concat(doing, " failed: ", one_line(e.what())));
    }
}

}  // namespace cloned::storage
