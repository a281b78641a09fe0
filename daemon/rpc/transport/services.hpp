#pragma once

#include <memory>

// gRPC's side of the calls. Only these few files see gRPC's service headers, which cost seconds of
// compile time each.
namespace grpc {
class Service;
}

namespace cloned::rpc {

struct call_environment;
class job_handlers;
class lane_handlers;
class watch_handlers;
class watch_hub;

// The parts must outlive the services, and the services the gRPC server.
std::unique_ptr<grpc::Service> make_job_service(call_environment& environment,
                                                job_handlers& jobs,
                                                watch_handlers& watching,
                                                watch_hub& hub);
std::unique_ptr<grpc::Service> make_lane_service(call_environment& environment,
                                                 lane_handlers& lanes);
// grpc.health.v1.Health. Its watchers are told of the drain when `watchers` wakes them.
std::unique_ptr<grpc::Service> make_health_service(call_environment& environment,
                                                   watch_hub& watchers);

}  // namespace cloned::rpc
