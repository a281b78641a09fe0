#include "backends/vijson/login.hpp"

#include "backends/vijson/faults.hpp"
#include "daemon/base/text.hpp"

#include <utility>

namespace cloned::backends::vijson {

login::login(http::client& via,
             cloned::clock& clock,
             random_source& random,
             discovery& where,
             std::string user,
             std::string password,
             std::string host)
    : client_(via),
      clock_(clock),
      random_(random),
      where_(where),
      user_(std::move(user)),
      password_(std::move(password)),
      host_(std::move(host)) {}

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
        session_ = http::make_login_session(client_, clock_, random_, std::move(form));
    }
    auto made = co_await session_->token(deadline);
    if (made) last_token_ = *made;
    co_return made;
}

std::string_view login::header_name() const {
    return "vmware-api-session-id";
}

void login::invalidate(std::string_view token) {
    if (token == last_token_) last_token_.clear();
    if (session_) session_->invalidate(token);
}

void login::accept(std::string_view token) {
    if (session_) session_->accept(token);
}

void login::reject(std::string_view token, error why) {
    if (token == last_token_) last_token_.clear();
    if (session_) session_->reject(token, std::move(why));
}

// The target of the logout depends on the release, so the session cannot say goodbye by itself.
task<void> login::close(steady_time deadline) {
    if (last_token_.empty() || !where_.known()) co_return;
    const auto at = where_.known();
    const auto token = std::exchange(last_token_, std::string());
    session_->invalidate(token);
    auto bye = at->speaks.logout(at->at.session_manager, token);
    bye.deadline = deadline;
    // The server ends an idle session by itself if this one is not heard.
    auto ignored = co_await client_.send(std::move(bye));
    static_cast<void>(ignored);
}

}  // namespace cloned::backends::vijson
