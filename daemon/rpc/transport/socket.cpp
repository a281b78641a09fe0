#include "daemon/rpc/transport/socket.hpp"

#include "base/text.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace cloned::rpc {
namespace {

namespace asio = boost::asio;

constexpr int backlog = 511;

tl::unexpected<error> system_failure(std::string_view what, std::string_view on) {
    const auto words = std::generic_category().message(errno);
    return fail(errc::unavailable, concat(what, " ", on, ": ", words));
}

result<asio::ip::tcp::endpoint> look_up(const std::string& host, const std::string& port) {
    boost::system::error_code ec;
    const auto literal = asio::ip::make_address(host, ec);
    // The port has been checked to be a number that fits.
    if (!ec) return asio::ip::tcp::endpoint(literal, static_cast<std::uint16_t>(std::stoi(port)));
    asio::io_context lookup;
    const auto found =
        asio::ip::tcp::resolver(lookup).resolve(host, port, asio::ip::resolver_base::passive, ec);
    if (ec || found.empty())
        return fail(errc::invalid_argument, concat("the host of the address ", host, ":", port,
                                                   " is not known: ", ec.message()));
    return found.begin()->endpoint();
}

// A file is left behind by a process that was killed; one that somebody serves must not be taken.
result<void> remove_stale(const std::string& path, const sockaddr_un& address) {
    struct stat found{};
    if (::lstat(path.c_str(), &found) != 0) {
        if (errno == ENOENT) return {};
        return system_failure("cannot look at", path);
    }
    if (!S_ISSOCK(found.st_mode))
        return fail(errc::invalid_argument, concat(path, " is there already and is no socket"));
    const owned_descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (probe.get() < 0) return system_failure("cannot make a socket for", path);
    const auto* plain = reinterpret_cast<const sockaddr*>(&address);
    const int outcome = ::connect(probe.get(), plain, sizeof address);
    // EAGAIN: another process listens, but its queue is full.
    if (outcome == 0 || errno == EAGAIN)
        return fail(errc::already_exists, concat("another process serves ", path));
    if (errno != ECONNREFUSED)
        return system_failure("cannot tell whether the socket is in use:", path);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return system_failure("cannot remove", path);
    return {};
}

}  // namespace

owned_descriptor::~owned_descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

int owned_descriptor::release() {
    return std::exchange(descriptor_, -1);
}

result<stream_endpoint> tcp_endpoint(std::string_view address) {
    const auto colon = address.rfind(':');
    if (colon == std::string_view::npos || colon == 0)
        return fail(errc::invalid_argument,
                    concat("the address ", address, " is neither unix:/path nor host:port"));
    std::string host(address.substr(0, colon));
    const std::string port(address.substr(colon + 1));
    if (port.empty() || port.size() > 5 ||
        port.find_first_not_of("0123456789") != std::string::npos || std::stoi(port) > 65535)
        return fail(errc::invalid_argument, concat("the address ", address, " has no valid port"));
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    auto found = look_up(host, port);
    if (!found) return fail(found.error());
    return stream_endpoint(*found);
}

bool is_loopback(const stream_endpoint& endpoint) {
    asio::ip::tcp::endpoint tcp;
    if (endpoint.size() > tcp.capacity()) return false;
    std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
    const auto address = tcp.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
    return address.is_loopback();
}

result<owned_descriptor> listen_tcp(const stream_endpoint& endpoint) {
    const int family = endpoint.protocol().family();
    owned_descriptor made(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (made.get() < 0) return system_failure("cannot make a socket", "for TCP");
    const int yes = 1;
    if (::setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0)
        return system_failure("cannot prepare", "a TCP socket");
    if (::bind(made.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0)
        return system_failure("cannot bind", "the TCP address");
    if (::listen(made.get(), backlog) != 0) return system_failure("cannot listen on", "TCP");
    return made;
}

result<owned_descriptor> listen_unix(const std::string& path, std::uint32_t mode) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return fail(errc::invalid_argument,
                    concat("the socket path \"", path, "\" is empty or longer than 107 bytes"));
    std::memcpy(&address.sun_path[0], path.data(), path.size());
    if (auto removed = remove_stale(path, address); !removed) return fail(removed.error());
    owned_descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (made.get() < 0) return system_failure("cannot make a socket for", path);
    // The file gets its mode from the socket's: there is no moment in which others could connect.
    if (::fchmod(made.get(), mode & 0777U) != 0)
        return system_failure("cannot set the mode of", path);
    const auto* plain = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(made.get(), plain, sizeof address) != 0) return system_failure("cannot bind", path);
    // The umask has narrowed it; now it becomes what was asked for.
    if (::chmod(path.c_str(), mode & 0777U) != 0 || ::listen(made.get(), backlog) != 0)
        return system_failure("cannot listen on", path);
    return made;
}

std::string local_address(int descriptor) {
    asio::ip::tcp::endpoint bound;
    auto size = static_cast<socklen_t>(bound.capacity());
    if (::getsockname(descriptor, bound.data(), &size) != 0) return "?";
    bound.resize(size);
    const auto host = bound.address().to_string();
    const auto port = std::to_string(bound.port());
    return bound.address().is_v6() ? concat("[", host, "]:", port) : concat(host, ":", port);
}

}  // namespace cloned::rpc
