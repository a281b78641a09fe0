#include "backends/vapi/calls.hpp"

#include "model/guard.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace cloned::backends::vapi {
namespace {

constexpr milliseconds goodbye_span{3000};

}  // namespace

task<result<http::response>> read(http::authorized_client& via,
                                  http::request what,
                                  steady_time deadline) {
    what.deadline = deadline;
    auto answer = co_await via.send(std::move(what));
    if (answer && !is_success(*answer)) co_return fail(explain(*answer));
    co_return answer;
}

submit_outcome outcome_without_answer(error why) {
    if (why.code() == errc::in_doubt && guarded(guard::perhaps_sent))
        return uncertain{std::move(why)};
    // The request itself cannot be written, and could not be written later either.
    if (why.code() == errc::invalid_argument) return failed{std::move(why), false};
    return refused{refusal::not_sent, std::move(why), std::nullopt};
}

submit_outcome outcome_not_understood(const error& why) {
    return uncertain{
        error(errc::in_doubt, concat("accepted, but without a usable task: ", why.message()))};
}

task<void> say_goodbye(http::token_source& session, http::client& client, steady_time now) {
    const auto deadline = now + goodbye_span;
    co_await session.close(deadline);
    client.close();
}

std::optional<steady_time> latest_session_after(const std::vector<evidence_query>& queries) {
    std::optional<steady_time> latest;
    for (const auto& query : queries)
        if (query.session_after) latest = std::max(latest.value_or(*query.session_after),
                                                   *query.session_after);
    return latest;
}

void tell_foreign(evidence& seen, const std::vector<provenance>& made, std::string_view source) {
    if (seen.vm.empty() || !is_foreign(made, seen.vm, source)) return;
    seen.presence = evidence::vm_presence::foreign;
    seen.seen += concat("; a task of the upstream shows that ", one_line(seen.vm, 100),
                        " was not made from ", one_line(source, 100));
}

std::vector<std::string> unaccounted(std::vector<std::string> all, std::vector<std::string> known) {
    std::sort(known.begin(), known.end());
    const auto is_known = [&](const std::string& id) {
        return std::binary_search(known.begin(), known.end(), id);
    };
    std::erase_if(all, is_known);
    return all;
}

}  // namespace cloned::backends::vapi
