#include "simulator/http/connection.hpp"

#include "simulator/model/text.hpp"

#include <algorithm>

namespace cloned::simulator {

namespace {

constexpr std::uint64_t piece = 64U << 10U;

std::string_view reason(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 407:
            return "Proxy Authentication Required";
        case 409:
            return "Conflict";
        case 413:
            return "Payload Too Large";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        default:
            return "Status";
    }
}

void append_head(std::string& out, const answer& a) {
    out.clear();
    out += "HTTP/1.1 ";
    append_number(out, a.status);
    out += ' ';
    out += reason(a.status);
    out += "\r\n";
    for (const answer_header& h : a.headers) {
        out += h.name;
        out += ": ";
        out += h.value;
        out += "\r\n";
    }
}

}  // namespace

void compose(std::string& out, const answer& a, bool keep_alive) {
    append_head(out, a);
    if (!a.body.empty()) {
        out += "content-type: ";
        out += a.content_type;
        out += "\r\n";
    }
    if (a.status != 204) {
        out += "content-length: ";
        append_number(out, a.body.size());
        out += "\r\n";
    }
    out += keep_alive ? "\r\n" : "connection: close\r\n\r\n";
    out += a.body;
}

void compose_endless_head(std::string& out, const answer& a) {
    append_head(out, a);
    out += "content-type: application/json\r\nconnection: close\r\n";
    if (a.what == fate::huge) {
        out += "content-length: ";
        append_number(out, a.huge_bytes + 2);
        out += "\r\n\r\n\"";
    } else {
        out += "transfer-encoding: chunked\r\n\r\n";
    }
}

std::size_t compose_filler(std::string& out, std::uint64_t left) {
    if (left == 0) {
        out = "10000\r\n";
        out.append(piece, 'x');
        out += "\r\n";
        return piece;
    }
    const std::uint64_t size = std::min(left, piece);
    out.assign(size, 'x');
    if (size == left) {
        out += '"';
    }
    return size;
}

}  // namespace cloned::simulator
