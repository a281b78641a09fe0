#pragma once

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "daemon/rpc/transport/options.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <functional>
#include <memory>
#include <string>

namespace cloned::rpc {

// A listening socket and its accept loop. gRPC 1.51's own stops accepting for good when the process
// runs out of descriptors once; this one waits and goes on.
//
// Threads:  the loop thread only.
// Lifetime: run() must have ended before it is destroyed.
class listener {
public:
    // Binds and listens. A socket file that nobody serves any more is replaced.
    static result<std::unique_ptr<listener>> open(asio::io_context& loop,
                                                  const listener_options& options);
    ~listener();
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    // With the actual port.
    const std::string& address() const { return address_; }

    // Accepts connections until close() and gives each descriptor away; lasts until close().
    task<void> run(cloned::clock& time, std::function<void(int descriptor)> take);

    // Stops listening and removes the socket's file. Idempotent.
    void close();

private:
    using acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, executor>;

    listener(asio::io_context& loop, std::string address, std::string socket_path)
        : acceptor_(loop.get_executor()),
          address_(std::move(address)),
          socket_path_(std::move(socket_path)) {}

    acceptor acceptor_;
    std::string address_;
    std::string socket_path_;  // empty: TCP
    std::unique_ptr<alarm> pause_;
    bool closed_ = false;
};

}  // namespace cloned::rpc
