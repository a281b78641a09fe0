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

// A drain wakes the watchers; whether the disk is full is asked for.
constexpr std::chrono::seconds longest_wait{1};

HealthCheckResponse answer(HealthCheckResponse::ServingStatus status) {
    HealthCheckResponse out;
    out.set_status(status);
    return out;
}

// Reading goes on while the disk is full, and the daemon must not be restarted for it: what asks
// whether it lives is the watchdog's business. But whoever submits is better told before.
HealthCheckResponse::ServingStatus status_now(const call_environment& environment) {
    const auto& can_record = environment.options.can_record;
    if (environment.draining || (can_record && !can_record()))
        return HealthCheckResponse::NOT_SERVING;
    return HealthCheckResponse::SERVING;
}

// The stream ends when the server begins to drain, or it would hold up the server's stop.
task<outcome<void>> show(const call_environment* environment,
                         bool known,
                         std::shared_ptr<watch_stream<HealthCheckResponse>> stream) {
    auto told = known ? status_now(*environment) : HealthCheckResponse::SERVICE_UNKNOWN;
    co_await stream->send(answer(told));
    while (!environment->draining && !stream->over()) {
        co_await stream->wait(longest_wait);
        const auto now = status_now(*environment);
        if (!known || now == told || environment->draining) continue;
        told = now;
        co_await stream->send(answer(told));
    }
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
        if (!is_known(request->service()))
            return refuse_call(*context, failure(errc::not_found, "there is no such service"));
        response->set_status(status_now(environment_));
        auto* reactor = context->DefaultReactor();
        reactor->Finish(grpc::Status::OK);
        return reactor;
    }

    grpc::ServerWriteReactor<HealthCheckResponse>* Watch(
        context_type* /*context*/, const HealthCheckRequest* request) override {
        auto place = take_place(environment_.health_watchers);
        if (!place) return refuse_stream<HealthCheckResponse>(environment_, place.error());
        auto handler = [environment = &environment_, known = is_known(request->service())](
                           std::shared_ptr<watch_stream<HealthCheckResponse>> stream) {
            return show(environment, known, std::move(stream));
        };
        return start_stream<HealthCheckResponse>(environment_, watchers_, std::move(*place),
                                                 std::move(handler));
    }

private:
    // The empty name stands for the server as a whole.
    static bool is_known(const std::string& service) {
        return service.empty() || service == v1::JobService::service_full_name() ||
               service == v1::LaneService::service_full_name();
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
