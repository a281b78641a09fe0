#include "clonectl/connection.hpp"

#include "base/text.hpp"
#include "cloned/v1/job_service.grpc.pb.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

namespace cloned::clonectl {
namespace {

result<std::string> read_file(const std::string& path) {
    if (path.empty()) return std::string();
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in || text.str().empty()) return fail(errc::not_found, concat("cannot read ", path));
    return text.str();
}

bool is_local(std::string_view address) {
    return address.starts_with("localhost:") || address.starts_with("127.") ||
           address.starts_with("[::1]:");
}

result<std::shared_ptr<grpc::ChannelCredentials>> make_credentials(const connection_options& o) {
    const bool tls = !o.tls_ca.empty() || !o.tls_cert.empty() || !o.tls_key.empty();
    const bool socket = o.address.starts_with("unix:");
    if (!tls) {
        if (socket || is_local(o.address)) return grpc::InsecureChannelCredentials();
        return fail(
            errc::invalid_argument,
            concat(o.address, " is another machine: give --tls-ca, --tls-cert and --tls-key"));
    }
    if (socket) return fail(errc::invalid_argument, "a Unix socket has no TLS");
    if (o.tls_cert.empty() != o.tls_key.empty()) {
        return fail(errc::invalid_argument, "--tls-cert and --tls-key belong together");
    }
    auto ca = read_file(o.tls_ca);
    if (!ca) return fail(ca.error());
    auto cert = read_file(o.tls_cert);
    if (!cert) return fail(cert.error());
    auto key = read_file(o.tls_key);
    if (!key) return fail(key.error());
    grpc::SslCredentialsOptions ssl;
    ssl.pem_root_certs = std::move(*ca);
    ssl.pem_cert_chain = std::move(*cert);
    ssl.pem_private_key = std::move(*key);
    return grpc::SslCredentials(ssl);
}

}  // namespace

struct connection::stubs {
    v1::JobService::Stub jobs;
    v1::LaneService::Stub lanes;
};

connection::connection(std::shared_ptr<grpc::Channel> channel, std::string tenant)
    : channel_(std::move(channel)),
      stubs_(new stubs{v1::JobService::Stub(channel_), v1::LaneService::Stub(channel_)}),
      tenant_(std::move(tenant)) {}

connection::~connection() = default;

result<std::unique_ptr<connection>> connection::open(const connection_options& options) {
    auto credentials = make_credentials(options);
    if (!credentials) return fail(credentials.error());
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(64 << 20);
    // The daemon is a neighbour, and its restart should be noticed at once.
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
    const auto channel = grpc::CreateCustomChannel(options.address, *credentials, arguments);
    return std::unique_ptr<connection>(new connection(channel, options.tenant));
}

void connection::prepare(grpc::ClientContext& context, std::chrono::seconds limit) const {
    if (limit.count() > 0) context.set_deadline(std::chrono::system_clock::now() + limit);
    if (!tenant_.empty()) context.AddMetadata("cloned-tenant", tenant_);
}

template <class Stub, class Request, class Reply>
grpc::Status connection::call(Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                           const Request&,
                                                           Reply*),
                              const Request& request,
                              Reply& reply) const {
    grpc::ClientContext context;
    prepare(context, std::chrono::seconds(60));
    return (stub.*method)(&context, request, &reply);
}

grpc::Status connection::call(const v1::GetBatchRequest& request, v1::Batch& reply) const {
    return call(stubs_->jobs, &v1::JobService::Stub::GetBatch, request, reply);
}

grpc::Status connection::call(const v1::ListBatchesRequest& request,
                              v1::ListBatchesResponse& reply) const {
    return call(stubs_->jobs, &v1::JobService::Stub::ListBatches, request, reply);
}

grpc::Status connection::call(const v1::GetJobRequest& request, v1::Job& reply) const {
    return call(stubs_->jobs, &v1::JobService::Stub::GetJob, request, reply);
}

grpc::Status connection::call(const v1::ListJobsRequest& request,
                              v1::ListJobsResponse& reply) const {
    return call(stubs_->jobs, &v1::JobService::Stub::ListJobs, request, reply);
}

grpc::Status connection::call(const v1::CancelJobRequest& request, v1::Job& reply) const {
    return call(stubs_->jobs, &v1::JobService::Stub::CancelJob, request, reply);
}

grpc::Status connection::call(const v1::CancelBatchRequest& request,
                              v1::CancelBatchResponse& reply) const {
    return call(stubs_->jobs, &v1::JobService::Stub::CancelBatch, request, reply);
}

grpc::Status connection::call(const v1::RetryBatchRequest& request,
                              v1::RetryBatchResponse& reply) const {
    return call(stubs_->jobs, &v1::JobService::Stub::RetryBatch, request, reply);
}

grpc::Status connection::call(const v1::ResolveJobRequest& request, v1::Job& reply) const {
    return call(stubs_->jobs, &v1::JobService::Stub::ResolveJob, request, reply);
}

grpc::Status connection::call(const v1::ListLanesRequest& request,
                              v1::ListLanesResponse& reply) const {
    return call(stubs_->lanes, &v1::LaneService::Stub::ListLanes, request, reply);
}

grpc::Status connection::call(const v1::PauseLaneRequest& request, v1::Lane& reply) const {
    return call(stubs_->lanes, &v1::LaneService::Stub::PauseLane, request, reply);
}

grpc::Status connection::call(const v1::ResumeLaneRequest& request, v1::Lane& reply) const {
    return call(stubs_->lanes, &v1::LaneService::Stub::ResumeLane, request, reply);
}

grpc::Status connection::call(const v1::SetLaneLimitRequest& request, v1::Lane& reply) const {
    return call(stubs_->lanes, &v1::LaneService::Stub::SetLaneLimit, request, reply);
}

grpc::Status connection::call(const v1::ListEndpointsRequest& request,
                              v1::ListEndpointsResponse& reply) const {
    return call(stubs_->lanes, &v1::LaneService::Stub::ListEndpoints, request, reply);
}

grpc::Status connection::call(const v1::LoginEndpointRequest& request,
                              v1::LoginEndpointResponse& reply) const {
    return call(stubs_->lanes, &v1::LaneService::Stub::LoginEndpoint, request, reply);
}

bool patience::wait() {
    const auto now = std::chrono::steady_clock::now();
    if (since_ == std::chrono::steady_clock::time_point{}) since_ = now;
    if (now - since_ >= limit_) return false;
    // Not all watchers come back in the same instant.
    std::random_device random;
    std::this_thread::sleep_for(pause_ / 2 + pause_ * (random() % 100U) / 200);
    pause_ = std::min(pause_ * 3 / 2, std::chrono::milliseconds(2000));
    return true;
}

void patience::reset() {
    since_ = {};
    pause_ = first_pause;
}

}  // namespace cloned::clonectl
