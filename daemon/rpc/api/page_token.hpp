#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cloned::rpc {

// What a token is for; a token of one purpose is refused for another.
enum class token_purpose : std::uint8_t { list_batches = 1, list_jobs = 2, watch = 3 };

// An opaque text that names a position in what a filter selects: not an open cursor, so it works
// after a restart and costs the server nothing. `filter` is any text that is equal for equal
// filters; only a digest of it travels. A token is no secret and grants nothing: a client that
// makes one up gets the same things from another position.
std::string make_token(token_purpose purpose, std::string_view filter, std::int64_t position);

// The position, or nothing if the text is no token of this purpose and filter.
std::optional<std::int64_t> read_token(std::string_view token,
                                       token_purpose purpose,
                                       std::string_view filter);

}  // namespace cloned::rpc
