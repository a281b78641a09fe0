#pragma once

#include "backends/http/client.hpp"
#include "backends/http/session.hpp"

namespace cloned::backends::http {

// Sends requests in the name of a session. The answer that the session is dead (a 401, or what the
// upstream says instead) is produced before the operation is dispatched, so the request is repeated
// once, whatever its verb: with a new session, if it is the session that is refused.
//
// Errors:       those of the client; and, with nothing of the operation done, those of the login,
//               `unauthenticated` if the new session is refused as well, and `permission_denied` if
//               the upstream accepts the session and yet refuses the call. in_doubt is always about
//               the request itself.
// Cancellation: as the client's.
// Lifetime:     client and session must outlive it.
class authorized_client {
public:
    // `is_dead` tells the answers that mean a dead session; null: those with the status 401.
    authorized_client(client& via,
                      token_source& tokens,
                      error (*explain)(const response&),
                      bool (*is_dead)(const response&) = nullptr)
        : client_(via), tokens_(tokens), explain_(explain), is_dead_(is_dead) {}

    // `what.deadline` must be set; it covers the logins too.
    task<result<response>> send(request what);

private:
    bool is_refused(const result<response>& answer) const;

    client& client_;
    token_source& tokens_;
    error (*explain_)(const response&);
    bool (*is_dead_)(const response&);
};

}  // namespace cloned::backends::http
