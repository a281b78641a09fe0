#pragma once

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "daemon/rpc/api/endpoint_directory.hpp"
#include "daemon/scheduler/job_control.hpp"
#include "storage/batch_store.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cloned::rpc {

// Paths of PEM files. Clients must show a certificate that `client_ca` has signed; its common name
// is their tenant.
struct tls_files {
    std::string certificate;
    std::string key;
    std::string client_ca;
};

struct listener_options {
    std::string address;               // "unix:/path" or "host:port"; port 0: any free one
    std::optional<tls_files> tls;      // required where other machines can connect
    std::uint32_t socket_mode = 0660;  // of a Unix socket's file
};

struct server_options {
    std::vector<listener_options> listeners;
    std::string default_tenant = "default";      // of local callers that name none
    std::uint32_t default_max_attempts = 3;      // of jobs that name none
    std::size_t message_bytes_max = 64U << 20U;  // one batch of 10,000 jobs fits
    std::size_t calls_max = 256;                 // at once, watchers not counted
    std::size_t watchers_max = 256;              // those of the health service are counted apart
    std::size_t submit_streams_max = 4;          // SubmitJobs calls at once
    std::size_t submit_stream_bytes_max = 256U << 20U;
    milliseconds submit_stream_time_max{300'000};  // from the first byte to the last
    milliseconds watch_pause{20};                  // watchers are woken no more often than this
    std::size_t memory_bytes_max = 1U << 30U;      // what gRPC may use for buffers
};

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
