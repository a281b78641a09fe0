#pragma once

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloned::backends::http {

enum class method : std::uint8_t { get, post, put, del };
std::string_view to_string(method m);

using header = std::pair<std::string, std::string>;

struct request {
    method verb = method::get;
    std::string target;  // path and query, already percent-encoded
    std::vector<header> headers;
    std::string body;  // JSON if not empty
    // Ends the request earlier than the client's own timeout would: what is left to a caller who
    // has spent part of his time on a login.
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

// One upstream origin.
//
// Threads:      the loop thread only.
// Errors:       `unavailable`: not one byte of the request was written (name lookup, connect, TLS,
//               pool full). `in_doubt`: it was written, in part or whole, and no complete answer came
//               (cut, timeout, too large, malformed); the upstream may have acted on it.
//               A status of any value is a response, not an error; redirects are not followed.
// Cancellation: the connection is closed; the caller gets the exception.
// Limits:       size of header and body of the answer, time per request, number of connections.
class client {
public:
    virtual ~client() = default;
    virtual task<result<response>> send(request what) = 0;
    virtual std::int64_t requests_sent() const = 0;
    // Closes idle connections and waits for none.
    virtual void close() = 0;
};

struct tls_options {
    std::string ca_file;             // PEM; empty: the system's trust store
    std::string sha256_fingerprint;  // hex of the server certificate, colons allowed; replaces the chain check
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

// Fails if the trust settings cannot be loaded.
result<std::unique_ptr<client>> make_client(asio::io_context& loop, cloned::clock& clock,
                                            client_options options);

}  // namespace cloned::backends::http
