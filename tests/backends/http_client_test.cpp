#include "base/task_group.hpp"
#include "tests/backends/http_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <future>
#include <string>
#include <vector>

namespace cloned::testing {
namespace {

using script = scripted_server::script;

class HttpClient : public HttpFixture {
protected:
    // What a POST gets from a server that reads it, writes `bytes` and closes.
    result<response> post_answered_by(const std::string& bytes) {
        scripted_server server({[&](peer& p) {
            p.read_request();
            p.write(bytes);
        }});
        auto via = make(plain(server.port()));
        return send(*via, post());
    }
};

TEST_F(HttpClient, SendsARequestAndReadsItsAnswer) {
    std::string seen;
    scripted_server server({[&](peer& p) {
        seen = p.read_request();
        p.write("HTTP/1.1 202 Accepted\r\nX-Envoy-Time: 3\r\nContent-Length: 8\r\n\r\n\"task-1\"");
        p.await_end();
    }});
    auto via = make(plain(server.port()));
    auto ask = post(R"({"a":1})");
    ask.headers.emplace_back("X-Request-ID", "op-1");

    const auto answer = send(*via, ask);

    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->status, 202);
    EXPECT_EQ(answer->body, "\"task-1\"");
    EXPECT_EQ(answer->find("x-envoy-time"), "3");
    EXPECT_EQ(via->requests_sent(), 1);
    EXPECT_EQ(
        seen,
        "POST /x HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
            "\r\nAccept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: cloned\r\n"
            "X-Request-ID: op-1\r\nContent-Type: application/json\r\n"
            "Content-Length: 7\r\n\r\n{\"a\":1}");
}

TEST_F(HttpClient, UsesAConnectionAgain) {
    scripted_server server({[](peer& p) {
        while (!p.read_request().empty()) p.write(ok_answer("1"));
    }});
    auto via = make(plain(server.port()));

    for (int i = 0; i < 5; ++i) ASSERT_TRUE(send(*via, post()));

    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(via->requests_sent(), 5);
}

TEST_F(HttpClient, AnswersWithoutABodyLeaveTheConnectionUsable) {
    scripted_server server({[](peer& p) {
        p.read_request();
        p.write("HTTP/1.1 204 No Content\r\n\r\n");
        p.read_request();
        p.write("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
        p.read_request();
        p.write(ok_answer("3"));
        p.await_end();
    }});
    auto via = make(plain(server.port()));

    EXPECT_EQ(send(*via, post())->status, 204);
    EXPECT_EQ(send(*via, get())->status, 304);
    EXPECT_EQ(send(*via, get())->body, "3");
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClient, ReadsChunkedAnswersAndInterimOnes) {
    scripted_server server({[](peer& p) {
        p.read_request();
        p.write(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        p.write("3;x=y\r\nabc\r\n");
        p.write("2\r\nde\r\n0\r\n\r\n");
        p.await_end();
    }});
    auto via = make(plain(server.port()));

    const auto answer = send(*via, get());

    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->body, "abcde");
}

TEST_F(HttpClient, ReadsLongAnswers) {
    const std::string body(5'000'000, 'x');
    scripted_server server({[&](peer& p) {
        p.read_request();
        p.write(ok_answer(body));
        p.await_end();
    }});
    auto via = make(plain(server.port()));

    const auto answer = send(*via, get());

    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->body.size(), body.size());
}

TEST_F(HttpClient, AnAnswerWithoutALengthEndsWithTheConnection) {
    const auto answer = post_answered_by("HTTP/1.0 200 OK\r\n\r\nwhole");

    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->body, "whole");
}

TEST_F(HttpClient, RedirectsAreAnswersAndNotFollowed) {
    const auto answer =
        post_answered_by("HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n");

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 302);
}

TEST_F(HttpClient, ConnectionCloseIsObeyed) {
    const script once = [](peer& p) {
        p.read_request();
        p.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n1");
        p.await_end();
    };
    scripted_server server({once, once});
    auto via = make(plain(server.port()));

    EXPECT_TRUE(send(*via, post()));
    EXPECT_TRUE(send(*via, post()));
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpClient, NothingWasSentWhereNobodyListens) {
    std::uint16_t port = 0;
    {
        scripted_server gone({});
        port = gone.port();
    }
    auto via = make(plain(port));

    const auto answer = send(*via, post());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::unavailable);
    EXPECT_NE(answer.error().message().find("cannot connect"), std::string::npos);
    EXPECT_EQ(via->requests_sent(), 0);
}

TEST_F(HttpClient, NothingWasSentWhereTheNameIsUnknown) {
    auto options = plain(1);
    options.host = "no-such-host.invalid";
    auto via = make(options);

    const auto answer = send(*via, post());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::unavailable);
}

TEST_F(HttpClient, WhatWasReadAndNotAnsweredIsInDoubt) {
    const auto answer = post_answered_by("");

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::in_doubt);
    EXPECT_NE(answer.error().message().find("without an answer"), std::string::npos);
}

TEST_F(HttpClient, AResetAfterTheRequestIsInDoubt) {
    scripted_server server({[](peer& p) {
        p.read_request();
        p.reset_on_close();
    }});
    auto via = make(plain(server.port()));

    const auto answer = send(*via, post());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::in_doubt);
}

TEST_F(HttpClient, EveryTruncationOfAnAnswerIsInDoubt) {
    const std::string whole = ok_answer("\"task-1\"");
    std::vector<script> scripts;
    for (std::size_t n = 0; n < whole.size(); ++n)
        scripts.push_back([part = whole.substr(0, n)](peer& p) {
            p.read_request();
            p.write(part);
        });
    scripted_server server(std::move(scripts));
    auto via = make(plain(server.port()));

    for (std::size_t n = 0; n < whole.size(); ++n) {
        const auto answer = send(*via, post());
        ASSERT_FALSE(answer) << n;
        EXPECT_EQ(answer.error().code(), errc::in_doubt) << n;
    }
}

TEST_F(HttpClient, GarbageIsInDoubtAndNotRepeatedInTheMessage) {
    const auto answer = post_answered_by("secret garbage\r\n\r\n");

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::in_doubt);
    EXPECT_EQ(answer.error().message().find("secret"), std::string::npos);
}

TEST_F(HttpClient, LimitsAreKept) {
    const std::vector<std::string> answers{
        "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\nx",
        "HTTP/1.1 200 OK\r\n\r\n" + std::string(40'000, 'x'),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(100'000, 'x'),
    };
    for (const auto& bytes : answers) {
        scripted_server server({[&](peer& p) {
            p.read_request();
            p.write(bytes);
            p.await_end();
        }});
        auto options = plain(server.port());
        options.max_body_bytes = 30'000;
        auto via = make(options);

        const auto answer = send(*via, post());

        ASSERT_FALSE(answer) << bytes.substr(0, 60);
        EXPECT_EQ(answer.error().code(), errc::in_doubt);
        EXPECT_EQ(answer.error().message().find("time"), std::string::npos)
            << answer.error().message();
    }
}

TEST_F(HttpClient, AnEndlessAnswerEndsAtTheLimit) {
    scripted_server server({[](peer& p) {
        p.read_request();
        p.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 100'000; ++i) p.write("400\r\n" + std::string(1024, 'x') + "\r\n");
    }});
    auto options = plain(server.port());
    options.max_body_bytes = 1'000'000;
    auto via = make(options);

    const auto answer = send(*via, get());

    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().message().find("larger than"), std::string::npos);
}

TEST_F(HttpClient, ASilentServerIsLeftAtTheTimeout) {
    scripted_server server({[](peer& p) {
        p.read_request();
        p.await_end();
    }});
    auto options = plain(server.port());
    options.request_timeout = milliseconds(300);
    auto via = make(options);

    const auto answer = send(*via, post());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::in_doubt);
    EXPECT_NE(answer.error().message().find("time for the request was up"), std::string::npos);
}

TEST_F(HttpClient, ADrippingServerDoesNotOutliveTheTimeout) {
    scripted_server server({[](peer& p) {
        p.read_request();
        p.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        p.await_end();
    }});
    auto options = plain(server.port());
    auto via = make(options);
    auto ask = get();
    ask.deadline = clock->now() + milliseconds(300);

    const auto answer = send(*via, ask);

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::in_doubt);
}

TEST_F(HttpClient, AClosedIdleConnectionIsNoticedBeforeItIsUsed) {
    scripted_server server({[](peer& p) {
                                p.read_request();
                                p.write(ok_answer("1"));
                            },
                            [](peer& p) {
                                p.read_request();
                                p.write(ok_answer("2"));
                                p.await_end();
                            }});
    auto via = make(plain(server.port()));
    ASSERT_TRUE(send(*via, post()));
    server.await_closed(1);

    const auto answer = send(*via, post());

    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->body, "2");
}

TEST_F(HttpClient, UnaskedBytesOnAnIdleConnectionMakeItUnusable) {
    std::promise<void> written;
    scripted_server server({[&](peer& p) {
                                p.read_request();
                                p.write(ok_answer("1"));
                                p.write("HTTP/1.1 408 Request Timeout\r\n\r\n");
                                written.set_value();
                                p.await_end();
                            },
                            [](peer& p) {
                                p.read_request();
                                p.write(ok_answer("2"));
                                p.await_end();
                            }});
    auto via = make(plain(server.port()));
    ASSERT_EQ(send(*via, post())->body, "1");
    written.get_future().wait();

    const auto answer = send(*via, post());

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "2");
}

// A server that takes the second request of a connection and ends without a word: it may have
// acted.
std::vector<script> swallows_the_second() {
    return {[](peer& p) {
                p.read_request();
                p.write(ok_answer("1"));
                p.read_request();
            },
            [](peer& p) {
                p.read_request();
                p.write(ok_answer("fresh"));
                p.await_end();
            }};
}

TEST_F(HttpClient, APostOnAReusedConnectionIsNeverRepeated) {
    scripted_server server(swallows_the_second());
    auto via = make(plain(server.port()));
    ASSERT_TRUE(send(*via, post()));

    const auto answer = send(*via, post());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), errc::in_doubt);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClient, AGetOnAReusedConnectionIsRepeatedOnceOnAFreshOne) {
    scripted_server server(swallows_the_second());
    auto via = make(plain(server.port()));
    ASSERT_TRUE(send(*via, post()));

    const auto answer = send(*via, get());

    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->body, "fresh");
}

TEST_F(HttpClient, AReadByPostIsRepeatedLikeAGet) {
    scripted_server server(swallows_the_second());
    auto via = make(plain(server.port()));
    ASSERT_TRUE(send(*via, post()));
    auto ask = post();
    ask.repeatable = true;

    const auto answer = send(*via, ask);

    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->body, "fresh");
}

TEST_F(HttpClient, AGetOnAFreshConnectionIsNotRepeated) {
    scripted_server server({[](peer& p) { p.read_request(); }, [](peer& p) { p.read_request(); }});
    auto via = make(plain(server.port()));

    EXPECT_FALSE(send(*via, get()));
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClient, AnIdleConnectionThatIsTooOldIsNotReused) {
    const script serve = [](peer& p) {
        while (!p.read_request().empty()) p.write(ok_answer("1"));
    };
    scripted_server server({serve, serve});
    auto options = plain(server.port());
    options.idle_timeout = milliseconds(0);
    auto via = make(options);

    ASSERT_TRUE(send(*via, post()));
    ASSERT_TRUE(send(*via, post()));

    EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpClient, NoMoreConnectionsThanAllowedAndEverybodyIsServed) {
    const script serve = [](peer& p) {
        while (!p.read_request().empty()) p.write(ok_answer("1"));
    };
    scripted_server server(std::vector<script>(8, serve));
    auto options = plain(server.port());
    options.max_connections = 2;
    auto via = make(options);
    int served = 0;
    for (int i = 0; i < 50; ++i)
        asio::co_spawn(loop.get_executor(), via->send(post()),
                       [&](std::exception_ptr, const result<response>& r) { served += r ? 1 : 0; });

    run_until([&] { return served == 50; });

    EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpClient, WhoWaitsIsServedInTheOrderOfTheCalls) {
    std::vector<std::string> bodies;
    scripted_server server({[&](peer& p) {
        for (;;) {
            const auto text = p.read_request();
            if (text.empty()) return;
            bodies.push_back(text.substr(text.find("\r\n\r\n") + 4));
            p.write(ok_answer("1"));
        }
    }});
    auto options = plain(server.port());
    options.max_connections = 1;
    auto via = make(options);
    std::vector<std::string> wanted;
    int served = 0;
    for (int i = 0; i < 50; ++i) {
        wanted.push_back(std::to_string(i));
        asio::co_spawn(loop.get_executor(), via->send(post(wanted.back())),
                       [&](std::exception_ptr, const result<response>& r) { served += r ? 1 : 0; });
    }

    run_until([&] { return served == 50; });

    EXPECT_EQ(bodies, wanted);
}

TEST_F(HttpClient, TheQueueIsBoundedAndItsWaitersRunOutOfTime) {
    scripted_server server({[](peer& p) {
        p.read_request();
        p.await_end();
    }});
    auto options = plain(server.port());
    options.max_connections = 1;
    options.max_waiting = 1;
    options.request_timeout = milliseconds(300);
    auto via = make(options);
    std::vector<errc> codes(3, errc::internal);
    int done = 0;
    for (std::size_t i = 0; i < 3; ++i)
        asio::co_spawn(loop.get_executor(), via->send(post()),
                       [&, i](std::exception_ptr, const result<response>& r) {
                           if (!r) codes[i] = r.error().code();
                           ++done;
                       });

    run_until([&] { return done == 3; });

    EXPECT_EQ(codes, (std::vector<errc>{errc::in_doubt, errc::unavailable, errc::unavailable}));
}

TEST_F(HttpClient, ACancelledRequestClosesItsConnectionAndThrows) {
    std::promise<void> reached;
    std::promise<void> ended;
    scripted_server server({[&](peer& p) {
        p.read_request();
        reached.set_value();
        p.await_end();
        ended.set_value();
    }});
    auto via = make(plain(server.port()));
    asio::cancellation_signal stop;
    bool thrown = false;
    bool done = false;
    asio::co_spawn(loop.get_executor(), via->send(post()),
                   asio::bind_cancellation_slot(stop.slot(),
                                                [&](std::exception_ptr e, const result<response>&) {
                                                    thrown = e != nullptr;
                                                    done = true;
                                                }));
    auto at_server = reached.get_future();
    run_until(
        [&] { return at_server.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    stop.emit(asio::cancellation_type::terminal);
    run_until([&] { return done; });

    EXPECT_TRUE(thrown);
    EXPECT_EQ(ended.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(HttpClient, ACancelledWaiterGivesItsPlaceToTheNext) {
    std::promise<void> go;
    auto gate = go.get_future().share();
    const auto answer_all = [](peer& p) {
        while (!p.read_request().empty()) p.write(ok_answer("2"));
    };
    // A waiter whose turn and whose cancellation come together takes the connection down with it;
    // the next one then opens a second.
    scripted_server server({[&](peer& p) {
                                p.read_request();
                                gate.wait();
                                p.write(ok_answer("1"));
                                answer_all(p);
                            },
                            answer_all});
    auto options = plain(server.port());
    options.max_connections = 1;
    auto via = make(options);
    asio::cancellation_signal stop;
    int answered = 0;
    int thrown = 0;
    const auto count = [&](std::exception_ptr e, const result<response>& r) {
        if (e) ++thrown;
        if (!e && r) ++answered;
    };
    asio::co_spawn(loop.get_executor(), via->send(post()), count);
    asio::co_spawn(loop.get_executor(), via->send(post()),
                   asio::bind_cancellation_slot(stop.slot(), count));
    asio::co_spawn(loop.get_executor(), via->send(post()), count);
    run_until([&] { return via->requests_sent() == 1; });

    stop.emit(asio::cancellation_type::terminal);
    go.set_value();
    run_until([&] { return answered == 2; });

    EXPECT_EQ(thrown, 1);
}

TEST_F(HttpClient, AHeaderCannotBeSmuggledIn) {
    scripted_server server({});
    auto via = make(plain(server.port()));
    auto bad_target = get("/x HTTP/1.1\r\nX: y");
    auto bad_value = get();
    bad_value.headers.emplace_back("A", "b\r\nX: y");
    auto bad_name = get();
    bad_name.headers.emplace_back("A b", "c");

    for (const auto& what : {bad_target, bad_value, bad_name}) {
        const auto answer = send(*via, what);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code(), errc::invalid_argument);
    }
    EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace cloned::testing
