#include "base/encoding.hpp"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>

#include <algorithm>

namespace cloned {
namespace {

absl::string_view view(std::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

std::string to_hex(std::string_view bytes) {
    return absl::BytesToHexString(view(bytes));
}

// Abseil takes any text.
std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0 || !std::all_of(text.begin(), text.end(), absl::ascii_isxdigit))
        return std::nullopt;
    return absl::HexStringToBytes(view(text));
}

std::string to_base64(std::string_view bytes) {
    return absl::Base64Escape(view(bytes));
}

std::optional<std::string> from_base64(std::string_view text) {
    std::string out;
    if (!absl::Base64Unescape(view(text), &out) || to_base64(out) != text) return std::nullopt;
    return out;
}

std::string to_base64url(std::string_view bytes) {
    return absl::WebSafeBase64Escape(view(bytes));
}

// Abseil passes over blanks, padding and bits that are left over.
std::optional<std::string> from_base64url(std::string_view text) {
    std::string out;
    if (!absl::WebSafeBase64Unescape(view(text), &out) || to_base64url(out) != text)
        return std::nullopt;
    return out;
}

std::string lower_case(std::string_view text) {
    return absl::AsciiStrToLower(view(text));
}

std::string upper_case(std::string_view text) {
    return absl::AsciiStrToUpper(view(text));
}

}  // namespace cloned
