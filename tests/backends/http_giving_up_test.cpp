#include "tests/backends/http_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <future>
#include <string>

// What becomes of a request that nobody waits for any more, and of one that was answered.
namespace cloned::testing {
namespace {

constexpr std::size_t body_bytes = std::size_t{8} << 20U;
// The kernel makes it a little more.
constexpr int receive_buffer = 4096;
constexpr std::size_t buffered_bytes = 16'384;

class HttpGivingUp : public HttpFixture {
protected:
    // A server that reads nothing until `given_up`, then all that comes.
    scripted_server::script slow_reader() {
        return [this](peer& p) {
            p.await_byte();
            reached.set_value();
            given_up.get_future().wait();
            end.set_value(p.await_end());
        };
    }

    void expect_dead(peer::ending how) {
        RecordProperty("bytes_after_giving_up", static_cast<int>(how.bytes));
        EXPECT_LE(how.bytes, buffered_bytes);
        EXPECT_TRUE(how.reset);
    }

    std::promise<void> reached;
    std::promise<void> given_up;
    std::promise<peer::ending> end;
};

TEST_F(HttpGivingUp, AfterTheTimeoutTheRestOfTheRequestIsNotDelivered) {
    scripted_server server({slow_reader()}, nullptr, receive_buffer);
    auto options = plain(server.port());
    options.request_timeout = milliseconds(300);
    auto via = make(options);

    const auto answer = send(*via, post(std::string(body_bytes, 'x')));
    given_up.set_value();

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::in_doubt);
    expect_dead(end.get_future().get());
}

TEST_F(HttpGivingUp, AfterACancellationTheRestOfTheRequestIsNotDelivered) {
    scripted_server server({slow_reader()}, nullptr, receive_buffer);
    auto via = make(plain(server.port()));
    asio::cancellation_signal stop;
    bool done = false;
    asio::co_spawn(
        loop.get_executor(), via->send(post(std::string(body_bytes, 'x'))),
        asio::bind_cancellation_slot(
            stop.slot(), [&](std::exception_ptr, const result<response>&) { done = true; }));
    auto at_server = reached.get_future();
    run_until(
        [&] { return at_server.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });

    stop.emit(asio::cancellation_type::terminal);
    run_until([&] { return done; });
    given_up.set_value();

    expect_dead(end.get_future().get());
}

TEST_F(HttpGivingUp, WhatWasSentWholeIsResetToo) {
    std::promise<peer::ending> closed;
    scripted_server server({[&](peer& p) {
        p.read_request();
        closed.set_value(p.await_end());
    }});
    auto options = plain(server.port());
    options.request_timeout = milliseconds(300);
    auto via = make(options);

    EXPECT_FALSE(send(*via, post()));

    EXPECT_TRUE(closed.get_future().get().reset);
}

// A server may answer before it has read everything; what it has been sent must then still arrive.
TEST_F(HttpGivingUp, AnAnsweredRequestIsDeliveredWhole) {
    std::promise<peer::ending> closed;
    scripted_server server(
        {[&](peer& p) {
            p.await_byte();
            p.write("HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
            given_up.get_future().wait();
            closed.set_value(p.await_end());
        }},
        nullptr, receive_buffer);
    auto via = make(plain(server.port()));

    // As much as the client's own machine holds: its writing ends at once.
    const auto answer = send(*via, post(std::string(100'000, 'x')));
    given_up.set_value();

    ASSERT_TRUE(answer) << answer.error().message();
    const auto how = closed.get_future().get();
    EXPECT_GT(how.bytes, 100'000U);
    EXPECT_FALSE(how.reset);
}

TEST_F(HttpGivingUp, IdleConnectionsEndInOrder) {
    std::promise<peer::ending> closed;
    scripted_server server({[&](peer& p) {
        for (int i = 0; i < 2; ++i) {
            p.read_request();
            p.write(ok_answer("1"));
        }
        closed.set_value(p.await_end());
    }});
    auto via = make(plain(server.port()));
    EXPECT_TRUE(send(*via, post()));
    EXPECT_TRUE(send(*via, post()));
    EXPECT_EQ(server.connections(), 1);

    via->close();

    EXPECT_FALSE(closed.get_future().get().reset);
}

TEST_F(HttpGivingUp, ARefusalThatComesBeforeTheEndOfTheRequestIsRead) {
    scripted_server server({[](peer& p) {
        p.await_byte();
        p.write("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlong");
        // Closed with the request unread, which resets the connection.
    }});
    auto via = make(plain(server.port()));

    const auto answer = send(*via, post(std::string(body_bytes, 'x')));

    if (answer) {
        EXPECT_EQ(answer->status, 413);
    } else {
        // The reset may have overtaken the answer.
        EXPECT_EQ(answer.error().code(), errc::in_doubt);
    }
}

class CompressedAnswers : public HttpFixture, public ::testing::WithParamInterface<const char*> {};

TEST_P(CompressedAnswers, AreAClearErrorInDoubt) {
    scripted_server server({[](peer& p) {
        p.read_request();
        p.write(std::string("HTTP/1.1 200 OK\r\nConnection: close\r\n") + GetParam() +
                "\r\n\r\n"
                "4\r\n\x1F\x8B\x08zip\r\n0\r\n\r\n");
    }});
    auto via = make(plain(server.port()));

    const auto answer = send(*via, post());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::in_doubt);
    EXPECT_NE(answer.error().message().find("accepts none but identity"), std::string::npos)
        << answer.error().message();
}

INSTANTIATE_TEST_SUITE_P(All,
                         CompressedAnswers,
                         ::testing::Values("Content-Encoding: gzip",
                                           "Content-Encoding: GZIP",
                                           "Content-Encoding: deflate",
                                           "Content-Encoding: identity, br",
                                           "Content-Encoding: zstd",
                                           "Transfer-Encoding: gzip",
                                           "Content-Encoding: \u009B31m"));

TEST_F(HttpGivingUp, AnAnswerThatSaysItIsNotCompressedIsRead) {
    scripted_server server({[](peer& p) {
        p.read_request();
        p.write("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 1\r\n\r\n1");
        p.read_request();
        p.write("HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n");
    }});
    auto via = make(plain(server.port()));

    EXPECT_TRUE(send(*via, get()));
    EXPECT_TRUE(send(*via, get()));
}

}  // namespace
}  // namespace cloned::testing
