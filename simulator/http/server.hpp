#pragma once

#include "simulator/http/recorder.hpp"
#include "simulator/upstream.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace cloned::simulator {

struct serve_options {
    std::uint16_t vcenter_port = 0;  // 0: chosen by the operating system
    std::uint16_t snapservice_port = 0;
    std::uint16_t control_port = 0;
    std::uint16_t zstack_port = 0;
    std::string tls_cert;  // PEM; empty: plain HTTP. The control port never uses TLS
    std::string tls_key;
    bool verbose = false;        // a line a request on standard error
    recorder* record = nullptr;  // must outlive the server
};

struct server_ports {
    std::uint16_t vcenter = 0;
    std::uint16_t snapservice = 0;
    std::uint16_t control = 0;
    std::uint16_t zstack = 0;
};

// Serves a model over HTTP/1.1 on four ports of the loopback interface. The world begins when the
// server does.
//
// Threads:  everything on the thread that runs the io_context.
// Errors:   listening may fail with a sentence; later errors end only the connection they are on.
// Lifetime: model and io_context must outlive the server; stop it, then let the io_context run dry.
class http_server {
public:
    http_server(boost::asio::io_context& io, model& world, serve_options options);
    ~http_server();

    tl::expected<server_ports, std::string> listen();
    void stop();

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace cloned::simulator
