#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string_view>

namespace cloned {

// A date and time as in 2026-03-02T10:15:04.120Z or with an offset (RFC 3339); nothing if it is
// none. Finer than a millisecond is cut off. By hand: Abseil's reader also takes "infinite-future".
std::optional<wall_time> parse_rfc3339(std::string_view text);

}  // namespace cloned
