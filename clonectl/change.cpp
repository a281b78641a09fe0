#include "base/text.hpp"
#include "clonectl/commands.hpp"
#include "clonectl/resource_names.hpp"
#include "clonectl/tables.hpp"
#include "clonectl/terminal.hpp"

#include <charconv>
#include <iostream>

namespace cloned::clonectl {
namespace {

using v1::JobService;
using v1::LaneService;

// Lanes have numbers; people know them as "endpoint/cluster/kind".
exit_code find_lane(const connection& to, const std::string& text, std::string& name) {
    if (auto lane = parse_lane(text)) {
        name = std::move(*lane);
        return exit_ok;
    }
    v1::ListLanesResponse reply;
    const auto status =
        to.call(to.lanes(), &LaneService::Stub::ListLanes, v1::ListLanesRequest(), reply);
    if (!status.ok()) return report(status);
    for (const v1::Lane& lane : reply.lanes()) {
        if (text != concat(lane.endpoint(), "/", lane.cluster(), "/", lane.kind())) continue;
        name = lane.name();
        return exit_ok;
    }
    return report(exit_refused,
                  concat("there is no lane ", text, "; give its number or endpoint/cluster/kind"));
}

template <class Request>
exit_code change_lane(const connection& to,
                      grpc::Status (LaneService::Stub::*method)(grpc::ClientContext*,
                                                                const Request&,
                                                                v1::Lane*),
                      const std::string& lane,
                      Request request) {
    const exit_code found = find_lane(to, lane, *request.mutable_name());
    if (found != exit_ok) return found;
    v1::Lane changed;
    const auto status = to.call(to.lanes(), method, request, changed);
    if (!status.ok()) return report(status);
    std::cout << lanes_text({changed}, terminal_width());
    return exit_ok;
}

exit_code cancel_batch(const connection& to, const std::string& name) {
    v1::CancelBatchRequest request;
    request.set_name(name);
    v1::CancelBatchResponse reply;
    const auto status = to.call(to.jobs(), &JobService::Stub::CancelBatch, request, reply);
    if (!status.ok()) return report(status);
    std::cout << reply.cancelled_count() << " cancelled, " << reply.requested_count()
              << " being asked to stop, " << reply.unaffected_count() << " had already ended\n";
    return exit_ok;
}

}  // namespace

exit_code cancel(const connection& to, const std::string& name) {
    const auto found = parse_target(name);
    if (!found) return report(exit_refused, concat("no batch and no job: ", name));
    if (found->job.empty()) return cancel_batch(to, found->batch);
    v1::CancelJobRequest request;
    request.set_name(found->job);
    v1::Job job;
    const auto status = to.call(to.jobs(), &JobService::Stub::CancelJob, request, job);
    if (!status.ok()) return report(status);
    std::cout << short_job(job.name()) << ": " << state_name(job.state())
              << (job.cancel_requested() ? ", cancellation asked for" : "") << '\n';
    return exit_ok;
}

exit_code retry(const connection& to, const std::string& batch, bool cancelled_too) {
    const auto found = parse_target(batch);
    if (!found || !found->job.empty()) return report(exit_refused, concat("no batch: ", batch));
    v1::RetryBatchRequest request;
    request.set_name(found->batch);
    request.set_include_cancelled(cancelled_too);
    v1::RetryBatchResponse reply;
    const auto status = to.call(to.jobs(), &JobService::Stub::RetryBatch, request, reply);
    if (!status.ok()) return report(status);
    std::cout << reply.retried_count() << " jobs queued again\n";
    return exit_ok;
}

exit_code resolve(const connection& to, const resolve_options& options) {
    const auto found = parse_target(options.job);
    if (!found || found->job.empty()) return report(exit_refused, concat("no job: ", options.job));
    v1::ResolveJobRequest request;
    request.set_name(found->job);
    if (!options.adopt.empty()) {
        request.mutable_adopt()->set_vm(options.adopt);
    } else if (options.abandon) {
        request.mutable_abandon()->set_reason(*options.abandon);
    } else if (options.look_again) {
        request.mutable_look_again();
    } else {
        return report(exit_refused, "say --adopt VM, --abandon [REASON] or --look-again");
    }
    v1::Job job;
    const auto status = to.call(to.jobs(), &JobService::Stub::ResolveJob, request, job);
    if (!status.ok()) return report(status);
    std::cout << short_job(job.name()) << ": " << state_name(job.state()) << '\n';
    return exit_ok;
}

exit_code pause_lane(const connection& to, const std::string& lane, const std::string& reason) {
    v1::PauseLaneRequest request;
    request.set_reason(reason);
    return change_lane(to, &LaneService::Stub::PauseLane, lane, request);
}

exit_code resume_lane(const connection& to, const std::string& lane) {
    return change_lane(to, &LaneService::Stub::ResumeLane, lane, v1::ResumeLaneRequest());
}

exit_code limit_lane(const connection& to, const std::string& lane, const std::string& limit) {
    v1::SetLaneLimitRequest request;
    if (limit != "default") {
        std::int64_t number = 0;
        const char* end = limit.data() + limit.size();
        const auto [rest, ec] = std::from_chars(limit.data(), end, number);
        if (ec != std::errc() || rest != end) {
            return report(exit_refused, "the limit is a whole number or the word default");
        }
        request.set_limit(number);
    }
    return change_lane(to, &LaneService::Stub::SetLaneLimit, lane, request);
}

}  // namespace cloned::clonectl
