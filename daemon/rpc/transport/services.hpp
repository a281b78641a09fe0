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

}  // namespace cloned::rpc
