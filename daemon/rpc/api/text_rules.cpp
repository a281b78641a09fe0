#include "daemon/rpc/api/text_rules.hpp"

#include "base/text.hpp"
#include "base/unicode.hpp"

#include <absl/strings/ascii.h>

#include <algorithm>

namespace cloned::rpc {
namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

// C0, DEL and C1 (U+0080 to U+009F, which UTF-8 writes as C2 80 to C2 9F).
bool has_control(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned char c = byte_at(text, i);
        if (c < 0x20 || c == 0x7F) return true;
        if (c == 0xC2 && i + 1 < text.size() && byte_at(text, i + 1) < 0xA0) return true;
    }
    return false;
}

}  // namespace

bool is_token(std::string_view text) {
    if (text.empty() || text.size() > 63) return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' ||
               c == '-';
    });
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !absl::ascii_isxdigit(byte_at(text, i))) return false;
    }
    return true;
}

bool is_plain_uuid(std::string_view text) {
    return text.size() == 32 && std::all_of(text.begin(), text.end(), absl::ascii_isxdigit);
}

const char* request_id_problem(std::string_view id) {
    if (id.empty()) return "is required";
    if (!is_uuid(id)) return "must be a UUID such as 5f0c8a9e-2f0b-4c58-9c1d-0d6c1a2b3c4d";
    // A client that forgot to fill it in would get the batch of the next one that forgot.
    if (id.find_first_not_of("0-") == std::string_view::npos) return "must not be the nil UUID";
    return nullptr;
}

const char* vm_name_problem(std::string_view name) {
    if (name.empty()) return "is required";
    if (!is_utf8(name)) return "must be valid UTF-8";
    if (count_characters(name) > vm_name_characters_max) return "must not exceed 80 characters";
    if (name.find_first_of("/\\%") != std::string_view::npos)
        return "must not contain \"/\", \"\\\" or \"%\"";
    if (has_control(name)) return "must not contain control characters";
    if (!is_plain(name))
        return "must not contain characters that cannot be seen, such as zero-width ones and marks "
               "of the direction of writing; take them out";
    if (has_blank_end(name))
        return "must not begin or end with a blank: the upstream may trim it, and \"web-1 \" and "
               "\"web-1\" would be one VM; take the blank out";
    return nullptr;
}

const char* zstack_name_problem(std::string_view name) {
    if (const auto* wrong = vm_name_problem(name)) return wrong;
    // RestServer.java splits a condition at the first of its operators that stands anywhere in it,
    // the value not excepted. All that go before the "=" of name=value hold this character.
    if (name.find('=') != std::string_view::npos)
        return "must not contain \"=\", which ZStack's query takes for an operator, so that the VM "
               "could not be found again";
    return nullptr;
}

const char* id_problem(std::string_view id) {
    if (id.size() > id_bytes_max) return "must not exceed 255 bytes";
    if (!is_utf8(id)) return "must be valid UTF-8";
    if (has_control(id) || std::any_of(id.begin(), id.end(), absl::ascii_isspace))
        return "must not contain blanks or control characters";
    return nullptr;
}

const char* line_problem(std::string_view text, std::size_t bytes_max) {
    if (text.size() > bytes_max) {
        if (bytes_max == display_name_bytes_max) return "must not exceed 200 bytes";
        if (bytes_max == id_bytes_max) return "must not exceed 255 bytes";
        return "is too long";
    }
    if (!is_utf8(text)) return "must be valid UTF-8";
    if (has_control(text)) return "must not contain control characters";
    return nullptr;
}

const char* label_key_problem(std::string_view key) {
    if (key.empty()) return "has an empty key";
    if (key.size() > label_key_bytes_max) return "has a key of more than 63 bytes";
    if (!is_utf8(key) || has_control(key)) return "has a key with control characters or bad UTF-8";
    return nullptr;
}

std::string presentable(std::string_view text, std::size_t limit) {
    // Nearly always there is nothing to do, and the loop thread does it for every event.
    const auto plain = [](char c) { return c >= ' ' && c <= '~'; };
    if (text.size() <= limit && std::all_of(text.begin(), text.end(), plain))
        return std::string(text);
    return one_line(text, limit);
}

}  // namespace cloned::rpc
