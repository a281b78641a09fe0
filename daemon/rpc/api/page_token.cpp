#include "daemon/rpc/api/page_token.hpp"

#include "daemon/rpc/api/content_hash.hpp"

namespace cloned::rpc {
namespace {

constexpr char version = 1;
constexpr std::size_t digest_size = 16;
// version, purpose, digest of the filter, position
constexpr std::size_t payload_size = 2 + digest_size + 8;
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string to_base64url(std::string_view bytes) {
    std::string out;
    unsigned int window = 0;
    unsigned int bits = 0;
    for (const char c : bytes) {
        window = (window << 8U) | static_cast<unsigned char>(c);
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            out += alphabet[(window >> bits) & 0x3FU];
        }
        window &= (1U << bits) - 1;
    }
    if (bits > 0) out += alphabet[(window << (6 - bits)) & 0x3FU];
    return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string out;
    unsigned int window = 0;
    unsigned int bits = 0;
    for (const char c : text) {
        const auto digit = alphabet.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        window = (window << 6U) | static_cast<unsigned int>(digit);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>((window >> bits) & 0xFFU);
            window &= (1U << bits) - 1;
        }
    }
    // Bits that are left over must be zero, or one position would have several tokens.
    if (bits >= 6 || window != 0) return std::nullopt;
    return out;
}

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
