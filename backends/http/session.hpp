#pragma once

#include "backends/http/client.hpp"
#include "base/random.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cloned::backends::http {

// What makes a request ours: the value of one header.
//
// Threads:      the loop thread only.
// Errors:       token() gives the reason why there is none: nothing of the caller's own request has
//               been sent then, so the code is never in_doubt.
// Cancellation: a waiter leaves; if the one who logs in leaves, the first of the others does it.
// Lifetime:     outlives the requests made with it; a borrowed session is outlived by its lender.
class token_source {
public:
    virtual ~token_source() = default;

    virtual task<result<std::string>> token(steady_time deadline) = 0;
    virtual std::string_view header_name() const = 0;

    // The upstream does not accept this token (any more). Nothing happens if there is a newer one.
    virtual void invalidate(std::string_view token) = 0;

    // The upstream has accepted this token: past failures no longer count.
    virtual void accept(std::string_view token) = 0;

    // The upstream did not even accept a token that it has just issued: counts as a failed login.
    virtual void reject(std::string_view token, error why) = 0;

    // Can there be another token after this one?
    virtual bool renewable() const = 0;

    // Somebody wants a session that began later than `after`. If this one did not, another takes
    // its place, unless one has done so only lately: however many ask, logins stay rare. If the
    // login fails, the old session serves on. A source without sessions has nothing to do.
    virtual task<void> renew(steady_time /*after*/, steady_time /*deadline*/) { co_return; }
    // Does the present session fulfil that? Always, where there are no sessions.
    virtual bool began_after(steady_time /*after*/) const { return true; }

    // Ends the session. Best effort.
    virtual task<void> close(steady_time deadline) = 0;
};

// What a login and a logout look like at one upstream.
struct login_form {
    std::string target;  // `verb` makes the session, DELETE ends it
    method verb = method::post;
    std::string body;
    bool basic_auth = true;  // user and password in the Authorization header
    std::vector<header> headers;
    bool wrapped = false;  // the answer is {"value": token} instead of the token
    std::string user;
    std::string password;
    std::string host;  // for messages
    // What a refusal says, in words and with a code.
    error (*explain)(const response&) = nullptr;
    // Where the token stands in the answer; null: it is the body, see `wrapped`.
    result<std::string> (*read_token)(const response&) = nullptr;
    // Null: DELETE of the target, with the token's header.
    std::function<request(const std::string& token)> make_logout;
    std::string header_name = "vmware-api-session-id";
    std::string (*header_value)(const std::string& token) = nullptr;  // null: the token itself
    milliseconds renewal_pause{30'000};  // renew() makes no more than one session in that time
};

// One shared session: the first caller logs in, the others wait for its end. A failed login is
// remembered for a while that grows with each failure, so that a thousand jobs do not hammer an
// upstream that does not want us.
std::unique_ptr<token_source> make_login_session(client& via,
                                                 cloned::clock& clock,
                                                 random_source& random,
                                                 login_form form);

// A header that the operator has configured.
std::unique_ptr<token_source> make_static_header(std::string name, std::string value);

// The session of another endpoint; close() leaves it alone. If its fresh token is refused here, we
// stop asking for a while: each try would cost the lender a session.
std::unique_ptr<token_source> make_borrowed_session(token_source& lender,
                                                    cloned::clock& clock,
                                                    random_source& random);

// Logs out and closes, within a few seconds.
task<void> log_out(token_source& session, client& connections, steady_time now);

}  // namespace cloned::backends::http
