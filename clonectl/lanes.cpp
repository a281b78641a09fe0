#include "base/text.hpp"
#include "clonectl/commands.hpp"
#include "clonectl/output.hpp"
#include "clonectl/resource_names.hpp"
#include "clonectl/tables.hpp"

#include <charconv>

namespace cloned::clonectl {
namespace {

// Lanes have numbers; people know them as "endpoint/cluster/kind".
exit_code find_lane(const connection& to, const std::string& text, std::string& name) {
    if (auto lane = parse_lane(text)) {
        name = std::move(*lane);
        return exit_ok;
    }
    v1::ListLanesResponse reply;
    const auto status = to.call(v1::ListLanesRequest(), reply);
    if (!status.ok()) return report(status);
    for (const v1::Lane& lane : reply.lanes()) {
        if (text != concat(lane.endpoint(), "/", lane.cluster(), "/", lane.kind())) continue;
        name = lane.name();
        return exit_ok;
    }
    return report(exit_refused, concat("there is no lane ", text,
                                       "; give its number or ENDPOINT/CLUSTER/KIND, as "
                                       "clonectl lanes shows them"));
}

template <class Request>
exit_code change_lane(const connection& to, const std::string& lane, Request request) {
    const exit_code found = find_lane(to, lane, *request.mutable_name());
    if (found != exit_ok) return found;
    v1::Lane changed;
    const auto status = to.call(request, changed);
    if (!status.ok()) return report(status);
    std::cout << lanes_text({changed}, terminal_width());
    return exit_ok;
}

}  // namespace

exit_code list_lanes(const connection& to, bool json) {
    v1::ListLanesResponse reply;
    const auto status = to.call(v1::ListLanesRequest(), reply);
    if (!status.ok()) return report(status);
    print_list(reply.lanes(), "lanes", json, lanes_text);
    return exit_ok;
}

exit_code pause_lane(const connection& to, const std::string& lane, const std::string& reason) {
    v1::PauseLaneRequest request;
    request.set_reason(reason);
    return change_lane(to, lane, request);
}

exit_code resume_lane(const connection& to, const std::string& lane) {
    return change_lane(to, lane, v1::ResumeLaneRequest());
}

exit_code limit_lane(const connection& to, const std::string& lane, const std::string& limit) {
    v1::SetLaneLimitRequest request;
    if (limit != "default") {
        std::int64_t number = 0;
        const char* end = limit.data() + limit.size();
        const auto [rest, ec] = std::from_chars(limit.data(), end, number);
        if (ec != std::errc() || rest != end) {
            return report(exit_refused,
                          "LIMIT is a whole number from 1 to 10000, or the word default");
        }
        request.set_limit(number);
    }
    return change_lane(to, lane, request);
}

}  // namespace cloned::clonectl
