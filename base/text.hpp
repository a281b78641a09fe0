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

// `text` on one line that shows all that it holds, as valid UTF-8. For words that come from
// outside. Ends of lines and tabs become blanks. What a terminal obeys, what turns the direction of
// writing, what has no width, and bytes that are no UTF-8 become U+FFFD. The result has at most
// `limit` bytes and, where there was more, a mark behind them; no character is split.
std::string one_line(std::string_view text, std::size_t limit = 500);

// Would one_line() leave it as it is, whatever its length?
bool is_plain(std::string_view text);

// A span for people: "350 ms", "12 s", "4 min", "3 h 20 min".
std::string for_people(std::chrono::milliseconds span);

// RFC 3339 in UTC with milliseconds.
std::string rfc3339(wall_time when);

}  // namespace cloned
