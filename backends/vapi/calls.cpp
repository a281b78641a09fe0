#include "backends/vapi/calls.hpp"

#include <algorithm>
#include "backends/http/intermediary.hpp"

namespace cloned::backends::vapi {

task<result<http::response>> read(http::authorized_client& via,
                                  http::request what,
                                  steady_time deadline) {
    what.deadline = deadline;
    auto answer = co_await via.send(std::move(what));
    if (!answer) co_return answer;
    if (!is_success(*answer)) co_return fail(explain(*answer));
    if (!http::looks_like_json(answer->body))
        co_return fail(errc::unavailable, http::words_of_intermediary(*answer));
    co_return answer;
}

std::optional<steady_time> latest_session_after(const std::vector<evidence_query>& queries) {
    std::optional<steady_time> latest;
    for (const auto& query : queries)
        if (query.session_after)
            latest = std::max(latest.value_or(*query.session_after), *query.session_after);
    return latest;
}

}  // namespace cloned::backends::vapi
