#include "base/text.hpp"
#include "clonectl/commands.hpp"
#include "clonectl/resource_names.hpp"
#include "clonectl/tables.hpp"

#include <iostream>

namespace cloned::clonectl {

exit_code retry(const connection& to, const std::string& batch, bool cancelled_too) {
    const auto found = parse_target(batch);
    if (!found || !found->job.empty()) return report(exit_refused, not_a_batch(batch));
    v1::RetryBatchRequest request;
    request.set_name(found->batch);
    request.set_include_cancelled(cancelled_too);
    v1::RetryBatchResponse reply;
    const auto status = to.call(request, reply);
    if (!status.ok()) return report(status);
    std::cout << jobs_count(reply.retried_count()) << " queued again\n";
    return exit_ok;
}

}  // namespace cloned::clonectl
