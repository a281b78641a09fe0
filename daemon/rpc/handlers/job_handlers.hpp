#pragma once

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "cloned/v1/job_service.pb.h"
#include "daemon/rpc/api/batch_reader.hpp"
#include "daemon/rpc/api/call_failure.hpp"
#include "daemon/rpc/api/resource_names.hpp"
#include "daemon/scheduler/job_control.hpp"
#include "storage/batch_store.hpp"

#include <string>

namespace cloned::rpc {

// The calls on batches and jobs, without gRPC.
//
// Threads:      the loop thread only.
// Errors:       what the store and the scheduler say, in the client's terms. Another tenant's batch
//               is as unknown as one that never was.
// Cancellation: none. Every call is a few short steps, and one cut off between the store's commit
//               and the scheduler's notice would leave jobs on disk that nobody sends.
// Lifetime:     the parts must outlive every call.
class job_handlers {
public:
    job_handlers(cloned::clock& time,
                 random_source& random,
                 storage::batch_store& store,
                 scheduler::job_control& control)
        : clock_(time), random_(random), store_(store), control_(control) {}

    task<outcome<v1::SubmitBatchResponse>> submit(std::string tenant, checked_batch input);

    task<outcome<v1::Batch>> get_batch(std::string tenant, v1::GetBatchRequest request);
    task<outcome<v1::ListBatchesResponse>> list_batches(std::string tenant,
                                                        v1::ListBatchesRequest request);
    task<outcome<v1::Job>> get_job(std::string tenant, v1::GetJobRequest request);
    task<outcome<v1::ListJobsResponse>> list_jobs(std::string tenant, v1::ListJobsRequest request);
    task<outcome<v1::Job>> cancel_job(std::string tenant, v1::CancelJobRequest request);
    task<outcome<v1::CancelBatchResponse>> cancel_batch(std::string tenant,
                                                        v1::CancelBatchRequest request);
    task<outcome<v1::RetryBatchResponse>> retry_batch(std::string tenant,
                                                      v1::RetryBatchRequest request);
    task<outcome<v1::Job>> resolve_job(std::string tenant, v1::ResolveJobRequest request);

    // The tenant's batch of that name (of a field called `field`).
    task<outcome<batch_record>> find_batch(std::string tenant, std::string name, std::string field);

private:
    task<outcome<job_record>> find_job(std::string tenant, std::string name);
    task<outcome<v1::SubmitBatchResponse>> answer_problems(checked_batch input);
    task<outcome<v1::SubmitBatchResponse>> check_only(storage::new_batch batch);

    cloned::clock& clock_;
    random_source& random_;
    storage::batch_store& store_;
    scheduler::job_control& control_;
};

// The states, lane and batch that a ListJobs request asks for.
outcome<storage::job_filter> read_job_filter(const std::string& tenant,
                                             const v1::ListJobsRequest& request);

// NOT_FOUND for the thing of that name.
failure unknown(std::string_view what, std::string_view name);

}  // namespace cloned::rpc
