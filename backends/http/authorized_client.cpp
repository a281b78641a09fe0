#include "backends/http/authorized_client.hpp"

#include "base/check.hpp"

namespace cloned::backends::http {
namespace {

request with_token(request what, std::string_view name, const std::string& token) {
    what.headers.emplace_back(std::string(name), token);
    return what;
}

}  // namespace

bool authorized_client::is_refused(const result<response>& answer) const {
    if (!answer) return false;
    return is_dead_ != nullptr ? is_dead_(*answer) : answer->status == 401;
}

task<result<response>> authorized_client::send(request what) {
    CLONED_CHECK(what.deadline.has_value(),
                 "a request without a deadline would outlive its caller");
    const auto deadline = *what.deadline;
    auto token = co_await tokens_.token(deadline);
    if (!token) co_return fail(token.error());
    auto first = with_token(what, tokens_.header_name(), *token);
    auto answer = co_await client_.send(std::move(first));
    if (!is_refused(answer)) {
        if (answer) tokens_.accept(*token);
        co_return answer;
    }

    const error why(errc::unauthenticated, explain_(*answer).message());
    auto next = co_await tokens_.refused(std::move(*token), why, deadline);
    if (!next) co_return fail(next.error());
    auto second = with_token(std::move(what), tokens_.header_name(), *next);
    answer = co_await client_.send(std::move(second));
    if (!is_refused(answer)) {
        if (answer) tokens_.accept(*next);
        co_return answer;
    }
    error again(errc::unauthenticated, explain_(*answer).message());
    co_return fail(co_await tokens_.refused_again(std::move(*next), std::move(again), deadline));
}

}  // namespace cloned::backends::http
