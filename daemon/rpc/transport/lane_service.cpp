#include "cloned/v1/job_service.grpc.pb.h"
#include "daemon/rpc/handlers/lane_handlers.hpp"
#include "daemon/rpc/transport/services.hpp"
#include "daemon/rpc/transport/unary_call.hpp"

namespace cloned::rpc {
namespace {

using context_type = grpc::CallbackServerContext;
using unary_reactor = grpc::ServerUnaryReactor;

class lane_service final : public v1::LaneService::CallbackService {
public:
    lane_service(call_environment& environment, lane_handlers& lanes)
        : environment_(environment), lanes_(lanes) {}

    unary_reactor* ListLanes(context_type* context,
                             const v1::ListLanesRequest* request,
                             v1::ListLanesResponse* response) override {
        return call(context, request, response, &lane_handlers::list_lanes);
    }
    unary_reactor* GetLane(context_type* context,
                           const v1::GetLaneRequest* request,
                           v1::Lane* response) override {
        return call(context, request, response, &lane_handlers::get_lane);
    }
    unary_reactor* PauseLane(context_type* context,
                             const v1::PauseLaneRequest* request,
                             v1::Lane* response) override {
        return call(context, request, response, &lane_handlers::pause_lane);
    }
    unary_reactor* ResumeLane(context_type* context,
                              const v1::ResumeLaneRequest* request,
                              v1::Lane* response) override {
        return call(context, request, response, &lane_handlers::resume_lane);
    }
    unary_reactor* SetLaneLimit(context_type* context,
                                const v1::SetLaneLimitRequest* request,
                                v1::Lane* response) override {
        return call(context, request, response, &lane_handlers::set_lane_limit);
    }
    unary_reactor* ListEndpoints(context_type* context,
                                 const v1::ListEndpointsRequest* request,
                                 v1::ListEndpointsResponse* response) override {
        return call(context, request, response, &lane_handlers::list_endpoints);
    }
    unary_reactor* LoginEndpoint(context_type* context,
                                 const v1::LoginEndpointRequest* request,
                                 v1::LoginEndpointResponse* response) override {
        return call(context, request, response, &lane_handlers::login_endpoint);
    }

private:
    template <class Request, class Response>
    unary_reactor* call(context_type* context,
                        const Request* request,
                        Response* response,
                        task<outcome<Response>> (lane_handlers::*method)(std::string, Request)) {
        return simple_call(environment_, *context, *request, response, lanes_, method);
    }

    call_environment& environment_;
    lane_handlers& lanes_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_lane_service(call_environment& environment,
                                                 lane_handlers& lanes) {
    return std::make_unique<lane_service>(environment, lanes);
}

}  // namespace cloned::rpc
