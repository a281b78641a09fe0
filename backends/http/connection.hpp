#pragma once

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::backends::http {

class tls_trust;

struct write_outcome {
    boost::system::error_code ec;
    // False only when provably no byte left. TLS cannot prove it once writing has begun.
    bool anything_left = true;
};

// One connection to the origin, plain or TLS; used by one request at a time.
//
// Errors:       codes of the operating system or of OpenSSL; nothing is thrown for I/O.
// Cancellation: an operation ends with operation_aborted; the connection is then good for nothing.
class connection {
public:
    // `with` is null for a plain connection.
    connection(asio::io_context& loop, tls_trust* with);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    // From here on, what the peer's machine does not acknowledge within `patience` ends the
    // connection.
    task<boost::system::error_code> connect(asio::ip::tcp::endpoint where, milliseconds patience);

    // What becomes of bytes that were written and have not left yet when the connection is closed,
    // also by the end of the process: discarded, with a reset to the peer, or delivered in order.
    // A new connection discards.
    enum class closing : std::uint8_t { discards, delivers };
    void close_so_that_it(closing what);

    // TLS, where it is wanted; the error says what is wrong in words.
    task<result<void>> secure();

    // `bytes` must stay until the end.
    task<write_outcome> write(std::string_view bytes);

    // Reads what is there behind the unused bytes. eof is the orderly end.
    task<boost::system::error_code> read_some();

    std::string_view unused() const { return {buffer_.data() + begin_, end_ - begin_}; }
    void use(std::size_t bytes) { begin_ += bytes; }

    // Has the peer closed the idle connection, or sent what nobody asked for?
    bool is_stale();

    // Ends whatever operation is under way.
    void expire();
    bool expired() const { return expired_; }

    // For the one that watches over time.
    steady_time deadline{};
    steady_time idle_since{};

private:
    struct tls_stream;
    void make_room();

    asio::basic_stream_socket<asio::ip::tcp, executor> socket_;
    tls_trust* trust_;
    std::unique_ptr<tls_stream> tls_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool expired_ = false;
};

}  // namespace cloned::backends::http
