#pragma once

#include <cstdint>

namespace cloned::backends::vapi {

// The two ways in which vCenter speaks the same calls: `/rest` wraps bodies and answers, writes
// maps as arrays and prefixes the parameters of filters; `/api` does not.
enum class flavour : std::uint8_t { api, rest };

}  // namespace cloned::backends::vapi
