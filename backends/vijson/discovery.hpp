#pragma once

#include "backends/http/client.hpp"
#include "backends/vijson/wire.hpp"

#include <list>
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

// Finds out once, before any login, which release to speak and which objects serve us. Whoever
// needs it first asks, the others wait for him and share his answer, a failure too; after a failure
// the next one asks anew.
//
// Threads:      the loop thread only.
// Errors:       nothing of the caller's own request has been sent, so never `in_doubt` and never
//               `invalid_argument`.
// Cancellation: who waits leaves; when he who asks leaves, one of the others goes on.
// Lifetime:     the client must outlive it.
class discovery {
public:
    using found = std::shared_ptr<const service>;

    // `release`: as configured; empty: negotiated.
    discovery(http::client& via, cloned::clock& clock, std::string release);

    task<result<found>> find(steady_time deadline);

    // Null until it was found.
    const found& known() const { return known_; }

    // Was the release negotiated with the server, rather than configured?
    bool negotiates() const { return release_.empty(); }

private:
    task<result<found>> ask(steady_time deadline);
    task<result<std::string>> negotiate(steady_time deadline);
    task<result<http::response>> send(http::request what, steady_time deadline);
    task<bool> wait(steady_time deadline);

    // Constant after construction
    http::client& client_;
    cloned::clock& clock_;
    std::string release_;

    // Loop thread only
    found known_;
    bool asking_ = false;
    std::list<alarm*> waiting_;
    std::optional<error> failure_;  // of the last who asked
    std::uint64_t failures_ = 0;
};

}  // namespace cloned::backends::vijson
