#pragma once

#include "backends/http/client.hpp"
#include "backends/vijson/wire.hpp"
#include "base/single_flight.hpp"

#include <memory>
#include <optional>
#include <string>

namespace cloned::backends::vijson {

// How this server is spoken to.
struct service {
    explicit service(std::string_view release_spoken)
        : release(release_spoken), speaks(release_spoken) {}

    std::string release;
    wire speaks;
    service_content at;
};

// Finds out once, before any login, which release to speak and which objects serve us. The first
// caller asks, the others wait and share its answer, a failure too; after a failure the next call
// asks anew.
//
// Threads:      the loop thread only.
// Errors:       nothing of the caller's own request has been sent, so never `in_doubt` and never
//               `invalid_argument`.
// Cancellation: a waiter leaves; if the one who asks leaves, the first of the others goes on.
// Lifetime:     the client must outlive it.
class discovery {
public:
    using found = std::shared_ptr<const service>;

    // `release`: as configured; empty: negotiated.
    discovery(http::client& via, cloned::clock& clock, std::string release);

    task<result<found>> find(steady_time deadline);

    // The next call asks anew: what was found was concluded from an answer that may have been of
    // something in front of the server, and it has led nowhere.
    void forget() { known_.reset(); }

    // Null until it was found.
    const found& known() const { return known_; }

    // Was the release negotiated with the server, rather than configured?
    bool negotiates() const { return release_.empty(); }

private:
    task<result<found>> ask(steady_time deadline);
    task<result<std::string>> negotiate(steady_time deadline);
    task<result<http::response>> send(http::request what, steady_time deadline);

    // Constant after construction
    http::client& client_;
    std::string release_;

    // Loop thread only
    found known_;
    single_flight asking_;
    std::optional<error> failure_;  // of the last call that asked
    std::uint64_t failures_ = 0;
};

}  // namespace cloned::backends::vijson
