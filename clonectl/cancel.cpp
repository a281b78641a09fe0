#include "base/text.hpp"
#include "clonectl/commands.hpp"
#include "clonectl/resource_names.hpp"
#include "clonectl/tables.hpp"

#include <iostream>

namespace cloned::clonectl {
namespace {

exit_code cancel_batch(const connection& to, const std::string& name) {
    v1::CancelBatchRequest request;
    request.set_name(name);
    v1::CancelBatchResponse reply;
    const auto status = to.call(request, reply);
    if (!status.ok()) return report(status);
    std::cout << reply.cancelled_count() << " cancelled, " << reply.requested_count()
              << " being asked to stop, " << reply.unaffected_count() << " had already ended";
    if (const auto left = reply.batch().counts().needs_operator(); left > 0) {
        std::cout << ", " << left << " left for an operator (see clonectl resolve --help)";
    }
    std::cout << '\n';
    return exit_ok;
}

exit_code cancel_job(const connection& to, const std::string& name) {
    v1::CancelJobRequest request;
    request.set_name(name);
    v1::Job job;
    const auto status = to.call(request, job);
    if (!status.ok()) return report(status);
    const bool ended_otherwise =
        job.state() == v1::JOB_STATE_SUCCEEDED || job.state() == v1::JOB_STATE_FAILED;
    std::cout << short_job(job.name()) << ": " << (ended_otherwise ? "had already " : "")
              << state_name(job.state())
              << (job.cancel_requested() ? ", cancellation asked for" : "") << '\n';
    return exit_ok;
}

}  // namespace

exit_code cancel(const connection& to, const std::string& name) {
    const auto found = parse_target(name);
    if (!found) return report(exit_refused, not_a_target(name));
    return found->job.empty() ? cancel_batch(to, found->batch) : cancel_job(to, found->job);
}

}  // namespace cloned::clonectl
