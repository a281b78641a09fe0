#include "base/text.hpp"
#include "clonectl/commands.hpp"
#include "clonectl/output.hpp"
#include "clonectl/resource_names.hpp"
#include "clonectl/tables.hpp"

namespace cloned::clonectl {
namespace {

template <class Request, class Resource>
exit_code show(const connection& to,
               const std::string& name,
               bool json,
               std::string (*text)(const Resource&)) {
    Request request;
    request.set_name(name);
    Resource resource;
    const auto status = to.call(request, resource);
    if (!status.ok()) return report(status);
    std::cout << (json ? json_text(resource) : text(resource));
    return exit_ok;
}

}  // namespace

exit_code get(const connection& to, const std::string& name, bool json) {
    const auto found = parse_target(name);
    if (!found) return report(exit_refused, not_a_target(name));
    if (!found->job.empty()) return show<v1::GetJobRequest>(to, found->job, json, job_text);
    return show<v1::GetBatchRequest>(to, found->batch, json, batch_text);
}

}  // namespace cloned::clonectl
