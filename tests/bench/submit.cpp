#include "tests/bench/submit.hpp"

#include "base/text.hpp"
#include "cloned/v1/job_service.grpc.pb.h"
#include "tests/bench/accounts.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <list>
#include <memory>
#include <thread>
#include <vector>

namespace cloned::bench {
namespace {

constexpr auto patience = std::chrono::minutes(5);

v1::SubmitBatchRequest make_batch(const submit_options& options, std::int64_t first) {
    v1::SubmitBatchRequest out;
    out.set_request_id(boost::uuids::to_string(boost::uuids::random_generator()()));
    out.set_display_name(concat(options.prefix, " from ", std::to_string(first)));
    const auto end = std::min(first + options.batch, options.count);
    for (auto i = first; i < end; ++i) {
        auto& job = *out.add_jobs();
        job.set_key(concat(options.prefix, "-", std::to_string(i)));
        job.set_endpoint(options.endpoint);
        auto& clone = *job.mutable_linked_clone();
        clone.set_vm(options.vm);
        clone.set_snapshot(options.snapshot);
        clone.set_name(job.key());
    }
    return out;
}

// Follows one batch on a thread of its own.
class follower {
public:
    follower(v1::JobService::Stub& jobs, std::string batch)
        : thread_([this, &jobs, name = std::move(batch)] { follow(jobs, name); }) {}
    ~follower() {
        if (thread_.joinable()) thread_.join();
    }
    follower(const follower&) = delete;
    follower& operator=(const follower&) = delete;

    // Waits for the end.
    void join() { thread_.join(); }
    const grpc::Status& status() const { return status_; }
    const v1::Batch& last() const { return last_; }
    std::int64_t events() const { return events_; }

private:
    void follow(v1::JobService::Stub& jobs, const std::string& name) {
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + patience);
        v1::WatchBatchRequest request;
        request.set_name(name);
        const auto stream = jobs.WatchBatch(&context, request);
        v1::WatchBatchResponse response;
        while (stream->Read(&response)) {
            events_ += response.events_size();
            last_ = response.batch();
        }
        status_ = stream->Finish();
    }

    grpc::Status status_;
    v1::Batch last_;
    std::int64_t events_ = 0;
    std::thread thread_;  // the last member: it uses the others
};

error error_of(const grpc::Status& status, std::string_view call) {
    return error(errc::upstream_failed, concat(call, ": ", status.error_message()));
}

result<void> add_ends(boost::json::object& out, std::list<follower>& watched) {
    std::int64_t succeeded = 0;
    std::int64_t others = 0;
    std::int64_t events = 0;
    for (auto& one : watched) {
        one.join();
        if (!one.status().ok()) return fail(error_of(one.status(), "WatchBatch"));
        succeeded += one.last().counts().succeeded();
        others += one.last().job_count() - one.last().counts().succeeded();
        events += one.events();
    }
    out["succeeded"] = succeeded;
    out["not_succeeded"] = others;
    out["events"] = events;
    return {};
}

}  // namespace

result<boost::json::object> submit(const submit_options& options) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetMaxReceiveMessageSize(64 << 20);
    const auto channel =
        grpc::CreateCustomChannel(options.address, grpc::InsecureChannelCredentials(), arguments);
    const auto jobs = v1::JobService::NewStub(channel);
    if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10)))
        return fail(errc::unavailable, concat(options.address, " does not answer"));

    const stopwatch whole;
    std::vector<double> calls;
    std::list<follower> watched;
    for (std::int64_t first = 0; first < options.count; first += options.batch) {
        const auto request = make_batch(options, first);
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + patience);
        v1::SubmitBatchResponse response;
        const stopwatch call;
        const auto status = jobs->SubmitBatch(&context, request, &response);
        calls.push_back(call.seconds());
        if (!status.ok()) return fail(error_of(status, "SubmitBatch"));
        if (options.watch) watched.emplace_back(*jobs, response.batch().name());
    }
    double in_calls = 0;
    for (const auto call : calls) in_calls += call;
    auto out = pace("jobs", options.count, in_calls);
    out["batches"] = calls.size();
    add_latencies(out, std::move(calls));
    auto ended = add_ends(out, watched);
    if (!ended) return fail(ended.error());
    out["whole_seconds"] = whole.seconds();
    return out;
}

}  // namespace cloned::bench
