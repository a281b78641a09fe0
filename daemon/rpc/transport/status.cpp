#include "daemon/rpc/transport/status.hpp"

#include "daemon/rpc/api/error_details.hpp"

namespace cloned::rpc {

grpc::Status to_status(const failure& why) {
    return grpc::Status(static_cast<grpc::StatusCode>(rpc_code(why.code)), status_message(why),
                        to_rpc_status(why).SerializeAsString());
}

}  // namespace cloned::rpc
