#pragma once

#include "backends/http/client.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cloned::backends::vapi {

// Puts our name of the operation where the upstream's logs will show it. What does not belong into
// a header is left out.
void add_correlation(http::request& to, std::string_view operation_id);

// How many of the ids, from the first one on, fit into a query of that many bytes, if each costs
// `each` bytes beside its own encoded form. At least one.
std::size_t ids_that_fit(std::span<const std::string> ids, std::size_t each, std::size_t max_bytes);

}  // namespace cloned::backends::vapi
