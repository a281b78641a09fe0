#pragma once

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/task_group.hpp"
#include "daemon/rpc/api/call_failure.hpp"
#include "daemon/rpc/api/endpoint_directory.hpp"
#include "daemon/rpc/transport/call_limiter.hpp"
#include "daemon/rpc/transport/options.hpp"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <memory>
#include <string>

namespace cloned::rpc {

// What the calls of a server share.
//
// Lifetime: the server's; longer than every call.
struct call_environment {
    asio::io_context& loop;
    task_group& tasks;
    cloned::clock& time;
    const endpoint_directory& endpoints;
    const server_options& options;
    std::shared_ptr<call_limiter> calls;
    std::shared_ptr<call_limiter> watchers;
    std::shared_ptr<call_limiter> submit_streams;
    std::shared_ptr<call_limiter> health_watchers;
    std::atomic<bool> draining{false};
};

// A call that was let in.
struct call_entry {
    std::string tenant;
    call_limiter::ticket place;
};

// Lets a call in, or says why not: the server drains, too many calls of this sort are in progress,
// or its caller has no valid identity. Threads: any.
outcome<call_entry> enter(const call_environment& environment,
                          const std::shared_ptr<call_limiter>& sort,
                          const grpc::CallbackServerContext& context);

// A place among the calls of a sort, or why there is none. Threads: any.
outcome<call_limiter::ticket> take_place(const std::shared_ptr<call_limiter>& sort);

failure draining();
failure cancelled();

// Ends a unary call at once.
grpc::ServerUnaryReactor* refuse_call(grpc::CallbackServerContext& context, const failure& why);

}  // namespace cloned::rpc
