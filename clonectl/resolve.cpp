#include "base/text.hpp"
#include "clonectl/commands.hpp"
#include "clonectl/resource_names.hpp"
#include "clonectl/tables.hpp"

#include <iostream>

namespace cloned::clonectl {

exit_code resolve(const connection& to, const resolve_options& options) {
    const auto found = parse_target(options.job);
    if (!found || found->job.empty()) {
        return report(exit_refused, concat("\"", options.job, "\" is no job; a job is BATCH/KEY"));
    }
    v1::ResolveJobRequest request;
    request.set_name(found->job);
    if (!options.adopt.empty()) {
        request.mutable_adopt()->set_vm(options.adopt);
    } else if (options.abandon) {
        request.mutable_abandon()->set_reason(*options.abandon);
    } else {
        request.mutable_look_again();
    }
    v1::Job job;
    const auto status = to.call(request, job);
    if (!status.ok()) return report(status);
    std::cout << short_job(job.name()) << ": " << state_name(job.state()) << '\n';
    return exit_ok;
}

}  // namespace cloned::clonectl
