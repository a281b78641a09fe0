#include "simulator/http/server.hpp"

#include "simulator/http/connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <iostream>
#include <list>
#include <optional>
#include <set>

namespace cloned::simulator {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::uint32_t head_max = 96U << 10U;
constexpr std::uint64_t body_max = 8U << 20U;
constexpr std::size_t read_step = 16U << 10U;

std::string_view view(boost::beast::string_view s) {
    return {s.data(), s.size()};
}

}  // namespace

struct http_server::state : connection_host {
    state(asio::io_context& io_, model& world_, serve_options options_)
        : io(io_),
          world(world_),
          options(std::move(options_)),
          started(std::chrono::steady_clock::now()),
          pauses{asio::steady_timer(io_), asio::steady_timer(io_), asio::steady_timer(io_),
                 asio::steady_timer(io_)} {}

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

namespace {

// One client. Stream is a plain socket or TLS over one.
template <class Stream>
class stream_connection final : public connection,
                                public std::enable_shared_from_this<stream_connection<Stream>> {
public:
    template <class... Arguments>
    stream_connection(std::shared_ptr<connection_host> host,
                      server_kind server,
                      Arguments&&... arguments)
        : host_(std::move(host)),
          server_(server),
          stream_(std::forward<Arguments>(arguments)...),
          timer_(stream_.get_executor()) {
        host_->opened(*this);
    }
    ~stream_connection() override { host_->closed(*this); }

    void start() {
        error_code ignored;
        stream_.lowest_layer().set_option(tcp::no_delay(true), ignored);
        if constexpr (std::is_same_v<Stream, tcp::socket>) {
            next_request();
        } else {
            stream_.async_handshake(asio::ssl::stream_base::server,
                                    [self = this->shared_from_this()](error_code ec) {
                                        if (!ec) {
                                            self->next_request();
                                        }
                                    });
        }
    }

    void close() override {
        error_code ignored;
        timer_.cancel();
        stream_.lowest_layer().close(ignored);
    }

private:
    void next_request() {
        parser_.emplace();
        parser_->header_limit(head_max);
        parser_->body_limit(body_max);
        parser_->eager(true);
        continued_ = false;
        parse();
    }

    void parse() {
        while (buffer_.size() > 0 && !parser_->is_done()) {
            error_code ec;
            const std::size_t used = parser_->put(buffer_.data(), ec);
            buffer_.consume(used);
            if (ec == http::error::need_more) {
                break;
            }
            if (ec) {
                return send_plain(ec == http::error::body_limit     ? 413
                                  : ec == http::error::header_limit ? 431
                                                                    : 400);
            }
        }
        if (parser_->is_done()) {
            return process();
        }
        if (!continued_ && parser_->is_header_done() &&
            parser_->get()[http::field::expect] == "100-continue") {
            continued_ = true;
            output_ = "HTTP/1.1 100 Continue\r\n\r\n";
            return write([](stream_connection& self) { self.read(); });
        }
        read();
    }

    void read() {
        stream_.async_read_some(buffer_.prepare(read_step),
                                [self = this->shared_from_this()](error_code ec, std::size_t n) {
                                    if (!ec) {
                                        self->buffer_.commit(n);
                                        self->parse();
                                    }
                                });
    }

    void process() {
        const auto& message = parser_->get();
        request_.server = server_;
        request_.method = view(message.method_string());
        request_.target = view(message.target());
        request_.body = message.body();
        request_.headers.clear();
        for (const auto& field : message) {
            request_.headers.push_back({view(field.name_string()), view(field.value())});
        }
        answer out = host_->handle(request_);
        if (out.delay <= std::chrono::nanoseconds{0}) {
            return send(out);
        }
        timer_.expires_after(out.delay);
        timer_.async_wait([self = this->shared_from_this(), late = std::move(out)](error_code ec) {
            if (!ec) {
                self->send(late);
            }
        });
    }

    void send(const answer& a) {
        const bool keep = parser_->get().keep_alive();
        switch (a.what) {
            case fate::drop_before:
            case fate::drop_after:
                return close();
            case fate::garbage:
                output_ = "\x16\x03 this is not HTTP \r\n\r\n{\"error";
                return write([](stream_connection& self) { self.close(); });
            case fate::endless:
            case fate::huge:
                compose_endless_head(output_, a);
                left_ = a.what == fate::huge ? a.huge_bytes : 0;
                return write([](stream_connection& self) { self.send_filler(); });
            case fate::truncated:
                compose(output_, a, false);
                output_.resize(output_.size() - (a.body.size() + 1) / 2);
                return write([](stream_connection& self) { self.close(); });
            case fate::normal:
                break;
        }
        compose(output_, a, keep);
        if (keep) {
            return write([](stream_connection& self) { self.next_request(); });
        }
        write([](stream_connection& self) { self.finish(); });
    }

    void send_plain(int status) {
        answer a;
        a.status = status;
        compose(output_, a, false);
        write([](stream_connection& self) { self.finish(); });
    }

    // Goes on for as long as the client reads, or until the promised size is reached.
    void send_filler() {
        const bool endless = left_ == 0;
        const std::size_t size = compose_filler(output_, endless ? 0 : left_);
        left_ -= endless ? 0 : size;
        if (!endless && left_ == 0) {
            return write([](stream_connection& self) { self.close(); });
        }
        write([](stream_connection& self) { self.send_filler(); });
    }

    // Says that nothing follows, but leaves what the client has not read yet in place.
    void finish() {
        error_code ignored;
        stream_.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
    }

    template <class Then>
    void write(Then then) {
        asio::async_write(stream_, asio::buffer(output_),
                          [self = this->shared_from_this(), then](error_code ec, std::size_t) {
                              if (!ec) {
                                  then(*self);
                              }
                          });
    }

    std::shared_ptr<connection_host> host_;
    server_kind server_;
    Stream stream_;
    asio::steady_timer timer_;
    boost::beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    request request_;
    std::string output_;
    std::uint64_t left_ = 0;
    bool continued_ = false;
};

}  // namespace

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
