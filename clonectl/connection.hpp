#pragma once

#include "base/result.hpp"
#include "cloned/v1/job_service.pb.h"

#include <grpcpp/support/status.h>

#include <chrono>
#include <memory>
#include <string>

namespace grpc {
class Channel;
class ClientContext;
}  // namespace grpc

namespace cloned::clonectl {

struct connection_options {
    std::string address;
    std::string tls_ca;
    std::string tls_cert;
    std::string tls_key;
    std::string tenant;
};

// The channel to the daemon. Nothing is sent before the first call.
//
// Threads: any, also several at once.
class connection {
public:
    // Fails if the address or the certificates make no sense.
    static result<std::unique_ptr<connection>> open(const connection_options& options);

    ~connection();

    // One call each, named by its request; each has a minute. The generated stubs stay out of this
    // header, which every command includes: they take long to compile.
    grpc::Status call(const v1::GetBatchRequest& request, v1::Batch& reply) const;
    grpc::Status call(const v1::ListBatchesRequest& request, v1::ListBatchesResponse& reply) const;
    grpc::Status call(const v1::GetJobRequest& request, v1::Job& reply) const;
    grpc::Status call(const v1::ListJobsRequest& request, v1::ListJobsResponse& reply) const;
    grpc::Status call(const v1::CancelJobRequest& request, v1::Job& reply) const;
    grpc::Status call(const v1::CancelBatchRequest& request, v1::CancelBatchResponse& reply) const;
    grpc::Status call(const v1::RetryBatchRequest& request, v1::RetryBatchResponse& reply) const;
    grpc::Status call(const v1::ResolveJobRequest& request, v1::Job& reply) const;
    grpc::Status call(const v1::ListLanesRequest& request, v1::ListLanesResponse& reply) const;
    grpc::Status call(const v1::PauseLaneRequest& request, v1::Lane& reply) const;
    grpc::Status call(const v1::ResumeLaneRequest& request, v1::Lane& reply) const;
    grpc::Status call(const v1::SetLaneLimitRequest& request, v1::Lane& reply) const;
    grpc::Status call(const v1::ListEndpointsRequest& request,
                      v1::ListEndpointsResponse& reply) const;
    grpc::Status call(const v1::LoginEndpointRequest& request,
                      v1::LoginEndpointResponse& reply) const;

    // For calls that stream or may take longer: a stub of their own, and a context that was
    // prepared. A limit of zero is none.
    const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
    void prepare(grpc::ClientContext& context, std::chrono::seconds limit) const;

private:
    struct stubs;

    connection(std::shared_ptr<grpc::Channel> channel, std::string tenant);

    template <class Stub, class Request, class Reply>
    grpc::Status call(Stub& stub,
                      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                      const Request& request,
                      Reply& reply) const;

    std::shared_ptr<grpc::Channel> channel_;
    std::unique_ptr<stubs> stubs_;
    std::string tenant_;
};

// How long a daemon that does not answer is waited for, and the pauses between two tries.
class patience {
public:
    explicit patience(std::chrono::seconds limit) : limit_(limit) {}

    // Sleeps until the next try is due; false once the limit is used up.
    bool wait();

    // The daemon answered.
    void reset();

private:
    std::chrono::seconds limit_;
    std::chrono::milliseconds pause_ = first_pause;
    std::chrono::steady_clock::time_point since_{};

    static constexpr std::chrono::milliseconds first_pause{200};
};

}  // namespace cloned::clonectl
