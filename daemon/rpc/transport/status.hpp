#pragma once

#include "daemon/rpc/api/call_failure.hpp"

#include <grpcpp/support/status.h>

namespace cloned::rpc {

// The failure as it goes to the client, details in the trailer grpc-status-details-bin.
grpc::Status to_status(const failure& why);

}  // namespace cloned::rpc
