#include "backends/http/encoding.hpp"

#include <algorithm>

namespace cloned::backends::http {
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

void add_correlation(request& to, std::string_view operation_id) {
    std::string id;
    for (const char c : operation_id.substr(0, 128))
        if (c > 0x20 && c < 0x7F) id += c;
    if (id.empty()) return;
    to.headers.reserve(to.headers.size() + 3);
    to.headers.emplace_back("X-Request-ID", id);
    to.headers.emplace_back("vapi-ctx-opid", std::move(id));
}

std::size_t ids_that_fit(std::span<const std::string> ids,
                         std::size_t each,
                         std::size_t max_bytes) {
    std::size_t bytes = 0;
    std::size_t count = 0;
    for (const auto& id : ids) {
        bytes += each + percent_encoded(id).size();
        if (bytes > max_bytes) break;
        ++count;
    }
    return std::max<std::size_t>(count, 1);
}

}  // namespace cloned::backends::http
