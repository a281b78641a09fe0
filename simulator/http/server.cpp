#include "simulator/http/server.hpp"

#include "simulator/http/stream_connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <iostream>
#include <list>
#include <optional>
#include <set>

namespace cloned::simulator {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

struct http_server::state : connection_host {
    state(asio::io_context& context, model& simulated, serve_options given)
        : io(context),
          world(simulated),
          options(std::move(given)),
          started(std::chrono::steady_clock::now()),
          pauses{asio::steady_timer(context), asio::steady_timer(context),
                 asio::steady_timer(context), asio::steady_timer(context)} {}

    answer handle(const request& in) override {
        const auto now =
            std::chrono::duration_cast<instant>(std::chrono::steady_clock::now() - started);
        answer out = world.handle(in, now);
        if (options.record != nullptr) {
            options.record->record(in, out);
        }
        if (options.verbose) {
            std::cerr << to_text(in.server) << ' ' << in.method << ' ' << in.target << " -> "
                      << out.status << ' ' << to_text(out.what) << '\n';
        }
        return out;
    }
    void opened(connection& c) override { connections.insert(&c); }
    void closed(connection& c) override { connections.erase(&c); }

    void accept(const std::shared_ptr<state>& self, tcp::acceptor& acceptor, server_kind server);

    asio::io_context& io;
    model& world;
    serve_options options;
    std::chrono::steady_clock::time_point started;
    std::optional<asio::ssl::context> tls;
    std::array<asio::steady_timer, 4> pauses;  // one for each kind of server
    std::list<tcp::acceptor> acceptors;
    std::set<connection*> connections;
};

void http_server::state::accept(const std::shared_ptr<state>& self,
                                tcp::acceptor& acceptor,
                                server_kind server) {
    acceptor.async_accept([self, &acceptor, server](error_code ec, tcp::socket socket) {
        if (ec == asio::error::operation_aborted || !acceptor.is_open()) {
            return;
        }
        if (!ec && self->tls && server != server_kind::control) {
            using tls_stream = asio::ssl::stream<tcp::socket>;
            std::make_shared<stream_connection<tls_stream>>(self, server, std::move(socket),
                                                            *self->tls)
                ->start();
        } else if (!ec) {
            std::make_shared<stream_connection<tcp::socket>>(self, server, std::move(socket))
                ->start();
        }
        if (!ec) {
            return self->accept(self, acceptor, server);
        }
        auto& pause = self->pauses[static_cast<std::size_t>(server)];
        // Out of descriptors, most likely: trying again at once would spin.
        pause.expires_after(std::chrono::milliseconds(20));
        pause.async_wait([self, &acceptor, server](error_code) {
            if (acceptor.is_open()) {
                self->accept(self, acceptor, server);
            }
        });
    });
}

http_server::http_server(asio::io_context& io, model& world, serve_options options)
    : state_(std::make_shared<state>(io, world, std::move(options))) {}

http_server::~http_server() {
    stop();
}

tl::expected<server_ports, std::string> http_server::listen() {
    const serve_options& options = state_->options;
    if (!options.tls_cert.empty()) {
        error_code ec;
        auto& tls = state_->tls.emplace(asio::ssl::context::tls_server);
        tls.use_certificate_chain_file(options.tls_cert, ec);
        if (!ec) {
            tls.use_private_key_file(options.tls_key, asio::ssl::context::pem, ec);
        }
        if (ec) {
            return tl::unexpected("Cannot use the TLS certificate and key: " + ec.message());
        }
    }
    server_ports ports;
    const auto open = [&](server_kind server, std::uint16_t wanted, std::uint16_t& port) {
        error_code ec;
        const tcp::endpoint here(asio::ip::address_v4::loopback(), wanted);
        auto& acceptor = state_->acceptors.emplace_back(state_->io);
        acceptor.open(here.protocol(), ec);
        if (!ec) {
            acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
            acceptor.bind(here, ec);
        }
        if (!ec) {
            acceptor.listen(tcp::acceptor::max_listen_connections, ec);
        }
        if (ec) {
            return "Cannot listen on port " + std::to_string(wanted) + ": " + ec.message();
        }
        port = acceptor.local_endpoint(ec).port();
        state_->accept(state_, acceptor, server);
        return std::string();
    };
    for (const std::string& problem :
         {open(server_kind::vcenter, options.vcenter_port, ports.vcenter),
          open(server_kind::snapservice, options.snapservice_port, ports.snapservice),
          open(server_kind::control, options.control_port, ports.control),
          open(server_kind::zstack, options.zstack_port, ports.zstack)}) {
        if (!problem.empty()) {
            stop();
            return tl::unexpected(problem);
        }
    }
    return ports;
}

void http_server::stop() {
    for (tcp::acceptor& acceptor : state_->acceptors) {
        error_code ignored;
        acceptor.close(ignored);
    }
    for (asio::steady_timer& pause : state_->pauses) {
        pause.cancel();
    }
    for (connection* c : state_->connections) {
        c->close();
    }
}

}  // namespace cloned::simulator
