#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>
#include <vector>

namespace cloned::backends::http {

// Finds the addresses of one host; literal addresses need no name service. A lookup cannot be
// interrupted (it sits in the C library), so it is shared: a caller whose time is up leaves, and
// the answer serves those who come later.
//
// Threads:      the loop thread only.
// Errors:       `unavailable`.
// Cancellation: the caller gets the exception; the lookup goes on.
class name_lookup {
public:
    using endpoints = std::vector<asio::ip::tcp::endpoint>;

    name_lookup(asio::io_context& loop, cloned::clock& clock, std::string host, std::uint16_t port);
    ~name_lookup();
    name_lookup(const name_lookup&) = delete;
    name_lookup& operator=(const name_lookup&) = delete;

    task<result<endpoints>> find(steady_time deadline);

private:
    struct state;
    void begin();

    std::string host_;
    std::uint16_t port_;
    std::shared_ptr<state> state_;  // the lookup under way shares it
};

}  // namespace cloned::backends::http
