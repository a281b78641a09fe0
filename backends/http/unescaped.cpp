#include "backends/http/unescaped.hpp"

#include "base/unicode.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <numeric>
#include <utility>

namespace cloned::backends::http {
namespace {

// What an escape stands for, and how long it is; of length 0: there is none.
struct escape {
    std::string means;
    std::size_t length = 0;
};

// The number that all of `digits` is.
bool read_number(std::string_view digits, int base, std::uint32_t& into) {
    const auto* end = digits.data() + digits.size();
    const auto [at, ec] = std::from_chars(digits.data(), end, into, base);
    return ec == std::errc() && at == end && !digits.empty();
}

// One half of a UTF-16 pair, or a whole character.
bool read_unit(std::string_view text, std::uint32_t& into) {
    return text.size() >= 6 && text.starts_with("\\u") && read_number(text.substr(2, 4), 16, into);
}

escape json_escape(std::string_view text) {
    std::uint32_t code = 0;
    if (read_unit(text, code)) {
        std::uint32_t low = 0;
        const bool pair = code >= 0xD800 && code < 0xDC00 && read_unit(text.substr(6), low) &&
                          low >= 0xDC00 && low < 0xE000;
        if (pair) code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
        return {to_utf8(code), pair ? std::size_t{12} : std::size_t{6}};
    }
    constexpr std::string_view letters = "\"\\/'bfnrt";
    constexpr std::string_view meanings = "\"\\/'\b\f\n\r\t";
    const auto at = text.size() < 2 ? std::string_view::npos : letters.find(text[1]);
    if (at == std::string_view::npos) return {};
    return {std::string(1, meanings[at]), 2};
}

escape url_escape(std::string_view text) {
    std::uint32_t byte = 0;
    if (text.size() < 3 || !read_number(text.substr(1, 2), 16, byte)) return {};
    return {std::string(1, static_cast<char>(byte)), 3};
}

escape xml_escape(std::string_view text) {
    constexpr std::size_t longest = 10;
    const auto end = text.substr(0, longest).find(';');
    if (end == std::string_view::npos) return {};
    const auto name = text.substr(1, end - 1);
    constexpr std::array<std::pair<std::string_view, char>, 5> named{
        {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
    for (const auto& [known, means] : named)
        if (name == known) return {std::string(1, means), end + 1};
    std::uint32_t code = 0;
    const bool hexadecimal = name.starts_with("#x") || name.starts_with("#X");
    const bool read = hexadecimal ? read_number(name.substr(2), 16, code)
                                  : name.starts_with('#') && read_number(name.substr(1), 10, code);
    if (!read) return {};
    return {to_utf8(code), end + 1};
}

escape escape_at(std::string_view text) {
    switch (text.front()) {
        case '\\':
            return json_escape(text);
        case '%':
            return url_escape(text);
        case '&':
            return xml_escape(text);
        default:
            return {};
    }
}

}  // namespace

unescaped::unescaped(std::string_view text) : chars(text), from(text.size() + 1) {
    std::iota(from.begin(), from.end(), std::size_t{0});
}

bool unescaped::unescape() {
    std::string plain;
    std::vector<std::size_t> begins;
    for (std::size_t at = 0; at < chars.size();) {
        auto found = escape_at(std::string_view(chars).substr(at));
        if (found.length == 0) found = {std::string(1, chars[at]), 1};
        plain += found.means;
        begins.insert(begins.end(), found.means.size(), from[at]);
        at += found.length;
    }
    begins.push_back(from.back());
    const bool any = plain.size() != chars.size();
    chars = std::move(plain);
    from = std::move(begins);
    return any;
}

}  // namespace cloned::backends::http
