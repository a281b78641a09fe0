#include "daemon/rpc/api/convert.hpp"
#include "daemon/rpc/api/text_rules.hpp"
#include "daemon/rpc/handlers/job_handlers.hpp"

namespace cloned::rpc {
namespace {

using verdict = scheduler::resolution::verdict;

constexpr std::size_t abandon_reason_bytes_max = display_name_bytes_max;

// What the request says, whatever job it is about.
scheduler::resolution read_resolution(const v1::ResolveJobRequest& request,
                                      const field_place& place) {
    scheduler::resolution out;
    switch (request.resolution_case()) {
        case v1::ResolveJobRequest::kAdopt: {
            out.what = verdict::adopt;
            out.vm = request.adopt().vm();
            const bool missing = out.vm.empty();
            place.wrong_if("adopt.vm", missing
                                           ? "is required: the identifier of the VM that is the "
                                             "job's, such as vm-123"
                                           : id_problem(out.vm));
            break;
        }
        case v1::ResolveJobRequest::kAbandon:
            out.what = verdict::abandon;
            out.reason = request.abandon().reason();
            place.wrong_if("abandon.reason", line_problem(out.reason, abandon_reason_bytes_max));
            break;
        case v1::ResolveJobRequest::kLookAgain:
            out.what = verdict::look_again;
            break;
        case v1::ResolveJobRequest::RESOLUTION_NOT_SET:
            place.wrong("resolution", "is required: one of adopt, abandon and look_again");
            break;
    }
    return out;
}

// A slip of the hand would be believed forever.
const char* adoption_problem(const job_record& job, const std::string& vm) {
    const auto& spec = job.request.spec;
    const auto& named = source_of(spec);
    const auto& source = named.empty() ? job.given_vm : named;
    if (changes_its_vm(kind_of(spec)))
        return vm == source ? nullptr : "must be the VM that the job works on";
    if (vm == source)
        return "must be the VM that the job made, and this is the one it was made from";
    return nullptr;
}

}  // namespace

task<outcome<v1::Job>> job_handlers::resolve_job(std::string tenant,
                                                 v1::ResolveJobRequest request) {
    problem_list problems;
    auto what = read_resolution(request, field_place(problems));
    if (!parse_job(request.name()))
        problems.add("name", "must have the form batches/{uuid}/jobs/{key}");
    if (!problems.empty()) co_return refuse(invalid(problems));
    auto job = co_await find_job(tenant, request.name());
    if (!job) co_return refuse(job.error());
    const bool needs_it = job->progress.state == job_state::needs_operator;
    if (needs_it && what.what == verdict::adopt) {
        const char* problem = adoption_problem(*job, what.vm);
        if (problem != nullptr) co_return refuse(invalid("adopt.vm", problem));
    }
    const auto done = co_await control_.resolve(job->id, std::move(what));
    if (!done) co_return refuse(failure_from(done.error()));
    auto now = co_await find_job(std::move(tenant), request.name());
    if (!now) co_return refuse(now.error());
    v1::Job answer;
    write_job(*now, answer);
    co_return answer;
}

}  // namespace cloned::rpc
