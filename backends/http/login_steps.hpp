#pragma once

#include "backends/http/client.hpp"
#include "base/text.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cloned::backends::http {

class token_source;

// What a login gives.
struct fresh_token {
    std::string token;
    std::optional<milliseconds> lifetime;  // unset: it lives as long as the upstream accepts it
};

enum class login_trouble : std::uint8_t {
    no_answer,    // the upstream did not get to the point: soon again
    bad_account,  // refused; counts against the account
    no_room,      // accepted, but the account has too many sessions: an operator must act
    not_here,     // credentials that are accepted elsewhere are not accepted here
    elsewhere,    // what the login is made with could not be had; whoever makes it keeps count
};

struct login_failure {
    login_trouble what = login_trouble::no_answer;
    error why;
};

using login_outcome = tl::expected<fresh_token, login_failure>;

inline auto fail_login(login_trouble what, error why) {
    return tl::unexpected(login_failure{what, std::move(why)});
}

// What the server of a session says of it.
enum class session_state : std::uint8_t {
    lives,
    dead,
    no_answer,
    untold,  // this kind of session cannot be asked for
};

// How one upstream is logged in to.
//
// Errors:       an error never holds the secret, and is never in_doubt: nothing of the caller's own
//               request has been sent.
// Cancellation: as the client's.
class login_steps {
public:
    virtual ~login_steps() = default;

    virtual task<login_outcome> log_in(steady_time deadline) = 0;
    virtual task<session_state> examine(std::string token, steady_time deadline) = 0;
    // Best effort: the server ends an idle session by itself.
    virtual task<void> log_out(std::string token, steady_time deadline) = 0;

    // Used from the next login on.
    virtual void use_secret(std::string secret) = 0;
    // What the login is made with may be had at once, if that is somebody else's.
    virtual void try_now() {}
};

// May the text stand in a header?
bool is_sound_token(std::string_view token, std::size_t bytes_max = 4096);

// A login that is one request.
struct login_form {
    std::string target;  // `verb` makes the session, DELETE ends it
    method verb = method::post;
    std::string (*make_body)(std::string_view user, std::string_view password) = nullptr;
    // User and password in the Authorization header, unless there are other credentials.
    bool basic_auth = true;
    std::shared_ptr<token_source> credentials;
    std::vector<header> headers;
    bool wrapped = false;  // the answer is {"value": token} instead of the token
    std::string user;
    std::string password;
    // What a refusal says, in words and with a code.
    error (*explain)(const response&) = nullptr;
    // Where the token stands in the answer; null: it is the body, see `wrapped`.
    result<std::string> (*read_token)(const response&) = nullptr;
    // Null: DELETE of the target, with the token's header.
    std::function<request(const std::string& token)> make_logout;
    // Asks whether the session lives; the token's header is added. Null: it cannot be asked.
    std::function<request()> make_question;
    // Null: a success says that it lives, a 401 that it does not.
    session_state (*read_state)(const response&) = nullptr;
    std::string header_name = "vmware-api-session-id";
    std::string (*header_value)(const std::string& token) = nullptr;  // null: the token itself
};

// The client must outlive it.
std::unique_ptr<login_steps> make_login_steps(client& via, login_form form);

// A login with an account that another server answers for: it is tried there first. If it is
// refused there, it is not tried here; if it is accepted there, a refusal here is not the account's
// fault. `there` and the clock must outlive it.
std::unique_ptr<login_steps> make_login_after(token_source& there,
                                              cloned::clock& clock,
                                              std::unique_ptr<login_steps> here);

}  // namespace cloned::backends::http
