#include "cloned/v1/job_service.grpc.pb.h"
#include "daemon/rpc/handlers/job_handlers.hpp"
#include "daemon/rpc/handlers/watch_handlers.hpp"
#include "daemon/rpc/transport/services.hpp"
#include "daemon/rpc/transport/stream_call.hpp"
#include "daemon/rpc/transport/submit_stream.hpp"
#include "daemon/rpc/transport/unary_call.hpp"

namespace cloned::rpc {
namespace {

using context_type = grpc::CallbackServerContext;
using unary_reactor = grpc::ServerUnaryReactor;

class job_service final : public v1::JobService::CallbackService {
public:
    job_service(call_environment& environment,
                job_handlers& jobs,
                watch_handlers& watching,
                watch_hub& hub)
        : environment_(environment), jobs_(jobs), watching_(watching), hub_(hub) {}

    unary_reactor* SubmitBatch(context_type* context,
                               const v1::SubmitBatchRequest* request,
                               v1::SubmitBatchResponse* response) override;

    grpc::ServerReadReactor<v1::SubmitJobsRequest>* SubmitJobs(
        context_type* context, v1::SubmitBatchResponse* response) override {
        return start_submit_stream(environment_, jobs_, *context, response);
    }

    unary_reactor* GetBatch(context_type* context,
                            const v1::GetBatchRequest* request,
                            v1::Batch* response) override {
        return call(context, request, response, &job_handlers::get_batch);
    }
    unary_reactor* ListBatches(context_type* context,
                               const v1::ListBatchesRequest* request,
                               v1::ListBatchesResponse* response) override {
        return call(context, request, response, &job_handlers::list_batches);
    }
    unary_reactor* GetJob(context_type* context,
                          const v1::GetJobRequest* request,
                          v1::Job* response) override {
        return call(context, request, response, &job_handlers::get_job);
    }
    unary_reactor* ListJobs(context_type* context,
                            const v1::ListJobsRequest* request,
                            v1::ListJobsResponse* response) override {
        return call(context, request, response, &job_handlers::list_jobs);
    }
    unary_reactor* CancelJob(context_type* context,
                             const v1::CancelJobRequest* request,
                             v1::Job* response) override {
        return call(context, request, response, &job_handlers::cancel_job);
    }
    unary_reactor* CancelBatch(context_type* context,
                               const v1::CancelBatchRequest* request,
                               v1::CancelBatchResponse* response) override {
        return call(context, request, response, &job_handlers::cancel_batch);
    }
    unary_reactor* RetryBatch(context_type* context,
                              const v1::RetryBatchRequest* request,
                              v1::RetryBatchResponse* response) override {
        return call(context, request, response, &job_handlers::retry_batch);
    }
    unary_reactor* ResolveJob(context_type* context,
                              const v1::ResolveJobRequest* request,
                              v1::Job* response) override {
        return call(context, request, response, &job_handlers::resolve_job);
    }

    grpc::ServerWriteReactor<v1::WatchBatchResponse>* WatchBatch(
        context_type* context, const v1::WatchBatchRequest* request) override {
        return watch<v1::WatchBatchResponse>(context, request, &watch_handlers::watch_batch);
    }
    grpc::ServerWriteReactor<v1::WatchJobsResponse>* WatchJobs(
        context_type* context, const v1::WatchJobsRequest* request) override {
        return watch<v1::WatchJobsResponse>(context, request, &watch_handlers::watch_jobs);
    }

private:
    template <class Request, class Response>
    unary_reactor* call(context_type* context,
                        const Request* request,
                        Response* response,
                        task<outcome<Response>> (job_handlers::*method)(std::string, Request)) {
        return simple_call(environment_, *context, *request, response, jobs_, method);
    }

    template <class Response, class Request, class Method>
    grpc::ServerWriteReactor<Response>* watch(context_type* context,
                                              const Request* request,
                                              Method method);

    call_environment& environment_;
    job_handlers& jobs_;
    watch_handlers& watching_;
    watch_hub& hub_;
};

// All the work on 10,000 jobs that needs neither store nor scheduler is done here, on gRPC's
// thread: it would hold up the loop for tens of milliseconds.
unary_reactor* job_service::SubmitBatch(context_type* context,
                                        const v1::SubmitBatchRequest* request,
                                        v1::SubmitBatchResponse* response) {
    auto entry = enter(environment_, environment_.calls, *context);
    if (!entry) return refuse_call(*context, entry.error());
    const batch_rules rules{batch_jobs_max, environment_.options.default_max_attempts};
    batch_reader reader(environment_.endpoints, rules, environment_.time.wall());
    check_known(*request, reader.place());
    reader.header({request->request_id(), request->display_name(), request->validate_only(),
                   request->leftover_policy()});
    for (const auto& job : request->jobs()) reader.job(job);
    auto handler = [this, tenant = std::move(entry->tenant), batch = reader.finish()]() mutable {
        return jobs_.submit(std::move(tenant), std::move(batch));
    };
    return start_unary(environment_, std::move(entry->place), response, std::move(handler));
}

template <class Response, class Request, class Method>
grpc::ServerWriteReactor<Response>* job_service::watch(context_type* context,
                                                       const Request* request,
                                                       Method method) {
    auto entry = enter(environment_, environment_.watchers, *context);
    if (!entry) return refuse_stream<Response>(environment_, entry.error());
    problem_list problems;
    check_known(*request, field_place(problems));
    if (!problems.empty()) return refuse_stream<Response>(environment_, invalid(problems));
    // Not by `this`: GCC 12's sanitizer of virtual pointers reads an uninitialised copy of it where
    // a pointer to a member function is called.
    auto handler = [&watching = watching_, method, tenant = std::move(entry->tenant),
                    request =
                        Request(*request)](std::shared_ptr<watch_stream<Response>> stream) mutable {
        return (watching.*method)(std::move(tenant), std::move(request), std::move(stream));
    };
    return start_stream<Response>(environment_, hub_, std::move(entry->place), std::move(handler));
}

}  // namespace

std::unique_ptr<grpc::Service> make_job_service(call_environment& environment,
                                                job_handlers& jobs,
                                                watch_handlers& watching,
                                                watch_hub& hub) {
    return std::make_unique<job_service>(environment, jobs, watching, hub);
}

}  // namespace cloned::rpc
