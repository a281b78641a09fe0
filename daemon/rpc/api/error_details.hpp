#pragma once

#include "daemon/rpc/api/call_failure.hpp"

#include <google/rpc/code.pb.h>
#include <google/rpc/status.pb.h>

namespace cloned::rpc {

// The google.rpc.Code (which is gRPC's status code) that stands for `code`.
google::rpc::Code rpc_code(errc code);

// The failure as a google.rpc.Status; its message is one line. It stays so small that together with
// the message it fits into the 8 KiB that many clients and proxies allow for trailers, base64
// included. What does not fit is left out, and ErrorInfo's metadata says how many problems there
// are in all ("problems") and how many are listed ("listed").
google::rpc::Status to_rpc_status(const failure& why);

}  // namespace cloned::rpc
