#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cloned::simulator {

// Minutes that a zone of a Date header is ahead of UTC, in the forms that the node's Java reads:
// "GMT", "GMT+8:00", "+0800", or a zone's name such as "JST"; none for what it cannot read.
// `node_min`, the node's own offset, settles which of two zones CST is.
std::optional<std::int64_t> zone_offset_min(std::string_view zone, std::int64_t node_min);

}  // namespace cloned::simulator
