#include "backends/http/connection.hpp"

#include "backends/http/tls_trust.hpp"

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cloned::backends::http {
namespace {

constexpr std::size_t first_buffer_bytes = std::size_t{8} << 10U;
constexpr std::size_t large_buffer_bytes = std::size_t{64} << 10U;
constexpr milliseconds longest_patience{86'400'000};

using socket_type = asio::basic_stream_socket<asio::ip::tcp, executor>;

}  // namespace

struct connection::tls_stream {
    tls_stream(socket_type& socket, asio::ssl::context& context) : stream(socket, context) {}
    asio::ssl::stream<socket_type&> stream;
};

connection::connection(asio::io_context& loop, tls_trust* with)
    : socket_(loop.get_executor()), trust_(with), buffer_(first_buffer_bytes) {}

// The socket's own destructor would deliver in the background whatever was set.
connection::~connection() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

task<boost::system::error_code> connection::connect(asio::ip::tcp::endpoint where,
                                                    milliseconds patience) {
    boost::system::error_code ec;
    socket_.close(ec);
    expired_ = false;
    socket_.open(where.protocol(), ec);
    if (ec) co_return ec;
    const auto ms =
        static_cast<unsigned>(std::clamp(patience, milliseconds(1), longest_patience).count());
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
    socket_.set_option(asio::ip::tcp::no_delay(true), ec);
    close_so_that_it(closing::discards);
    auto [connected] = co_await socket_.async_connect(where, no_throw);
    co_return connected;
}

void connection::close_so_that_it(closing what) {
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger(what == closing::discards, 0), ignored);
}

task<result<void>> connection::secure() {
    if (trust_ == nullptr) co_return result<void>();
    tls_ = std::make_unique<tls_stream>(socket_, trust_->context());
    auto* native = tls_->stream.native_handle();
    auto ready = trust_->prepare(native);
    if (!ready) co_return ready;
    auto [ec] = co_await tls_->stream.async_handshake(asio::ssl::stream_base::client, no_throw);
    if (ec) co_return fail(errc::unavailable, trust_->explain(native, ec));
    co_return trust_->accept(native);
}

task<write_outcome> connection::write(std::string_view bytes) {
    write_outcome out;
    const auto buffer = asio::buffer(bytes.data(), bytes.size());
    if (tls_) {
        auto [ec, n] = co_await asio::async_write(tls_->stream, buffer, no_throw);
        out.ec = ec;
    } else {
        auto [ec, n] = co_await asio::async_write(socket_, buffer, no_throw);
        out.ec = ec;
        out.anything_left = n > 0;
    }
    co_return out;
}

// The buffer keeps what is not used yet at its front, and grows once for long answers.
void connection::make_room() {
    if (begin_ == end_) {
        const bool was_full = end_ == buffer_.size();
        begin_ = end_ = 0;
        if (was_full && buffer_.size() < large_buffer_bytes) buffer_.resize(large_buffer_bytes);
        return;
    }
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() - end_ < first_buffer_bytes / 2) buffer_.resize(buffer_.size() * 2);
}

task<boost::system::error_code> connection::read_some() {
    make_room();
    const auto space = asio::buffer(buffer_.data() + end_, buffer_.size() - end_);
    if (tls_) {
        auto [ec, n] = co_await tls_->stream.async_read_some(space, no_throw);
        end_ += n;
        co_return ec;
    }
    auto [ec, n] = co_await socket_.async_read_some(space, no_throw);
    end_ += n;
    co_return ec;
}

bool connection::is_stale() {
    if (begin_ != end_) return true;
    char byte = 0;
    const auto n = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return !(n < 0 && errno == EAGAIN);
}

void connection::expire() {
    expired_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace cloned::backends::http
