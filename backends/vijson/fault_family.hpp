#pragma once

#include "backends/vijson/faults.hpp"

#include <string_view>

namespace cloned::backends::vijson {

// How a type of fault is judged, where the type or one of those that it is derived from says so.
struct family_row {
    std::string_view type;
    std::string_view base;
    verdict means;
    errc code;
};

// The row of the type itself; null if it is unknown. A row holds what its base says unless it says
// something of its own.
const family_row* find_family(std::string_view type);

// Is `type` the type `ancestor` or one derived from it?
bool is_a(std::string_view type, std::string_view ancestor);

}  // namespace cloned::backends::vijson
