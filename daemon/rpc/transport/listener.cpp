#include "daemon/rpc/transport/listener.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "daemon/rpc/transport/socket.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace cloned::rpc {
namespace {

constexpr std::string_view unix_prefix = "unix:";
constexpr milliseconds pause_after_failure{100};

using stream_socket = asio::basic_stream_socket<asio::generic::stream_protocol, executor>;

result<owned_descriptor> listen_on(const listener_options& options, const std::string& path) {
    if (!path.empty()) {
        if (options.tls)
            return fail(errc::invalid_argument,
                        concat("TLS is not served on the Unix socket ", path));
        return listen_unix(path, options.socket_mode);
    }
    auto endpoint = tcp_endpoint(options.address);
    if (!endpoint) return fail(endpoint.error());
    if (!options.tls && !is_loopback(*endpoint))
        return fail(errc::invalid_argument,
                    concat("the address ", options.address,
                           " can be reached by other machines and so needs TLS; without it only "
                           "loopback addresses and Unix sockets are served"));
    auto made = listen_tcp(*endpoint);
    if (!made)
        return fail(made.error().code(), concat(options.address, ": ", made.error().message()));
    return made;
}

// What gRPC expects of a descriptor that it is given; -1 if the connection is gone already.
int prepare(stream_socket socket, bool tcp) {
    boost::system::error_code ec;
    socket.native_non_blocking(true, ec);
    if (!ec && tcp) socket.set_option(asio::ip::tcp::no_delay(true), ec);
    if (ec) return -1;
    const int descriptor = socket.release(ec);
    if (ec) return -1;
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return descriptor;
}

}  // namespace

result<std::unique_ptr<listener>> listener::open(asio::io_context& loop,
                                                 const listener_options& options) {
    std::string path;
    if (options.address.starts_with(unix_prefix)) {
        path = options.address.substr(unix_prefix.size());
        if (path.empty())
            return fail(errc::invalid_argument, "the address unix: lacks the path of the socket");
    }
    auto made = listen_on(options, path);
    if (!made) return fail(made.error());
    auto address = path.empty() ? local_address(made->get()) : options.address;
    std::unique_ptr<listener> out(new listener(loop, std::move(address), path));
    boost::system::error_code ec;
    const int family = path.empty() ? (out->address_.front() == '[' ? AF_INET6 : AF_INET) : AF_UNIX;
    out->acceptor_.assign(asio::generic::stream_protocol(family, 0), made->get(), ec);
    if (ec)
        return fail(errc::unavailable,
                    concat("cannot watch ", options.address, ": ", ec.message()));
    made->release();
    return out;
}

listener::~listener() {
    close();
}

void listener::close() {
    if (closed_) return;
    closed_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    if (pause_) pause_->wake();
    if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
}

task<void> listener::run(cloned::clock& time, std::function<void(int descriptor)> take) {
    pause_ = time.make_alarm();
    bool failing = false;
    while (!closed_) {
        auto [ec, socket] = co_await acceptor_.async_accept(no_throw);
        if (closed_) break;
        if (!ec) {
            failing = false;
            const int descriptor = prepare(std::move(socket), socket_path_.empty());
            if (descriptor >= 0) take(descriptor);
            continue;
        }
        // Mostly the limit of open files; it passes, and one line of log is enough for it.
        if (!failing)
            log::warn("rpc.accept_failed", log::kv("address", address_),
                      log::kv("error", ec.message()));
        failing = true;
        co_await pause_->sleep_until(time.now() + pause_after_failure);
    }
}

}  // namespace cloned::rpc
