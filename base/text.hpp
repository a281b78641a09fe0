#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace cloned {

// Joins its arguments, each a string, a view or a literal.
template <class... Parts>
std::string concat(const Parts&... parts) {
    std::string out;
    out.reserve((std::string_view(parts).size() + ... + 0));
    (out.append(std::string_view(parts)), ...);
    return out;
}

// At most `limit` bytes of `text` on one line: control characters become blanks, and a cut is
// marked and never splits a UTF-8 sequence. For words that come from outside.
std::string one_line(std::string_view text, std::size_t limit = 500);

// A span for people: "350 ms", "12 s", "4 min", "3 h 20 min".
std::string for_people(std::chrono::milliseconds span);

// RFC 3339 in UTC with milliseconds.
std::string rfc3339(wall_time when);

}  // namespace cloned
