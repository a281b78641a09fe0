#pragma once

#include "backends/http/messages.hpp"
#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <memory>

namespace cloned::backends::http {

// One upstream origin.
//
// Threads:      the loop thread only.
// Errors:       `unavailable`: not one byte of the request was written (name lookup, connect, TLS,
//               pool full). `in_doubt`: it was written, in part or whole, and no complete answer
//               came (cut, timeout, too large, malformed); the upstream may have acted on it. A
//               status of any value is a response, not an error; redirects are not followed.
// Cancellation: the connection is closed; the caller gets the exception.
// Giving up:    when a request ends without an answer (timeout, cancellation, an answer that cannot
// be
//               read, the end of the process), its connection is reset and nothing more of it is
//               sent. What the peer's machine had received by then it may still read and act on:
//               of a request that fits into its receive buffer, as nearly all do, that is the
//               whole. So nothing of the request arrives later than that, but what arrived may be
//               at work.
// Limits:       size of header and body of the answer, time per request, number of connections.
class client {
public:
    virtual ~client() = default;
    virtual task<result<response>> send(request what) = 0;
    virtual std::int64_t requests_sent() const = 0;
    // Closes idle connections and waits for none.
    virtual void close() = 0;
};

// Fails if the trust settings cannot be loaded.
result<std::unique_ptr<client>> make_client(asio::io_context& loop,
                                            cloned::clock& clock,
                                            client_options options);

}  // namespace cloned::backends::http
