#include "daemon/rpc/status.hpp"

#include "daemon/rpc/status_details.hpp"

namespace cloned::rpc {

grpc::Status to_status(const failure& why) {
    return grpc::Status(static_cast<grpc::StatusCode>(rpc_code(why.code)), status_message(why),
                        to_rpc_status(why).SerializeAsString());
}

}  // namespace cloned::rpc
