#include "cloned/v1/job_service.grpc.pb.h"
#include "daemon/rpc/transport/services.hpp"
#include "daemon/rpc/transport/stream_call.hpp"

#include <grpc/health/v1/health.grpc.pb.h>

#include <chrono>

namespace cloned::rpc {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using context_type = grpc::CallbackServerContext;

// Only that no wait is without end; what ends it is a wake.
constexpr std::chrono::hours longest_wait{1};

HealthCheckResponse answer(HealthCheckResponse::ServingStatus status) {
    HealthCheckResponse out;
    out.set_status(status);
    return out;
}

// The status changes once: when the server begins to drain. The stream ends with that, or it would
// hold up the server's stop.
task<outcome<void>> show(const call_environment* environment,
                         HealthCheckResponse::ServingStatus status,
                         std::shared_ptr<watch_stream<HealthCheckResponse>> stream) {
    co_await stream->send(answer(status));
    while (!environment->draining && !stream->over()) co_await stream->wait(longest_wait);
    co_await stream->send(answer(HealthCheckResponse::NOT_SERVING));
    co_return refuse(draining());
}

// Answers anybody who can connect: a probe has no tenant.
class health_service final : public Health::CallbackService {
public:
    health_service(call_environment& environment, watch_hub& watchers)
        : environment_(environment), watchers_(watchers) {}

    grpc::ServerUnaryReactor* Check(context_type* context,
                                    const HealthCheckRequest* request,
                                    HealthCheckResponse* response) override {
        const auto status = status_of(request->service());
        if (status == HealthCheckResponse::SERVICE_UNKNOWN)
            return refuse_call(*context, failure(errc::not_found, "there is no such service"));
        response->set_status(status);
        auto* reactor = context->DefaultReactor();
        reactor->Finish(grpc::Status::OK);
        return reactor;
    }

    grpc::ServerWriteReactor<HealthCheckResponse>* Watch(
        context_type* /*context*/, const HealthCheckRequest* request) override {
        auto place = take_place(environment_.health_watchers);
        if (!place) return refuse_stream<HealthCheckResponse>(environment_, place.error());
        auto handler = [environment = &environment_, status = status_of(request->service())](
                           std::shared_ptr<watch_stream<HealthCheckResponse>> stream) {
            return show(environment, status, std::move(stream));
        };
        return start_stream<HealthCheckResponse>(environment_, watchers_, std::move(*place),
                                                 std::move(handler));
    }

private:
    // The empty name stands for the server as a whole.
    HealthCheckResponse::ServingStatus status_of(const std::string& service) const {
        if (!service.empty() && service != v1::JobService::service_full_name() &&
            service != v1::LaneService::service_full_name())
            return HealthCheckResponse::SERVICE_UNKNOWN;
        return environment_.draining ? HealthCheckResponse::NOT_SERVING
                                     : HealthCheckResponse::SERVING;
    }

    call_environment& environment_;
    watch_hub& watchers_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_health_service(call_environment& environment,
                                                   watch_hub& watchers) {
    return std::make_unique<health_service>(environment, watchers);
}

}  // namespace cloned::rpc
