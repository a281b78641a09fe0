#pragma once

#include "base/result.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <stdexcept>
#include <string>

// What SQLite's result codes mean to the store. Exceptions fly inside storage/sqlite only, from a
// statement to the one place that runs the operation; none leaves the folder.
namespace cloned::storage {

// A failure with a sentence of our own, on its way to the caller of an operation.
class store_failure : public std::runtime_error {
public:
    explicit store_failure(error why) : std::runtime_error(why.message()), why_(std::move(why)) {}

    const error& why() const { return why_; }

private:
    error why_;
};

enum class damage : std::uint8_t {
    none,     // the statement failed, the file and the connection are sound
    full,     // no room; sound once the transaction has been rolled back
    busy,     // another process holds the file
    unknown,  // an I/O error or worse: what is on disk is not known
};

damage damage_of(const SQLite::Exception& thrown);

// The content of the file makes no sense.
bool is_corruption(const SQLite::Exception& thrown);

// For an operator: what SQLite said, with its numeric code.
std::string words_of(const SQLite::Exception& thrown);

// For the callers of reads and of open.
error error_of(const SQLite::Exception& thrown, std::string_view doing);

// The error of whatever is being handled; call it in a catch block only.
error current_error(std::string_view doing);

}  // namespace cloned::storage
