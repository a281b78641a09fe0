// The bytes of a SubmitBatchRequest: problems, or jobs that survive being stored.
#include "base/check.hpp"
#include "cloned/v1/job_service.pb.h"
#include "daemon/rpc/api/convert.hpp"
#include "storage/spec_codec.hpp"
#include "tests/rpc/requests.hpp"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cstdint>

namespace {

using namespace cloned;

constexpr rpc::batch_rules rules{.jobs_max = 20, .default_max_attempts = 3};

const rpc::endpoint_directory& endpoints() {
    static const auto all = [] {
        auto out = rpc::test::some_endpoints();
        endpoint_info zstack;
        zstack.name = "zs-1";
        zstack.kind = endpoint_kind::zstack;
        zstack.default_cluster = "1a82b64867b949e483598cee2b9b856c";
        out.push_back(zstack);
        endpoint_info guests;
        guests.name = "vj-1";
        guests.kind = endpoint_kind::vi_json;
        guests.inventory = "vc-1";
        guests.credentials = {"root", "domain"};
        out.push_back(guests);
        return out;
    }();
    static const rpc::endpoint_directory directory(all);
    return directory;
}

bool is_one_line(const std::string& text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

void check_problems(const rpc::problem_list& problems) {
    const auto& kept = problems.kept();
    CLONED_CHECK(!kept.empty() && kept.size() <= rpc::problem_list::kept_max,
                 "too few, or too many");
    CLONED_CHECK(problems.in_all() >= kept.size(), "more are kept than counted");
    for (const auto& problem : kept) {
        CLONED_CHECK(!problem.description.empty(), "a problem without words");
        CLONED_CHECK(is_one_line(problem.field) && is_one_line(problem.description),
                     "a problem of several lines");
    }
}

void check_stored(const job_request& job) {
    const auto spec = storage::decode_spec(kind_of(job.spec), storage::encode_spec(job.spec));
    CLONED_CHECK(spec && *spec == job.spec, "a spec was changed by being stored");
    const auto labels = storage::decode_labels(storage::encode_labels(job.labels));
    CLONED_CHECK(labels && *labels == job.labels, "labels were changed by being stored");
}

// What is shown of a job can be sent as it is, and is the same job.
void check_shown(const job_request& job) {
    v1::JobSpec shown;
    rpc::write_spec(job, shown);
    std::string bytes;
    CLONED_CHECK(shown.SerializeToString(&bytes) && shown.ParseFromString(bytes),
                 "it cannot be sent");
    const auto again = rpc::read_job(shown, 0);
    CLONED_CHECK(again.spec == job.spec, "a spec was changed by being shown");
    CLONED_CHECK(again.key == job.key && again.labels == job.labels && again.after == job.after &&
                     again.priority == job.priority && again.max_attempts == job.max_attempts &&
                     again.not_before == job.not_before && again.deadline == job.deadline,
                 "a job was changed by being shown");
}

void check_job(const job_request& job) {
    CLONED_CHECK(!job.key.empty() && !job.cluster.empty(), "a job without a key or a cluster");
    const auto* endpoint = endpoints().find(job.endpoint);
    CLONED_CHECK(endpoint != nullptr && endpoint_serves(endpoint->kind, kind_of(job.spec)),
                 "a job that nobody serves");
    CLONED_CHECK(job.max_attempts >= 1 && job.max_attempts <= 20, "attempts out of bounds");
    CLONED_CHECK(!source_of(job.spec).empty() || !job.after.empty(), "a job on no VM");
    CLONED_CHECK(!job.deadline || *job.deadline > rpc::test::some_time(),
                 "a deadline that has passed");
    CLONED_CHECK(changes_its_vm(kind_of(job.spec)) || !identity_of(job.spec).name.empty(),
                 "a VM without a name");
    CLONED_CHECK(is_one_line(identity_of(job.spec).name), "a name of several lines");
    check_stored(job);
    check_shown(job);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    google::protobuf::SetLogHandler(nullptr);  // it tells of each text that is no UTF-8
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    v1::SubmitBatchRequest request;
    if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
    const auto read = rpc::test::read_batch(request, endpoints(), rules);
    CLONED_CHECK(read.batch.content_hash.size() == 64, "a request without a hash");
    const auto again = rpc::test::read_batch(request, endpoints(), rules);
    CLONED_CHECK(read.batch.content_hash == again.batch.content_hash, "a hash that is not its own");
    if (!read.problems.empty()) {
        check_problems(read.problems);
        return 0;
    }
    CLONED_CHECK(read.batch.jobs.size() == static_cast<std::size_t>(request.jobs_size()),
                 "jobs were lost on the way");
    CLONED_CHECK(!read.batch.jobs.empty() && read.batch.jobs.size() <= rules.jobs_max,
                 "too many jobs");
    for (const auto& job : read.batch.jobs) check_job(job);
    return 0;
}
