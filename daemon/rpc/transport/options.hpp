#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
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
    // Asked on any thread; unset: always. While it is not, the health service says NOT_SERVING.
    std::function<bool()> can_record;
    std::size_t memory_bytes_max = 1U << 30U;  // what gRPC may use for buffers
};

}  // namespace cloned::rpc
