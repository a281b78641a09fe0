#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string_view>

namespace cloned::backends::vijson {

// A dateTime of the wire, as in 2026-03-02T10:15:04.120Z or with an offset; nothing if it is none.
// Finer than a millisecond is cut off. By hand: Abseil's reader also takes "infinite-future".
std::optional<wall_time> read_time(std::string_view text);

}  // namespace cloned::backends::vijson
