#include "backends/vapi/encoding.hpp"

namespace cloned::backends::vapi {
namespace {

constexpr std::string_view hex = "0123456789ABCDEF";

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

void append_percent_encoded(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += hex[byte >> 4U];
        out += hex[byte & 15U];
    }
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 16);
    append_percent_encoded(out, text);
    // A segment of dots would be folded away by any proxy that tidies paths.
    if (out == "." || out == "..") {
        std::string dots;
        for (std::size_t i = 0; i < text.size(); ++i) dots += "%2E";
        return dots;
    }
    return out;
}

void append_json_text(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out.append("\\u00");
            out += hex[byte >> 4U];
            out += hex[byte & 15U];
        } else {
            out += c;
        }
    }
    out += '"';
}

void append_json_key(std::string& out, std::string_view key) {
    if (!out.empty() && out.back() != '{') out += ',';
    out.append("\"").append(key).append("\":");
}

void append_json_member(std::string& out, std::string_view key, std::string_view text) {
    if (text.empty()) return;
    append_json_key(out, key);
    append_json_text(out, text);
}

target_text& target_text::add(std::string_view name, std::string_view value) {
    text_ += any_ ? '&' : '?';
    any_ = true;
    text_.append(name).append("=");
    append_percent_encoded(text_, value);
    return *this;
}

}  // namespace cloned::backends::vapi
