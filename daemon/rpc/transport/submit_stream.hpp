#pragma once

#include "cloned/v1/job_service.pb.h"
#include "daemon/rpc/api/batch_reader.hpp"
#include "daemon/rpc/handlers/job_handlers.hpp"
#include "daemon/rpc/transport/call_entry.hpp"

namespace cloned::rpc {

// Answers a SubmitJobs call: reads the client's messages, checks and converts each on gRPC's
// thread, and submits the whole when the client has closed its side.
grpc::ServerReadReactor<v1::SubmitJobsRequest>* start_submit_stream(
    call_environment& environment,
    job_handlers& handlers,
    grpc::CallbackServerContext& context,
    v1::SubmitBatchResponse* response);

}  // namespace cloned::rpc
