#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What the parts of the HTTP client hand to each other: requests, responses and options.
namespace cloned::backends::http {

enum class method : std::uint8_t { get, post, put, del };
std::string_view to_string(method m);

using header = std::pair<std::string, std::string>;

struct request {
    method verb = method::get;
    std::string target;  // path and query, already percent-encoded
    std::vector<header> headers;
    std::string body;  // JSON, unless the headers have a Content-Type
    // Ends the request earlier than the client's own timeout would: what is left to a caller who
    // has spent part of its time on a login.
    std::optional<steady_time> deadline = std::nullopt;
    // A read in spite of its verb; may be repeated on a fresh connection, as a GET may.
    bool repeatable = false;
};

struct response {
    int status = 0;
    std::vector<header> headers;  // names in lower case
    std::string body;

    // The value of the first header of that (lower-case) name, or empty.
    std::string_view find(std::string_view name) const;
};

struct tls_options {
    std::string ca_file;             // PEM; empty: the system's trust store
    std::string sha256_fingerprint;  // hex of the server certificate, colons allowed; replaces the
                                     // chain check
    bool insecure = false;           // no check at all
};

struct client_options {
    std::string host;
    std::uint16_t port = 443;
    bool tls = true;
    tls_options trust;
    std::size_t max_connections = 64;
    std::size_t max_waiting = 10'000;
    milliseconds connect_timeout{10'000};
    milliseconds request_timeout{60'000};
    milliseconds idle_timeout{30'000};  // an idle connection older than this is not reused
    std::size_t max_body_bytes = std::size_t{16} << 20U;
    std::size_t max_header_bytes = std::size_t{64} << 10U;
};

}  // namespace cloned::backends::http
