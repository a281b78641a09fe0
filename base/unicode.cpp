#include "base/unicode.hpp"

#include <array>

namespace cloned {
namespace {

// The property White_Space of Unicode 15.
bool is_white_space(char32_t code) {
    return (code >= 0x09 && code <= 0x0D) || code == 0x20 || code == 0x85 || code == 0xA0 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool begins_blank(std::string_view text) {
    const auto first = first_of(text);
    return first.valid && is_white_space(first.code);
}

// Where the last sequence begins.
std::size_t last_in(std::string_view text) {
    auto at = text.size() - 1;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) --at;
    return at;
}

}  // namespace

character first_of(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const char32_t lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || bytes > text.size()) return {};
    char32_t code = lead & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return {};
        code = code << 6U | (byte(i) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < least[bytes] || code > 0x10FFFF || surrogate) return {};
    return {code, bytes, true};
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto next = first_of(text);
        if (!next.valid) return false;
        text.remove_prefix(next.bytes);
    }
    return true;
}

std::string to_utf8(char32_t code) {
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = 0xFFFD;
    if (code < 0x80) return std::string(1, static_cast<char>(code));
    const std::size_t bytes = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    std::string out(bytes, '\0');
    for (auto i = bytes - 1; i > 0; --i) {
        out[i] = static_cast<char>(0x80U | (code & 0x3FU));
        code >>= 6U;
    }
    out[0] = static_cast<char>(0xF0U << (4 - bytes) | code);
    return out;
}

bool has_blank_end(std::string_view text) {
    return !text.empty() && (begins_blank(text) || begins_blank(text.substr(last_in(text))));
}

}  // namespace cloned
