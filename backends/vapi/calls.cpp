#include "backends/vapi/calls.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace cloned::backends::vapi {

task<result<http::response>> read(http::authorized_client& via,
                                  http::request what,
                                  steady_time deadline) {
    what.deadline = deadline;
    auto answer = co_await via.send(std::move(what));
    if (answer && !is_success(*answer)) co_return fail(explain(*answer));
    co_return answer;
}

std::optional<steady_time> latest_session_after(const std::vector<evidence_query>& queries) {
    std::optional<steady_time> latest;
    for (const auto& query : queries)
        if (query.session_after)
            latest = std::max(latest.value_or(*query.session_after), *query.session_after);
    return latest;
}

void mark_foreign(evidence& seen, const std::vector<provenance>& made, std::string_view source) {
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
