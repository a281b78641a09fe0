#pragma once

#include "base/result.hpp"
#include "clonectl/exit_code.hpp"
#include "cloned/v1/job_service.grpc.pb.h"

#include <grpcpp/client_context.h>

#include <chrono>
#include <memory>
#include <string>

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

    v1::JobService::Stub& jobs() const { return *jobs_; }
    v1::LaneService::Stub& lanes() const { return *lanes_; }

    // To be called for each call's context. A limit of zero is none.
    void prepare(grpc::ClientContext& context, std::chrono::seconds limit) const;

    template <class Stub, class Request, class Reply>
    grpc::Status call(Stub& stub,
                      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                      const Request& request,
                      Reply& reply) const {
        grpc::ClientContext context;
        prepare(context, std::chrono::seconds(60));
        return (stub.*method)(&context, request, &reply);
    }

private:
    connection(const std::shared_ptr<grpc::Channel>& channel, std::string tenant);

    std::unique_ptr<v1::JobService::Stub> jobs_;
    std::unique_ptr<v1::LaneService::Stub> lanes_;
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

// Worth another try: no answer came, and a repeat does no harm.
bool is_unreachable(const grpc::Status& status);

// Prints why the call failed to stderr.
exit_code report(const grpc::Status& status);
exit_code report(exit_code code, const std::string& message);

}  // namespace cloned::clonectl
