#pragma once

#include "simulator/http/connection.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cloned::simulator {

// One client. Stream is a plain socket or TLS over one.
template <class Stream>
class stream_connection final : public connection,
                                public std::enable_shared_from_this<stream_connection<Stream>> {
    using tcp = boost::asio::ip::tcp;
    using error_code = boost::system::error_code;
    using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    static constexpr std::uint32_t head_max = 96U << 10U;
    static constexpr std::uint64_t body_max = 8U << 20U;
    static constexpr std::size_t read_step = 16U << 10U;

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
            stream_.async_handshake(boost::asio::ssl::stream_base::server,
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
        parser_ = std::make_unique<parser>();
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
            if (ec == boost::beast::http::error::need_more) {
                break;
            }
            if (ec) {
                return send_plain(ec == boost::beast::http::error::body_limit     ? 413
                                  : ec == boost::beast::http::error::header_limit ? 431
                                                                                  : 400);
            }
        }
        if (parser_->is_done()) {
            return process();
        }
        if (!continued_ && parser_->is_header_done() &&
            parser_->get()[boost::beast::http::field::expect] == "100-continue") {
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
        boost::asio::async_write(
            stream_, boost::asio::buffer(output_),
            [self = this->shared_from_this(), then](error_code ec, std::size_t) {
                if (!ec) {
                    then(*self);
                }
            });
    }

    static std::string_view view(boost::beast::string_view s) { return {s.data(), s.size()}; }

    std::shared_ptr<connection_host> host_;
    server_kind server_;
    Stream stream_;
    boost::asio::steady_timer timer_;
    boost::beast::flat_buffer buffer_;
    std::unique_ptr<parser> parser_;  // of one request
    request request_;
    std::string output_;
    std::uint64_t left_ = 0;
    bool continued_ = false;
};

}  // namespace cloned::simulator
