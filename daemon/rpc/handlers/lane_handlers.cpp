#include "daemon/rpc/handlers/lane_handlers.hpp"

#include "daemon/rpc/api/convert.hpp"
#include "daemon/rpc/api/resource_names.hpp"
#include "daemon/rpc/api/text_rules.hpp"
#include "daemon/rpc/api/validate.hpp"

#include <utility>

namespace cloned::rpc {
namespace {

constexpr std::size_t reason_bytes_max = display_name_bytes_max;
constexpr std::size_t trouble_bytes_max = 2000;

// The lane that a request names, if nothing is wrong with it otherwise.
outcome<lane_id> read_lane(const std::string& name, problem_list problems = problem_list()) {
    const auto lane = parse_lane(name);
    if (!lane) problems.add("name", "must have the form lanes/{number}");
    if (!problems.empty()) return refuse(invalid(problems));
    return *lane;
}

outcome<v1::Lane> answer_with(const result<lane_status>& lane) {
    if (!lane) return refuse(failure_from(lane.error()));
    v1::Lane answer;
    write_lane(*lane, answer);
    return answer;
}

}  // namespace

task<outcome<v1::ListLanesResponse>> lane_handlers::list_lanes(std::string /*tenant*/,
                                                               v1::ListLanesRequest request) {
    v1::ListLanesResponse answer;
    for (const auto& lane : control_.lanes())
        if (request.endpoint().empty() || lane.lane.key.endpoint == request.endpoint())
            write_lane(lane, *answer.add_lanes());
    co_return answer;
}

task<outcome<v1::Lane>> lane_handlers::get_lane(std::string /*tenant*/,
                                                v1::GetLaneRequest request) {
    const auto lane = read_lane(request.name());
    if (!lane) co_return refuse(lane.error());
    co_return answer_with(control_.lane(*lane));
}

task<outcome<v1::Lane>> lane_handlers::pause_lane(std::string /*tenant*/,
                                                  v1::PauseLaneRequest request) {
    problem_list problems;
    const auto& reason = request.reason();
    const bool blank = reason.find_first_not_of(" \t") == std::string::npos;
    field_place(problems).wrong_if("reason",
                                   blank ? "is required" : line_problem(reason, reason_bytes_max));
    const auto lane = read_lane(request.name(), std::move(problems));
    if (!lane) co_return refuse(lane.error());
    auto paused = co_await control_.pause_lane(*lane, reason);
    co_return answer_with(paused);
}

task<outcome<v1::Lane>> lane_handlers::resume_lane(std::string /*tenant*/,
                                                   v1::ResumeLaneRequest request) {
    const auto lane = read_lane(request.name());
    if (!lane) co_return refuse(lane.error());
    auto resumed = co_await control_.resume_lane(*lane);
    co_return answer_with(resumed);
}

task<outcome<v1::Lane>> lane_handlers::set_lane_limit(std::string /*tenant*/,
                                                      v1::SetLaneLimitRequest request) {
    problem_list problems;
    std::optional<std::int64_t> limit;
    if (request.has_limit()) limit = request.limit();
    if (limit && (*limit < 1 || *limit > lane_limit_max))
        problems.add("limit", "must be 1 to 10000");
    const auto lane = read_lane(request.name(), std::move(problems));
    if (!lane) co_return refuse(lane.error());
    auto set = co_await control_.set_lane_limit(*lane, limit);
    co_return answer_with(set);
}

task<outcome<v1::ListEndpointsResponse>> lane_handlers::list_endpoints(
    std::string /*tenant*/, v1::ListEndpointsRequest /*request*/) {
    v1::ListEndpointsResponse answer;
    for (const auto& endpoint : control_.endpoints())
        write_endpoint(endpoint, *answer.add_endpoints());
    co_return answer;
}

task<outcome<v1::LoginEndpointResponse>> lane_handlers::login_endpoint(
    std::string /*tenant*/, v1::LoginEndpointRequest request) {
    const auto name = parse_endpoint(request.name());
    if (!name) co_return refuse(invalid("name", "must have the form endpoints/{name}"));
    auto done = co_await control_.log_in(*name);
    if (!done && done.error().code() == errc::not_found)
        co_return refuse(failure_from(done.error()));
    v1::LoginEndpointResponse answer;
    answer.set_accepted(done.has_value());
    if (!done) answer.set_trouble(presentable(done.error().message(), trouble_bytes_max));
    for (const auto& endpoint : control_.endpoints())
        if (endpoint.info.name == *name) write_endpoint(endpoint, *answer.mutable_endpoint());
    co_return answer;
}

}  // namespace cloned::rpc
