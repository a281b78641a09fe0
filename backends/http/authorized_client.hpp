#pragma once

#include "backends/http/client.hpp"
#include "backends/http/session.hpp"

namespace cloned::backends::http {

// Sends requests in the name of a session. A 401 is produced before the operation is dispatched, so
// the request is repeated once with a new session, whatever its verb.
//
// Errors:       those of the client; and, with nothing of the operation done, those of the login
//               and `unauthenticated` if the new session is refused as well. in_doubt is always
//               about the request itself.
// Cancellation: as the client's.
// Lifetime:     client and session must outlive it.
class authorized_client {
public:
    authorized_client(client& via, token_source& tokens, error (*explain)(const response&))
        : client_(via), tokens_(tokens), explain_(explain) {}

    // `what.deadline` must be set; it covers the logins too.
    task<result<response>> send(request what);

private:
    client& client_;
    token_source& tokens_;
    error (*explain_)(const response&);
};

}  // namespace cloned::backends::http
