#include "backends/vijson/login.hpp"

#include "backends/vijson/faults.hpp"

#include <utility>

namespace cloned::backends::vijson {
namespace {

using http::session_state;

// The property is shown to those without a session as well, as null.
session_state read_current_session(const http::response& answer) {
    if (is_dead_session(answer)) return session_state::dead;
    if (!is_success(answer)) return session_state::no_answer;
    http::json_document document;
    const auto root = document.parse(answer.body, std::size_t{64} << 10U);
    const bool mine = root && !root->text_or_empty("key").empty();
    return mine ? session_state::lives : session_state::dead;
}

}  // namespace

task<http::login_outcome> login::log_in(steady_time deadline) {
    auto at = co_await where_.find(deadline);
    if (!at) co_return http::fail_login(http::login_trouble::no_answer, at.error());
    if (!steps_) {
        http::login_form form;
        form.target = (*at)->speaks.login_target((*at)->at.session_manager);
        form.user = user_;
        form.password = password_;
        form.make_body = wire::login_body;
        form.basic_auth = false;
        form.read_token = wire::read_login;
        form.explain = explain_login;
        form.make_logout = [found = *at](const std::string& token) {
            return found->speaks.logout(found->at.session_manager, token);
        };
        form.make_question = [found = *at] {
            return found->speaks.current_session(found->at.session_manager);
        };
        form.read_state = read_current_session;
        steps_ = http::make_login_steps(client_, std::move(form));
    }
    co_return co_await steps_->log_in(deadline);
}

task<session_state> login::examine(std::string token, steady_time deadline) {
    if (!steps_) co_return session_state::untold;
    co_return co_await steps_->examine(std::move(token), deadline);
}

task<void> login::log_out(std::string token, steady_time deadline) {
    if (steps_) co_await steps_->log_out(std::move(token), deadline);
}

void login::use_secret(std::string secret) {
    password_ = secret;
    if (steps_) steps_->use_secret(std::move(secret));
}

}  // namespace cloned::backends::vijson
