#include "base/text.hpp"
#include "clonectl/commands.hpp"
#include "clonectl/resource_names.hpp"
#include "clonectl/tables.hpp"
#include "clonectl/terminal.hpp"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <iostream>

namespace cloned::clonectl {
namespace {

using v1::JobService;
using v1::LaneService;

std::string json_of(const google::protobuf::Message& message, bool spread) {
    google::protobuf::util::JsonPrintOptions options;
    options.add_whitespace = spread;
    std::string out;
    const auto status = google::protobuf::util::MessageToJsonString(message, &out, options);
    if (!status.ok()) return "{}";
    if (!out.ends_with('\n')) out += '\n';
    return out;
}

// As JSON a list has the form of the API's answer, {"jobs": [...]}, with one item a line.
template <class List>
void print_list(const List& list,
                const char* name,
                bool json,
                std::string (*table)(const List&, std::size_t)) {
    if (!json) {
        std::cout << table(list, terminal_width());
        return;
    }
    std::cout << "{\"" << name << "\": [";
    const char* separator = "\n";
    for (const auto& item : list) {
        std::string text = json_of(item, false);
        text.pop_back();
        std::cout << separator << text;
        separator = ",\n";
    }
    std::cout << "\n]}\n";
}

template <class Message>
std::vector<Message> to_vector(const google::protobuf::RepeatedPtrField<Message>& from) {
    return {from.begin(), from.end()};
}

// Asks for pages until there are `limit` items or no more.
template <class Request, class Reply, class Item, class Stub>
grpc::Status collect(const connection& to,
                     Stub& stub,
                     grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                     Request request,
                     google::protobuf::RepeatedPtrField<Item>* (Reply::*items)(),
                     std::int64_t limit,
                     std::vector<Item>& out) {
    constexpr std::int64_t page = 1000;
    do {
        const std::int64_t missing = limit - static_cast<std::int64_t>(out.size());
        request.set_page_size(static_cast<std::int32_t>(std::min(page, missing)));
        Reply reply;
        const grpc::Status status = to.call(stub, method, request, reply);
        if (!status.ok()) return status;
        for (Item& item : *(reply.*items)()) out.push_back(std::move(item));
        request.set_page_token(reply.next_page_token());
    } while (!request.page_token().empty() && static_cast<std::int64_t>(out.size()) < limit);
    if (!request.page_token().empty()) {
        std::cerr << "there are more; see --limit\n";
    }
    return grpc::Status::OK;
}

exit_code list_batches(const connection& to, const list_options& options) {
    v1::ListBatchesRequest request;
    for (const std::string& state : options.states) {
        if (state != "active" && state != "ended") {
            return report(exit_refused, "the state of a batch is active or ended");
        }
        request.set_show(state == "active" ? v1::ListBatchesRequest::SHOW_ACTIVE
                                           : v1::ListBatchesRequest::SHOW_ENDED);
    }
    std::vector<v1::Batch> batches;
    const grpc::Status status =
        collect(to, to.jobs(), &JobService::Stub::ListBatches, request,
                &v1::ListBatchesResponse::mutable_batches, options.limit, batches);
    if (!status.ok()) return report(status);
    print_list(batches, "batches", options.json, batches_text);
    return exit_ok;
}

exit_code list_jobs(const connection& to, const list_options& options) {
    v1::ListJobsRequest request;
    request.set_parent("batches/-");
    if (!options.batch.empty()) {
        const auto found = parse_target(options.batch);
        if (!found || !found->job.empty()) {
            return report(exit_refused, concat("no batch: ", options.batch));
        }
        request.set_parent(found->batch);
    }
    for (const std::string& word : options.states) {
        const v1::JobState state = parse_state(word);
        if (state == v1::JOB_STATE_UNSPECIFIED) {
            return report(exit_refused, concat("there is no state \"", word, "\""));
        }
        request.add_states(state);
    }
    std::vector<v1::Job> jobs;
    const grpc::Status status = collect(to, to.jobs(), &JobService::Stub::ListJobs, request,
                                        &v1::ListJobsResponse::mutable_jobs, options.limit, jobs);
    if (!status.ok()) return report(status);
    print_list(jobs, "jobs", options.json, options.batch.empty() ? jobs_text : jobs_of_batch_text);
    return exit_ok;
}

}  // namespace

exit_code get(const connection& to, const std::string& name, bool json) {
    const auto found = parse_target(name);
    if (!found) return report(exit_refused, concat("no batch and no job: ", name));
    if (found->job.empty()) {
        v1::GetBatchRequest request;
        request.set_name(found->batch);
        v1::Batch batch;
        const auto status = to.call(to.jobs(), &JobService::Stub::GetBatch, request, batch);
        if (!status.ok()) return report(status);
        std::cout << (json ? json_of(batch, true) : batch_text(batch));
        return exit_ok;
    }
    v1::GetJobRequest request;
    request.set_name(found->job);
    v1::Job job;
    const auto status = to.call(to.jobs(), &JobService::Stub::GetJob, request, job);
    if (!status.ok()) return report(status);
    std::cout << (json ? json_of(job, true) : job_text(job));
    return exit_ok;
}

exit_code list(const connection& to, const list_options& options) {
    return options.what == "jobs" ? list_jobs(to, options) : list_batches(to, options);
}

exit_code list_lanes(const connection& to, bool json) {
    v1::ListLanesResponse reply;
    const auto status =
        to.call(to.lanes(), &LaneService::Stub::ListLanes, v1::ListLanesRequest(), reply);
    if (!status.ok()) return report(status);
    print_list(to_vector(reply.lanes()), "lanes", json, lanes_text);
    return exit_ok;
}

exit_code list_endpoints(const connection& to, bool json) {
    v1::ListEndpointsResponse reply;
    const auto status =
        to.call(to.lanes(), &LaneService::Stub::ListEndpoints, v1::ListEndpointsRequest(), reply);
    if (!status.ok()) return report(status);
    print_list(to_vector(reply.endpoints()), "endpoints", json, endpoints_text);
    return exit_ok;
}

}  // namespace cloned::clonectl
