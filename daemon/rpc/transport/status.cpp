#include "daemon/rpc/transport/status.hpp"

#include "daemon/rpc/api/error_details.hpp"

#include <grpcpp/support/error_details.h>

namespace cloned::rpc {

grpc::Status to_status(const failure& why) {
    grpc::Status out;
    grpc::SetErrorDetails(to_rpc_status(why), &out);
    return out;
}

}  // namespace cloned::rpc
