#pragma once

#include "backends/http/client.hpp"
#include "backends/http/session.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace cloned::backends::zstack {

// Sends requests in our name.
//
// Threads:      the loop thread only.
// Errors:       those of the client; and, with nothing of the request sent, those of the login.
//               in_doubt is always about the request itself.
// Cancellation: as the client's.
// Lifetime:     the client must outlive it.
class access {
public:
    virtual ~access() = default;

    // `what.deadline` must be set; it covers the logins too.
    virtual task<result<http::response>> send(http::request what) = 0;

    // See http::token_source. Requests that are signed one by one have no session to be renewed.
    virtual task<void> renew(steady_time /*after*/, steady_time /*deadline*/) { co_return; }
    virtual bool began_after(steady_time /*after*/) const { return true; }
    // How often a session was found dead. One that has another in its place for a different reason
    // does not count.
    virtual std::size_t deaths() const { return 0; }

    virtual void use_secret(std::string secret) = 0;
    virtual void try_now() {}

    // Logs out. Best effort.
    virtual task<void> close(steady_time deadline) = 0;
};

// With a session. A read learns at once that it is dead, and is repeated once with a new one. A
// clone learns it only from its job: follow it with a read, which renews the session.
std::unique_ptr<access> make_session_access(http::client& via,
                                            std::unique_ptr<http::token_source> session);

// Each request is signed with an access key; there is no session.
std::unique_ptr<access> make_key_access(http::client& via,
                                        cloned::clock& clock,
                                        std::string key_id,
                                        std::string secret,
                                        std::chrono::minutes clock_offset);

}  // namespace cloned::backends::zstack
