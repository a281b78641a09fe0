#pragma once

#include "base/result.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>

namespace cloned::storage {

// The last numbers that a database has given out.
struct high_water {
    std::int64_t event = 0;
    std::int64_t job = 0;
    std::int64_t batch = 0;

    friend bool operator==(const high_water&, const high_water&) = default;
};

// How far the database had come, kept outside of it: a database that is behind this is a restored
// backup, or has lost its tail, and what it takes for not yet sent may have been sent.
//
// It is written after each commit and before anybody is told of that, without a sync of its own: a
// killed process leaves it exact, and a power cut leaves it behind the database, never ahead.
//
// Threads: the one that writes the database. Errors: open() says what is wrong with the file; a
// note that cannot be written is logged once, and then only protects less.
class high_water_file {
public:
    high_water_file() = default;  // notes nothing
    ~high_water_file();
    high_water_file(high_water_file&& other) noexcept;
    high_water_file& operator=(high_water_file&& other) noexcept;

    static result<high_water_file> open(const std::string& path);

    // What was found; nothing in a new file, and in one that is damaged.
    std::optional<high_water> found() const { return found_; }
    bool is_open() const { return descriptor_ >= 0; }

    void note(const high_water& now);

private:
    explicit high_water_file(int descriptor) : descriptor_(descriptor) {}

    int descriptor_ = -1;
    std::optional<high_water> found_;
    high_water last_;
    bool fails_ = false;
};

// Compares the database with what the file says. Where it is behind, or where nothing is known of
// it, every job that may have moved since becomes a suspect: it is looked for upstream before it is
// sent; and no number is given out that may have been given out before. Returns the number of
// suspects. Throws what SQLite throws.
std::int64_t suspect_lost_history(SQLite::Database& database, const high_water_file& file);

}  // namespace cloned::storage
