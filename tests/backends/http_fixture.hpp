#pragma once

#include "backends/http/client.hpp"
#include "tests/backends/scripted_server.hpp"

#include <boost/asio/co_spawn.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <string>

namespace cloned::testing {

// A client over real sockets and the machine's clock. Waiting is only for what certainly comes;
// the guard turns a hang into a failure.
class HttpFixture : public ::testing::Test {
protected:
    using client = backends::http::client;
    using request = backends::http::request;
    using response = backends::http::response;
    using method = backends::http::method;

    static backends::http::client_options plain(std::uint16_t port) {
        backends::http::client_options out;
        out.host = "127.0.0.1";
        out.port = port;
        out.tls = false;
        out.connect_timeout = milliseconds(5000);
        out.request_timeout = milliseconds(10'000);
        return out;
    }

    std::unique_ptr<client> make(backends::http::client_options options) {
        auto made = backends::http::make_client(loop, *clock, std::move(options));
        EXPECT_TRUE(made) << (made ? "" : made.error().message());
        return made ? std::move(*made) : nullptr;
    }

    template <class Done>
    void run_until(const Done& done) {
        const auto guard = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!done()) {
            ASSERT_LT(std::chrono::steady_clock::now(), guard) << "hangs";
            loop.restart();
            loop.run_one_for(std::chrono::milliseconds(50));
        }
    }

    result<response> send(client& via, request what) {
        std::optional<result<response>> out;
        asio::co_spawn(loop.get_executor(), via.send(std::move(what)),
                       [&](std::exception_ptr, result<response> r) { out = std::move(r); });
        run_until([&] { return out.has_value(); });
        return out ? std::move(*out) : fail(errc::internal, "hangs");
    }

    static request get(std::string target = "/x") {
        request out;
        out.target = std::move(target);
        return out;
    }
    static request post(std::string body = "{}") {
        request out;
        out.verb = method::post;
        out.target = "/x";
        out.body = std::move(body);
        return out;
    }

    asio::io_context loop{1};
    std::unique_ptr<cloned::clock> clock = make_system_clock(loop);
};

}  // namespace cloned::testing
