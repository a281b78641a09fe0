#include "base/text.hpp"
#include "clonectl/commands.hpp"
#include "clonectl/output.hpp"
#include "clonectl/resource_names.hpp"
#include "clonectl/tables.hpp"

#include <algorithm>

namespace cloned::clonectl {
namespace {

// Asks for pages until there are `limit` items or no more.
template <class Reply, class Request, class Item>
grpc::Status collect(const connection& to,
                     Request request,
                     google::protobuf::RepeatedPtrField<Item>* (Reply::*items)(),
                     std::int64_t limit,
                     std::vector<Item>& out) {
    constexpr std::int64_t page = 1000;
    do {
        const std::int64_t missing = limit - static_cast<std::int64_t>(out.size());
        request.set_page_size(static_cast<std::int32_t>(std::min(page, missing)));
        Reply reply;
        const grpc::Status status = to.call(request, reply);
        if (!status.ok()) return status;
        for (Item& item : *(reply.*items)()) out.push_back(std::move(item));
        request.set_page_token(reply.next_page_token());
    } while (!request.page_token().empty() && static_cast<std::int64_t>(out.size()) < limit);
    if (!request.page_token().empty()) {
        std::cerr << "only the first " << out.size() << " are shown; --limit N shows more\n";
    }
    return grpc::Status::OK;
}

exit_code list_batches(const connection& to, const list_options& options) {
    v1::ListBatchesRequest request;
    for (const std::string& state : options.states) {
        if (state != "active" && state != "ended") {
            return report(exit_refused,
                          "the state of a batch is active or ended; to choose by a job's state: "
                          "clonectl list jobs --state STATE");
        }
        request.set_show(state == "active" ? v1::ListBatchesRequest::SHOW_ACTIVE
                                           : v1::ListBatchesRequest::SHOW_ENDED);
    }
    std::vector<v1::Batch> batches;
    const auto status =
        collect(to, request, &v1::ListBatchesResponse::mutable_batches, options.limit, batches);
    if (!status.ok()) return report(status);
    print_list(batches, "batches", options.json, batches_text);
    return exit_ok;
}

exit_code list_jobs(const connection& to, const list_options& options) {
    v1::ListJobsRequest request;
    request.set_parent("batches/-");
    if (!options.batch.empty()) {
        const auto found = parse_target(options.batch);
        if (!found || !found->job.empty()) return report(exit_refused, not_a_batch(options.batch));
        request.set_parent(found->batch);
    }
    for (const std::string& word : options.states) {
        const v1::JobState state = parse_state(word);
        if (state == v1::JOB_STATE_UNSPECIFIED) {
            return report(exit_refused,
                          concat("there is no state \"", word, "\"; there are ", state_names()));
        }
        request.add_states(state);
    }
    std::vector<v1::Job> jobs;
    const auto status =
        collect(to, request, &v1::ListJobsResponse::mutable_jobs, options.limit, jobs);
    if (!status.ok()) return report(status);
    print_list(jobs, "jobs", options.json, options.batch.empty() ? jobs_text : jobs_of_batch_text);
    return exit_ok;
}

}  // namespace

exit_code list(const connection& to, const list_options& options) {
    return options.what == "jobs" ? list_jobs(to, options) : list_batches(to, options);
}

}  // namespace cloned::clonectl
