#include "backends/http/request_writer.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace cloned::backends::http {
namespace {

bool is_visible(char c) {
    return c > 0x20 && c < 0x7F;
}

bool is_name_character(char c) {
    return is_visible(c) &&
           std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
}

bool is_value_character(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

bool is_sound(const header& h) {
    return !h.first.empty() && std::all_of(h.first.begin(), h.first.end(), is_name_character) &&
           std::all_of(h.second.begin(), h.second.end(), is_value_character);
}

std::size_t size_of(const request& what) {
    std::size_t size = 256 + what.target.size() + what.body.size();
    for (const auto& [name, value] : what.headers) size += name.size() + value.size() + 4;
    return size;
}

bool has(const std::vector<header>& headers, std::string_view name) {
    return std::any_of(headers.begin(), headers.end(),
                       [&](const header& each) { return each.first == name; });
}

}  // namespace

std::string_view to_string(method m) {
    switch (m) {
        case method::get:
            return "GET";
        case method::post:
            return "POST";
        case method::put:
            return "PUT";
        case method::del:
            break;
    }
    return "DELETE";
}

std::string_view response::find(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (key == name) return value;
    return {};
}

std::string host_value(const client_options& options) {
    const bool is_v6 = options.host.find(':') != std::string::npos && options.host.front() != '[';
    auto out = is_v6 ? concat("[", options.host, "]") : options.host;
    const std::uint16_t usual = options.tls ? 443 : 80;
    if (options.port != usual) out += ":" + std::to_string(options.port);
    return out;
}

result<std::string> request_text(const request& what, std::string_view host) {
    const bool sound = !what.target.empty() && what.target.front() == '/' &&
                       std::all_of(what.target.begin(), what.target.end(), is_visible) &&
                       std::all_of(what.headers.begin(), what.headers.end(), is_sound);
    if (!sound)
        return fail(
            errc::invalid_argument,
            "the request's target or one of its headers holds a character that HTTP forbids");
    std::string out;
    out.reserve(size_of(what) + host.size());
    out.append(to_string(what.verb)).append(" ").append(what.target).append(" HTTP/1.1\r\nHost: ");
    out.append(host).append("\r\n");
    if (!has(what.headers, "Accept")) out += "Accept: application/json\r\n";
    // Without it a server may compress as it likes, and nobody here could read that.
    out += "Accept-Encoding: identity\r\nUser-Agent: cloned\r\n";
    for (const auto& [name, value] : what.headers)
        out.append(name).append(": ").append(value).append("\r\n");
    if (!what.body.empty() && !has(what.headers, "Content-Type"))
        out += "Content-Type: application/json\r\n";
    if (!what.body.empty() || what.verb == method::post || what.verb == method::put)
        out.append("Content-Length: ").append(std::to_string(what.body.size())).append("\r\n");
    out.append("\r\n").append(what.body);
    return out;
}

}  // namespace cloned::backends::http
