#include "backends/http/session.hpp"
#include "backends/http/account.hpp"
#include "backends/http/authorized_client.hpp"
#include "backends/vapi/faults.hpp"
#include "base/task_group.hpp"
#include "tests/backends/fake_client.hpp"
#include "tests/support/virtual_time.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cloned::backends::http {
namespace {

using cloned::testing::answer;
using cloned::testing::fake_client;

login_form form(bool wrapped = false) {
    login_form out;
    out.target = wrapped ? "/rest/com/vmware/cis/session" : "/api/session";
    out.wrapped = wrapped;
    out.user = "svc@vsphere.local";
    out.password = "secret";
    out.explain = vapi::explain;
    out.make_question = [target = out.target] {
        request ask;
        ask.target = target;
        return ask;
    };
    return out;
}

session_options options(std::shared_ptr<account> shared = nullptr) {
    session_options out;
    out.endpoint = "vc1";
    out.account = std::move(shared);
    return out;
}

class SessionTest : public ::testing::Test {
protected:
    SessionTest() {
        client.on_request = [this](const request& what) { return serve(what); };
    }

    std::unique_ptr<token_source> log_in_with(login_form how, session_options said = options()) {
        return make_login_session(world.time, random, make_login_steps(client, std::move(how)),
                                  std::move(said));
    }

    // An upstream that issues token-1, token-2, … and knows only the latest.
    result<response> serve(const request& what) {
        if (what.verb == method::post && what.target == "/api/session") {
            if (login_fails) return cloned::testing::answer(login_fails, "");
            return answer(201, "\"token-" + std::to_string(++issued) + "\"");
        }
        if (what.verb == method::del) return answer(204);
        const auto token = fake_client::header(what, "vmware-api-session-id");
        if (reject_all || token != "token-" + std::to_string(issued)) return answer(401, "");
        return answer(200, "{}");
    }

    steady_time later() { return world.time.now() + std::chrono::seconds(60); }

    request ask(method verb = method::get) {
        request out;
        out.verb = verb;
        out.target = "/api/thing";
        out.deadline = later();
        return out;
    }

    cloned::testing::world world;
    random_source random{7};
    fake_client client{world.time};
    std::unique_ptr<token_source> session = log_in_with(form());
    authorized_client calls{client, *session, vapi::explain};
    int issued = 0;
    int login_fails = 0;  // the status
    bool reject_all = false;
};

TEST_F(SessionTest, LogsInWithBasicCredentialsAndKeepsTheToken) {
    const auto first = world.run(session->token(later()));
    const auto second = world.run(session->token(later()));

    ASSERT_TRUE(first && second);
    EXPECT_EQ(*first, "token-1");
    EXPECT_EQ(*second, "token-1");
    ASSERT_EQ(client.seen.size(), 1U);
    EXPECT_EQ(fake_client::header(client.seen[0], "Authorization"),
              "Basic c3ZjQHZzcGhlcmUubG9jYWw6c2VjcmV0");
    EXPECT_TRUE(client.seen[0].body.empty());
}

TEST_F(SessionTest, ReadsTheWrappedTokenOfTheLegacyLogin) {
    auto legacy = log_in_with(form(true));
    client.on_request = [](const request&) { return answer(200, R"({"value":"old"})"); };

    EXPECT_EQ(*world.run(legacy->token(later())), "old");
}

TEST_F(SessionTest, AThousandCallersShareOneLogin) {
    client.latency = milliseconds(100);
    task_group group(world.loop);
    int got = 0;
    const auto one = [&]() -> task<void> {
        auto token = co_await session->token(later());
        if (token && *token == "token-1") ++got;
    };
    for (int i = 0; i < 1000; ++i) group.spawn("caller", one());

    world.run(group.join());

    EXPECT_EQ(got, 1000);
    EXPECT_EQ(client.seen.size(), 1U);
}

TEST_F(SessionTest, AFailedLoginIsToldToAllWhoWaitedAndNotRepeatedByEach) {
    client.latency = milliseconds(100);
    login_fails = 401;
    task_group group(world.loop);
    int refused = 0;
    const auto one = [&]() -> task<void> {
        auto token = co_await session->token(later());
        if (!token && token.error().code() == errc::unauthenticated) ++refused;
    };
    for (int i = 0; i < 100; ++i) group.spawn("caller", one());

    world.run(group.join());

    EXPECT_EQ(refused, 100);
    EXPECT_EQ(client.seen.size(), 1U);
}

TEST_F(SessionTest, LoginsWithoutAnAnswerAreRepeatedEverMoreRarely) {
    login_fails = 503;
    std::vector<std::size_t> logins;
    for (int minute = 0; minute < 3; ++minute) {
        const auto before = client.seen.size();
        for (int i = 0; i < 600; ++i) {
            static_cast<void>(world.run(session->token(later())));
            world.time.advance_by(milliseconds(100));
        }
        logins.push_back(client.seen.size() - before);
    }

    EXPECT_LE(logins[0], 12U);
    EXPECT_LE(logins[2], 5U);
    EXPECT_GE(logins[2], 2U);

    login_fails = 0;
    world.time.advance_by(milliseconds(30'000));
    EXPECT_TRUE(world.run(session->token(later())));
}

TEST_F(SessionTest, ACancelledLoginIsTakenOverByOneWhoWaits) {
    client.latency = milliseconds(100);
    task_group first(world.loop);
    task_group others(world.loop);
    std::vector<std::string> got;
    const auto one = [&]() -> task<void> {
        auto token = co_await session->token(later());
        if (token) got.push_back(*token);
    };
    first.spawn("first", one());
    others.spawn("second", one());
    others.spawn("third", one());
    world.settle();

    first.cancel();
    world.run(first.join());
    world.run(others.join());

    EXPECT_EQ(got, (std::vector<std::string>{"token-1", "token-1"}));
    EXPECT_EQ(client.seen.size(), 2U);
}

TEST_F(SessionTest, WhoHasNoTimeLeftDoesNotWaitForSomebodyElsesLogin) {
    client.latency = std::chrono::seconds(30);
    task_group group(world.loop);
    std::optional<errc> code;
    const auto login = [&]() -> task<void> {
        auto token = co_await session->token(later());
        static_cast<void>(token);
    };
    const auto hasty = [&]() -> task<void> {
        const auto soon = world.time.now() + milliseconds(100);
        auto token = co_await session->token(soon);
        if (!token) code = token.error().code();
    };
    group.spawn("login", login());
    group.spawn("hasty", hasty());

    world.settle();
    world.time.advance_by(milliseconds(200));
    world.settle();

    EXPECT_EQ(code, errc::unavailable);
    world.run(group.join());
}

TEST_F(SessionTest, ALoginWithoutAnAnswerLeavesTheCallersOwnRequestUnsent) {
    client.on_request = [](const request&) -> result<response> {
        return fail(errc::in_doubt, "cut");
    };

    const auto outcome = world.run(calls.send(ask(method::post)));

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), errc::unavailable);
    EXPECT_EQ(client.count("POST /api/thing"), 0U);
}

TEST_F(SessionTest, TokensThatCannotBeAHeaderAreRefused) {
    for (const auto* body : {"\"\"", "\"a b\"", "\"a\\r\\nX: y\"", "17", "{}", ""}) {
        auto fresh = log_in_with(form());
        client.on_request = [&](const request&) { return answer(201, body); };
        const auto token = world.run(fresh->token(later()));
        ASSERT_FALSE(token) << body;
        EXPECT_EQ(token.error().code(), errc::protocol_error);
        EXPECT_EQ(token.error().message().find("X: y"), std::string::npos);
    }
}

TEST_F(SessionTest, NoErrorHoldsThePassword) {
    client.on_request = [](const request&) { return answer(401, "no"); };

    const auto token = world.run(session->token(later()));

    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().message().find("secret"), std::string::npos);
    EXPECT_EQ(token.error().message().find("c3Zj"), std::string::npos);
}

TEST_F(SessionTest, A401IsAnsweredByOneNewLoginAndOneRepetition) {
    ASSERT_TRUE(world.run(calls.send(ask())));
    ++issued;  // the upstream has forgotten our session

    const auto outcome = world.run(calls.send(ask(method::post)));

    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, 200);
    EXPECT_EQ(client.lines(), (std::vector<std::string>{"POST /api/session", "GET /api/thing",
                                                        "POST /api/thing", "GET /api/session",
                                                        "POST /api/session", "POST /api/thing"}));
}

TEST_F(SessionTest, ASecond401IsTheEndAndCountsAsAFailedLogin) {
    reject_all = true;

    const auto first = world.run(calls.send(ask()));
    const auto sent = client.seen.size();
    const auto second = world.run(calls.send(ask()));

    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().code(), errc::unauthenticated);
    EXPECT_EQ(sent, 6U);
    ASSERT_FALSE(second);
    EXPECT_EQ(client.seen.size(), sent);
}

TEST_F(SessionTest, ManyCallersOfADeadSessionShareTheNewLogin) {
    ASSERT_TRUE(world.run(calls.send(ask())));
    ++issued;
    client.latency = milliseconds(50);
    task_group group(world.loop);
    int ok = 0;
    const auto one = [&]() -> task<void> {
        auto what = ask();
        auto outcome = co_await calls.send(std::move(what));
        if (outcome && outcome->status == 200) ++ok;
    };
    for (int i = 0; i < 50; ++i) group.spawn("caller", one());

    world.run(group.join());

    EXPECT_EQ(ok, 50);
    EXPECT_EQ(client.count("POST /api/session"), 2U);
}

TEST_F(SessionTest, AnOldTokenDoesNotInvalidateANewerOne) {
    static_cast<void>(world.run(session->token(later())));
    session->invalidate("token-0");

    EXPECT_EQ(*world.run(session->token(later())), "token-1");
    EXPECT_EQ(client.seen.size(), 1U);
}

TEST_F(SessionTest, LogsOutOnce) {
    static_cast<void>(world.run(session->token(later())));

    world.run(session->close(later()));
    world.run(session->close(later()));

    EXPECT_EQ(client.count("DELETE /api/session"), 1U);
    EXPECT_EQ(fake_client::header(client.seen.back(), "vmware-api-session-id"), "token-1");
}

TEST_F(SessionTest, AStaticHeaderIsSentAsItIsAndNeverRenewed) {
    auto fixed = make_static_header("Authorization", "Bearer x");
    authorized_client with(client, *fixed, vapi::explain);

    const auto outcome = world.run(with.send(ask()));

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), errc::unauthenticated);
    EXPECT_EQ(client.seen.size(), 1U);
    EXPECT_EQ(fake_client::header(client.seen[0], "Authorization"), "Bearer x");
}

TEST_F(SessionTest, ABorrowedSessionRenewsTheLendersAndDoesNotEndIt) {
    fake_client elsewhere(world.time);
    elsewhere.on_request = [&](const request& what) { return serve(what); };
    auto borrowed = make_borrowed_session(*session, world.time, random, "snap1");
    authorized_client with(elsewhere, *borrowed, vapi::explain);
    ASSERT_TRUE(world.run(with.send(ask())));
    ++issued;

    ASSERT_TRUE(world.run(with.send(ask())));
    world.run(borrowed->close(later()));

    EXPECT_EQ(client.count("POST /api/session"), 2U);
    EXPECT_EQ(client.count("DELETE"), 0U);
    EXPECT_EQ(elsewhere.seen.size(), 3U);
}

TEST_F(SessionTest, ARefusedBorrowedSessionDoesNotCostTheLenderALoginPerCall) {
    fake_client elsewhere(world.time);
    elsewhere.on_request = [](const request&) { return answer(401); };
    auto borrowed = make_borrowed_session(*session, world.time, random, "snap1");
    authorized_client with(elsewhere, *borrowed, vapi::explain);

    for (int i = 0; i < 100; ++i) EXPECT_FALSE(world.run(with.send(ask())));

    EXPECT_EQ(client.count("POST /api/session"), 1U);
    EXPECT_EQ(client.count("DELETE"), 0U);
    EXPECT_EQ(elsewhere.seen.size(), 1U);
}

TEST_F(SessionTest, LogsInAndOutInTheFormOfAnotherUpstream) {
    login_form other = form();
    other.target = "/login";
    other.verb = method::put;
    other.make_body = [](std::string_view user, std::string_view) {
        return concat(R"({"user":")", user, R"("})");
    };
    other.user = "a";
    other.make_question = nullptr;
    other.basic_auth = false;
    other.header_name = "Authorization";
    other.read_token = [](const response& from) { return result<std::string>(from.body); };
    other.header_value = [](const std::string& token) { return "OAuth " + token; };
    other.make_logout = [](const std::string& token) {
        request bye;
        bye.verb = method::del;
        bye.target = "/sessions/" + token;
        return bye;
    };
    auto said = options();
    said.header_name = other.header_name;
    said.header_value = other.header_value;
    auto strange = log_in_with(other, said);
    client.on_request = [this](const request&) { return answer(200, std::to_string(++issued)); };

    EXPECT_EQ(*world.run(strange->token(later())), "OAuth 1");
    EXPECT_EQ(strange->header_name(), "Authorization");
    strange->invalidate("OAuth 0");
    EXPECT_EQ(*world.run(strange->token(later())), "OAuth 1");
    strange->invalidate("OAuth 1");
    EXPECT_EQ(*world.run(strange->token(later())), "OAuth 2");
    world.run(strange->close(later()));

    EXPECT_EQ(client.lines(),
              (std::vector<std::string>{"PUT /login", "PUT /login", "DELETE /sessions/1",
                                        "DELETE /sessions/2"}));
    EXPECT_EQ(client.seen[0].body, R"({"user":"a"})");
    EXPECT_EQ(fake_client::header(client.seen[0], "Authorization"), "");
}

// --- renewal

class RenewalTest : public SessionTest {
protected:
    // A moment after which a session is wanted; the clock stands a second later.
    steady_time moment() {
        const auto now = world.time.now();
        world.time.advance_by(std::chrono::seconds(1));
        return now;
    }
    void renew(steady_time after) {
        const auto doing = [&]() -> task<bool> {
            co_await session->renew(after, later());
            co_return true;
        };
        world.run(doing());
    }
};

TEST_F(RenewalTest, ANewSessionTakesThePlaceOfAnOlderOne) {
    world.run(session->token(later()));
    const auto after = moment();
    EXPECT_FALSE(session->began_after(after));

    renew(after);

    EXPECT_TRUE(session->began_after(after));
    EXPECT_EQ(*world.run(session->token(later())), "token-2");
    EXPECT_EQ(issued, 2);
}

TEST_F(RenewalTest, ASessionThatIsYoungEnoughStays) {
    const auto after = moment();
    world.run(session->token(later()));

    renew(after);

    EXPECT_TRUE(session->began_after(after));
    EXPECT_EQ(issued, 1);
}

TEST_F(RenewalTest, WithoutASessionTheFirstOneIsMade) {
    const auto after = moment();

    renew(after);

    EXPECT_TRUE(session->began_after(after));
    EXPECT_EQ(issued, 1);
}

TEST_F(RenewalTest, AThousandWhoWantOneGetOneLogin) {
    world.run(session->token(later()));
    const auto after = moment();
    client.latency = milliseconds(100);
    task_group group(world.loop);
    for (int i = 0; i < 1000; ++i) group.spawn("wish", session->renew(after, later()));

    world.run(group.join());

    EXPECT_TRUE(session->began_after(after));
    EXPECT_EQ(issued, 2);
}

TEST_F(RenewalTest, HoweverOftenItIsAskedLoginsStayRare) {
    world.run(session->token(later()));
    const auto began = world.time.now();

    while (world.time.now() - began < std::chrono::minutes(10)) renew(moment());

    EXPECT_LE(issued, 1 + 10 * 60 / 30 + 1);
    EXPECT_GE(issued, 10);
}

TEST_F(RenewalTest, ARenewalThatFailsLeavesTheOldSessionInPlace) {
    world.run(session->token(later()));
    const auto after = moment();
    login_fails = 401;

    renew(after);

    EXPECT_FALSE(session->began_after(after));
    EXPECT_TRUE(world.run(calls.send(ask())));
    EXPECT_EQ(*world.run(session->token(later())), "token-1");
}

// What was sent with the old session may still be at work; and nobody else ends it.
TEST_F(RenewalTest, TheOldSessionIsEndedByTheNextRenewalAndTheLastAtTheEnd) {
    world.run(session->token(later()));
    const auto ended = [&] {
        std::vector<std::string> out;
        for (const auto& what : client.seen)
            if (what.verb == method::del)
                out.push_back(fake_client::header(what, "vmware-api-session-id"));
        return out;
    };
    renew(moment());
    EXPECT_TRUE(ended().empty());
    world.time.advance_by(std::chrono::minutes(1));

    renew(moment());
    EXPECT_EQ(ended(), std::vector<std::string>{"token-1"});

    world.run(session->close(later()));
    EXPECT_EQ(ended(), (std::vector<std::string>{"token-1", "token-2", "token-3"}));
}

TEST_F(RenewalTest, ABorrowedSessionIsRenewedByItsLender) {
    auto borrowed = make_borrowed_session(*session, world.time, random, "snap1");
    world.run(borrowed->token(later()));
    const auto after = moment();
    const auto doing = [&]() -> task<bool> {
        co_await borrowed->renew(after, later());
        co_return true;
    };

    world.run(doing());

    EXPECT_TRUE(borrowed->began_after(after));
    EXPECT_TRUE(session->began_after(after));
}

TEST_F(RenewalTest, AHeaderThatIsConfiguredIsNoSession) {
    auto fixed = make_static_header("X-Token", "abc");

    EXPECT_TRUE(fixed->began_after(moment()));
}

}  // namespace
}  // namespace cloned::backends::http
