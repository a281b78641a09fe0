#pragma once

#include "base/result.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <cstdint>
#include <string>
#include <string_view>

// What the system calls around a listening socket need.
namespace cloned::rpc {

// A descriptor that is closed with its owner.
class owned_descriptor {
public:
    explicit owned_descriptor(int descriptor) : descriptor_(descriptor) {}
    owned_descriptor(owned_descriptor&& other) noexcept : descriptor_(other.release()) {}
    owned_descriptor& operator=(owned_descriptor&&) = delete;
    ~owned_descriptor();

    int get() const { return descriptor_; }
    int release();

private:
    int descriptor_;
};

using stream_endpoint = boost::asio::generic::stream_protocol::endpoint;

// "host:port" or "[v6]:port"; names are looked up. Blocks.
result<stream_endpoint> tcp_endpoint(std::string_view address);

// Nobody but processes of this machine can connect.
bool is_loopback(const stream_endpoint& endpoint);

// Both make a listening, non-blocking, close-on-exec socket.
result<owned_descriptor> listen_tcp(const stream_endpoint& endpoint);
result<owned_descriptor> listen_unix(const std::string& path, std::uint32_t mode);

// The address that a bound TCP socket has, as "127.0.0.1:4711".
std::string local_address(int descriptor);

}  // namespace cloned::rpc
