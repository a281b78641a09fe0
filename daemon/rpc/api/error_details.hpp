#pragma once

#include "cloned/v1/error_details.pb.h"
#include "daemon/rpc/api/call_failure.hpp"

namespace cloned::rpc {

// The number of the google.rpc.Code (which is gRPC's status code) that stands for `code`.
int rpc_code(errc code);

// The failure as a google.rpc.Status. It stays so small that together with the message it fits into
// the 8 KiB that many clients and proxies allow for trailers, base64 included; what does not fit is
// left out, and ErrorInfo's metadata says how many problems there are in all ("problems") and how
// many are listed ("listed").
v1::RpcStatus to_rpc_status(const failure& why);

// The message as it goes into the trailer: one line, bounded.
std::string status_message(const failure& why);

}  // namespace cloned::rpc
