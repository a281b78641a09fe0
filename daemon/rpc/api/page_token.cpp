#include "daemon/rpc/api/page_token.hpp"

#include "base/encoding.hpp"
#include "daemon/rpc/api/content_hash.hpp"

namespace cloned::rpc {
namespace {

constexpr char version = 1;
constexpr std::size_t digest_size = 16;
// version, purpose, digest of the filter, position
constexpr std::size_t payload_size = 2 + digest_size + 8;

std::string digest_of(std::string_view filter) {
    value_hasher hasher("cloned token filter 1");
    hasher.add(filter);
    return hasher.finish().substr(0, digest_size);
}

}  // namespace

std::string make_token(token_purpose purpose, std::string_view filter, std::int64_t position) {
    std::string payload;
    payload += version;
    payload += static_cast<char>(purpose);
    payload += digest_of(filter);
    auto rest = static_cast<std::uint64_t>(position);
    for (int i = 0; i < 8; ++i) {
        payload += static_cast<char>(rest >> 56U);
        rest <<= 8U;
    }
    return to_base64url(payload);
}

std::optional<std::int64_t> read_token(std::string_view token,
                                       token_purpose purpose,
                                       std::string_view filter) {
    if (token.size() > 2 * payload_size) return std::nullopt;
    const auto payload = from_base64url(token);
    if (!payload || payload->size() != payload_size) return std::nullopt;
    const std::string_view bytes = *payload;
    if (bytes[0] != version || bytes[1] != static_cast<char>(purpose)) return std::nullopt;
    if (bytes.substr(2, digest_size) != digest_of(filter)) return std::nullopt;
    std::uint64_t position = 0;
    for (const char c : bytes.substr(2 + digest_size))
        position = (position << 8U) | static_cast<unsigned char>(c);
    if (position > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<std::int64_t>(position);
}

}  // namespace cloned::rpc
