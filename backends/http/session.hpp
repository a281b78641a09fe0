#pragma once

#include "backends/http/client.hpp"
#include "backends/http/login_steps.hpp"
#include "backends/http/redactor.hpp"
#include "base/random.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace cloned::backends::http {

class account;

// What makes a request ours: the value of one header.
//
// Threads:      the loop thread only.
// Errors:       token() gives the reason why there is none: nothing of the caller's own request has
//               been sent then, so the code is never in_doubt. permission_denied: the session is
//               accepted, the call is not.
// Cancellation: a waiter leaves; if the one who logs in leaves, the first of the others does it.
// Lifetime:     outlives the requests made with it; a borrowed session is outlived by its lender.
class token_source {
public:
    virtual ~token_source() = default;

    virtual task<result<std::string>> token(steady_time deadline) = 0;
    virtual std::string_view header_name() const = 0;

    // The upstream has accepted this token: past failures no longer count.
    virtual void accept(std::string_view token) = 0;

    // The upstream has answered a call with this token as if there were no session. Finds out from
    // the server whether it is the session or the call that is refused, and gives what to repeat
    // the call with, which may be the same token.
    virtual task<result<std::string>> refused(std::string token,
                                              error why,
                                              steady_time deadline) = 0;
    // The repetition was refused as well: what to tell the caller.
    virtual task<error> refused_again(std::string token, error why, steady_time deadline) = 0;

    // Asks the server of the session about it; one that is dead is given up.
    virtual task<session_state> examine(std::string token, steady_time deadline) = 0;

    // The same where the upstream's answer leaves no doubt that the session is dead. Nothing
    // happens if there is a newer one.
    virtual void invalidate(std::string_view token) = 0;
    // The upstream did not even accept a token that it has just issued.
    virtual void reject(std::string_view token, error why) = 0;

    // Can there be another token after this one?
    virtual bool renewable() const = 0;

    // Somebody wants a session that began later than `after`. If this one did not, another takes
    // its place, unless one has done so only lately: however many ask, logins stay rare. If the
    // login fails, the old session serves on. A source without sessions has nothing to do.
    virtual task<void> renew(steady_time /*after*/, steady_time /*deadline*/) { co_return; }
    // Does the present session fulfil that? Always, where there are no sessions.
    virtual bool began_after(steady_time /*after*/) const { return true; }

    // What the configuration says now; used from the next login on, which is not put off.
    virtual void use_secret(std::string secret) = 0;
    // The next login is not put off because of what was refused before.
    virtual void try_now() = 0;

    // Ends the session. Best effort.
    virtual task<void> close(steady_time deadline) = 0;
};

struct session_options {
    std::string endpoint;                    // for messages
    std::shared_ptr<http::account> account;  // null: one that nobody shares
    std::shared_ptr<redactor> secrets;       // null: none is known
    std::string header_name = "vmware-api-session-id";
    std::string (*header_value)(const std::string& token) = nullptr;  // null: the token itself
    milliseconds renewal_pause{30'000};  // renew() makes no more than one session in that time
};

// One shared session: the first caller logs in, the others wait for its end. A token that has a
// lifetime is replaced when four fifths of it have passed.
std::unique_ptr<token_source> make_login_session(cloned::clock& clock,
                                                 random_source& random,
                                                 std::unique_ptr<login_steps> steps,
                                                 session_options options);

// A header that the operator has configured.
std::unique_ptr<token_source> make_static_header(std::string name, std::string value);

// The session of another endpoint; close() leaves it alone. What is refused here is first asked
// about there: only if the session is dead the lender makes another.
std::unique_ptr<token_source> make_borrowed_session(token_source& lender,
                                                    cloned::clock& clock,
                                                    random_source& random,
                                                    std::string endpoint,
                                                    std::shared_ptr<redactor> secrets = nullptr);

// Logs out and closes, within a few seconds.
task<void> log_out(token_source& session, client& connections, steady_time now);

}  // namespace cloned::backends::http
