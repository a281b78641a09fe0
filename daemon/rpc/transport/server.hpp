#pragma once

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "daemon/rpc/api/endpoint_directory.hpp"
#include "daemon/rpc/transport/options.hpp"
#include "daemon/scheduler/job_control.hpp"
#include "storage/batch_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cloned::rpc {

// The gRPC front of the daemon: JobService, LaneService, grpc.health.v1.Health and reflection.
//
// Threads:      the loop thread only. gRPC has threads of its own; they check and convert requests,
//               for which they call clock::wall(), and hand over to the loop.
// Cancellation: stop() is not cancelled.
// Lifetime:     store, control, clock and random must outlive it; co_await stop() before it is
//               destroyed, unless the loop will not run again.
class server {
public:
    struct parts;

    explicit server(std::unique_ptr<parts> made);
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    // Where it listens, in the order of the options and with the actual ports: "unix:/path",
    // "127.0.0.1:4711", "[::1]:4711".
    std::vector<std::string> addresses() const;

    // The health service says NOT_SERVING, also to its watchers; all watchers end with UNAVAILABLE,
    // and so does every new call; calls in progress go on. Idempotent.
    void drain();

    // Drains, stops listening, and gives the calls in progress `grace`; what is not answered by
    // then gets CANCELLED, but what the handlers have begun is completed before this returns.
    task<void> stop(milliseconds grace);

private:
    std::unique_ptr<parts> parts_;
};

// Listens and serves. Errors are for the operator: an address in use, a bad certificate, plain text
// where other machines can connect. `store` gets its commit listener from here.
result<std::unique_ptr<server>> start_server(server_options options,
                                             asio::io_context& loop,
                                             cloned::clock& time,
                                             random_source& random,
                                             storage::batch_store& store,
                                             scheduler::job_control& control,
                                             catalog endpoints);

}  // namespace cloned::rpc
