#pragma once

#include "base/async.hpp"
#include "cloned/v1/job_service.pb.h"
#include "daemon/rpc/api/call_failure.hpp"
#include "daemon/scheduler/job_control.hpp"

namespace cloned::rpc {

// The calls on lanes and endpoints, without gRPC. They hold no data of a tenant, so every tenant
// sees them all. Threads, errors, cancellation and lifetime are those of job_handlers.
class lane_handlers {
public:
    explicit lane_handlers(scheduler::job_control& control) : control_(control) {}

    task<outcome<v1::ListLanesResponse>> list_lanes(std::string tenant,
                                                    v1::ListLanesRequest request);
    task<outcome<v1::Lane>> get_lane(std::string tenant, v1::GetLaneRequest request);
    task<outcome<v1::Lane>> pause_lane(std::string tenant, v1::PauseLaneRequest request);
    task<outcome<v1::Lane>> resume_lane(std::string tenant, v1::ResumeLaneRequest request);
    task<outcome<v1::Lane>> set_lane_limit(std::string tenant, v1::SetLaneLimitRequest request);
    task<outcome<v1::ListEndpointsResponse>> list_endpoints(std::string tenant,
                                                            v1::ListEndpointsRequest request);
    task<outcome<v1::LoginEndpointResponse>> login_endpoint(std::string tenant,
                                                            v1::LoginEndpointRequest request);

private:
    scheduler::job_control& control_;
};

}  // namespace cloned::rpc
