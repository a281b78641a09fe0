#pragma once

#include <optional>
#include <string>
#include <string_view>

// Bytes as text and back, and the case of ASCII letters. Pure. The work is Abseil's; its types stay
// out of our headers, because Debian builds it with a string_view of its own.
namespace cloned {

// Two digits a byte, in lower case; both cases are read. Nothing: it is no such text.
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);

// RFC 4648, section 4: with padding. Only what to_base64 makes is read.
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

// RFC 4648, section 5, without padding: fit for URLs. Only what to_base64url makes is read, so that
// no bytes have two texts.
std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

std::string lower_case(std::string_view text);
std::string upper_case(std::string_view text);

}  // namespace cloned
