#include "backends/http/login_steps.hpp"

#include "backends/http/json_reader.hpp"
#include "backends/http/session.hpp"
#include "base/crash_point.hpp"
#include "base/encoding.hpp"

#include <algorithm>
#include <utility>

namespace cloned::backends::http {
namespace {

bool is_success(const response& answer) {
    return answer.status >= 200 && answer.status < 300;
}

result<std::string> read_text(std::string_view body, bool wrapped) {
    json_document document;
    auto root = document.parse(body, std::size_t{64} << 10U);
    if (!root) return fail(root.error());
    auto token = wrapped ? root->text_at("value") : root->text();
    if (!token) return fail(token.error());
    return std::string(*token);
}

session_state state_by_status(const response& answer) {
    if (is_success(answer)) return session_state::lives;
    return answer.status == 401 ? session_state::dead : session_state::no_answer;
}

class form_login final : public login_steps {
public:
    form_login(client& via, login_form form) : client_(via), form_(std::move(form)) {}

    task<login_outcome> log_in(steady_time deadline) override;
    task<session_state> examine(std::string token, steady_time deadline) override;
    task<void> log_out(std::string token, steady_time deadline) override;
    void use_secret(std::string secret) override {
        if (form_.credentials)
            form_.credentials->use_secret(std::move(secret));
        else
            form_.password = std::move(secret);
    }
    void try_now() override {
        if (form_.credentials) form_.credentials->try_now();
    }

private:
    login_failure failure_of(const response& answer, const std::string& credential) const;
    result<std::string> token_in(const response& answer) const;
    header shown(const std::string& token) const {
        return {form_.header_name, form_.header_value ? form_.header_value(token) : token};
    }

    // Constant after construction, but for the password
    client& client_;
    login_form form_;
};

result<std::string> form_login::token_in(const response& answer) const {
    auto token = form_.read_token != nullptr ? form_.read_token(answer)
                                             : read_text(answer.body, form_.wrapped);
    if (token && !is_sound_token(*token))
        return fail(errc::protocol_error, "the token is not usable");
    return token;
}

// A 401 with credentials that another server has just issued says nothing about the account.
login_failure form_login::failure_of(const response& answer, const std::string& credential) const {
    const auto why = form_.explain(answer);
    if (why.code() == errc::resource_exhausted) return {login_trouble::no_room, why};
    const bool refused = answer.status == 401 || why.code() == errc::unauthenticated ||
                         why.code() == errc::permission_denied;
    if (!refused) return {login_trouble::no_answer, why};
    const error said(errc::unauthenticated, why.message());
    if (!form_.credentials) return {login_trouble::bad_account, said};
    form_.credentials->invalidate(credential);
    return {login_trouble::not_here, said};
}

task<login_outcome> form_login::log_in(steady_time deadline) {
    request ask;
    ask.verb = form_.verb;
    ask.target = form_.target;
    if (form_.make_body != nullptr) ask.body = form_.make_body(form_.user, form_.password);
    ask.headers = form_.headers;
    std::string credential;
    if (form_.credentials) {
        auto had = co_await form_.credentials->token(deadline);
        if (!had) co_return fail_login(login_trouble::elsewhere, had.error());
        credential = std::move(*had);
        ask.headers.emplace_back(std::string(form_.credentials->header_name()), credential);
    } else if (form_.basic_auth) {
        ask.headers.emplace_back(
            "Authorization", concat("Basic ", to_base64(concat(form_.user, ":", form_.password))));
    }
    ask.deadline = deadline;
    ask.repeatable = true;
    auto answer = co_await client_.send(std::move(ask));
    crash_point("session.after_login");
    // A session that was perhaps made is nothing that the caller's own request would be in doubt
    // of.
    if (!answer) {
        error why(errc::unavailable, concat("login: ", answer.error().message()));
        co_return fail_login(login_trouble::no_answer, std::move(why));
    }
    if (!is_success(*answer)) co_return tl::unexpected(failure_of(*answer, credential));
    auto made = token_in(*answer);
    if (!made) {
        error why(errc::protocol_error, concat("login: ", made.error().message()));
        co_return fail_login(login_trouble::no_answer, std::move(why));
    }
    fresh_token out;
    out.token = std::move(*made);
    co_return out;
}

task<session_state> form_login::examine(std::string token, steady_time deadline) {
    if (!form_.make_question) co_return session_state::untold;
    auto ask = form_.make_question();
    ask.headers.push_back(shown(token));
    ask.deadline = deadline;
    ask.repeatable = true;
    auto answer = co_await client_.send(std::move(ask));
    if (!answer) co_return session_state::no_answer;
    co_return form_.read_state != nullptr ? form_.read_state(*answer) : state_by_status(*answer);
}

task<void> form_login::log_out(std::string token, steady_time deadline) {
    request bye;
    if (form_.make_logout) {
        bye = form_.make_logout(token);
    } else {
        bye.verb = method::del;
        bye.target = form_.target;
        bye.headers.push_back(shown(token));
    }
    bye.deadline = deadline;
    auto ignored = co_await client_.send(std::move(bye));
    static_cast<void>(ignored);
}

class login_after final : public login_steps {
public:
    login_after(token_source& there, cloned::clock& clock, std::unique_ptr<login_steps> here)
        : there_(there), clock_(clock), here_(std::move(here)) {}

    task<login_outcome> log_in(steady_time deadline) override;
    task<session_state> examine(std::string token, steady_time deadline) override {
        return here_->examine(std::move(token), deadline);
    }
    task<void> log_out(std::string token, steady_time deadline) override {
        return here_->log_out(std::move(token), deadline);
    }
    void use_secret(std::string secret) override { here_->use_secret(std::move(secret)); }
    void try_now() override {
        there_.try_now();
        here_->try_now();
    }

private:
    token_source& there_;
    cloned::clock& clock_;
    std::unique_ptr<login_steps> here_;
};

task<login_outcome> login_after::log_in(steady_time deadline) {
    const auto now = clock_.now();
    // A server that hangs must not keep us from the other one.
    auto known = co_await there_.token(now + (deadline - now) / 2);
    if (!known && (known.error().code() == errc::unauthenticated ||
                   known.error().code() == errc::resource_exhausted))
        co_return fail_login(login_trouble::elsewhere, known.error());
    auto made = co_await here_->log_in(deadline);
    if (!made && known && made.error().what == login_trouble::bad_account)
        made.error().what = login_trouble::not_here;
    co_return made;
}

}  // namespace

std::unique_ptr<login_steps> make_login_after(token_source& there,
                                              cloned::clock& clock,
                                              std::unique_ptr<login_steps> here) {
    return std::make_unique<login_after>(there, clock, std::move(here));
}

bool is_sound_token(std::string_view token, std::size_t bytes_max) {
    const auto visible = [](char c) { return c > 0x20 && c < 0x7F; };
    return !token.empty() && token.size() <= bytes_max &&
           std::all_of(token.begin(), token.end(), visible);
}

std::unique_ptr<login_steps> make_login_steps(client& via, login_form form) {
    return std::make_unique<form_login>(via, std::move(form));
}

}  // namespace cloned::backends::http
