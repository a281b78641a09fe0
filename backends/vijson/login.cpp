#include "backends/vijson/login.hpp"

#include "backends/vijson/faults.hpp"
#include "base/text.hpp"

#include <utility>

namespace cloned::backends::vijson {

login::login(http::client& via,
             cloned::clock& clock,
             random_source& random,
             discovery& where,
             std::string user,
             std::string password,
             std::string host,
             milliseconds renewal_pause)
    : client_(via),
      clock_(clock),
      random_(random),
      where_(where),
      user_(std::move(user)),
      password_(std::move(password)),
      host_(std::move(host)),
      renewal_pause_(renewal_pause) {}

task<result<std::string>> login::token(steady_time deadline) {
    auto at = co_await where_.find(deadline);
    if (!at) co_return fail(at.error());
    if (!session_) {
        http::login_form form;
        form.target = (*at)->speaks.login_target((*at)->at.session_manager);
        form.body = wire::login_body(user_, password_);
        form.basic_auth = false;
        form.read_token = wire::read_login;
        form.host = host_;
        form.explain = explain_login;
        form.renewal_pause = renewal_pause_;
        form.make_logout = [found = *at](const std::string& token) {
            return found->speaks.logout(found->at.session_manager, token);
        };
        session_ = http::make_login_session(client_, clock_, random_, std::move(form));
    }
    co_return co_await session_->token(deadline);
}

std::string_view login::header_name() const {
    return "vmware-api-session-id";
}

void login::invalidate(std::string_view token) {
    if (session_) session_->invalidate(token);
}

void login::accept(std::string_view token) {
    if (session_) session_->accept(token);
}

void login::reject(std::string_view token, error why) {
    if (session_) session_->reject(token, std::move(why));
}

task<void> login::renew(steady_time after, steady_time deadline) {
    if (session_) {
        co_await session_->renew(after, deadline);
        co_return;
    }
    auto ignored = co_await token(deadline);
    static_cast<void>(ignored);
}

task<void> login::close(steady_time deadline) {
    if (session_) co_await session_->close(deadline);
}

}  // namespace cloned::backends::vijson
