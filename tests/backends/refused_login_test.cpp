// Logins and calls that are refused: what they cost the account, and what is said of them.

#include "backends/http/account.hpp"
#include "backends/http/authorized_client.hpp"
#include "backends/http/session.hpp"
#include "backends/vapi/faults.hpp"
#include "base/task_group.hpp"
#include "tests/backends/fake_client.hpp"
#include "tests/support/virtual_time.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace cloned::backends::http {
namespace {

using cloned::testing::answer;
using cloned::testing::fake_client;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* full_house =
    R"({"error_type":"SERVICE_UNAVAILABLE","messages":[{"id":)"
    R"("com.vmware.vapi.endpoint.failedToLoginMaxUserSessionCountReached",)"
    R"("default_message":"550 of 550 sessions","args":[]}]})";

// A server with one account. It knows the sessions that it has made, and refuses calls to /refused.
class RefusedLoginTest : public ::testing::Test {
protected:
    RefusedLoginTest() {
        client.on_request = [this](const request& what) { return serve(what); };
    }

    result<response> serve(const request& what) {
        const auto token = fake_client::header(what, "vmware-api-session-id");
        if (what.target == "/api/session" && what.verb == method::post) {
            if (is_full) return answer(503, full_house);
            if (fake_client::header(what, "Authorization") != right_login) return answer(401, "no");
            most_open = std::max(most_open, open.size() + 1);
            return answer(201, "\"" + *open.insert("t" + std::to_string(++issued)).first + "\"");
        }
        if (what.verb == method::del) return answer(open.erase(token) == 1 ? 204 : 401);
        if (!open.contains(token)) return answer(401);
        return answer(what.target == "/api/refused" ? 401 : 200, "{}");
    }

    std::unique_ptr<token_source> door(const std::string& name, std::string password) {
        login_form form;
        form.target = "/api/session";
        form.user = "svc";
        form.password = std::move(password);
        form.explain = vapi::explain;
        form.make_question = [] {
            request ask;
            ask.target = "/api/session";
            return ask;
        };
        session_options said;
        said.endpoint = name;
        said.account = shared;
        return make_login_session(world.time, random, make_login_steps(client, std::move(form)),
                                  std::move(said));
    }

    result<std::string> ask(token_source& of) { return world.run(of.token(later())); }
    result<response> call(token_source& of, const char* target) {
        authorized_client calls(client, of, vapi::explain);
        request what;
        what.target = target;
        what.deadline = later();
        return world.run(calls.send(std::move(what)));
    }
    steady_time later() { return world.time.now() + seconds(60); }
    std::size_t logins() { return client.count("POST /api/session"); }

    cloned::testing::world world;
    random_source random{7};
    fake_client client{world.time};
    std::shared_ptr<account> shared = std::make_shared<account>();
    std::string right_login = "Basic c3ZjOnJpZ2h0";  // svc:right
    bool is_full = false;
    int issued = 0;
    std::set<std::string> open;
    std::size_t most_open = 0;
};

TEST_F(RefusedLoginTest, TwoAreTriedAndThenOneInTenMinutes) {
    const auto session = door("vc1", "wrong");
    std::vector<std::size_t> after;
    for (int second = 0; second < 3600; ++second) {
        EXPECT_FALSE(ask(*session));
        if (second == 30 || second == 590 || second == 3599) after.push_back(logins());
        world.time.advance_by(seconds(1));
    }

    EXPECT_EQ(after, (std::vector<std::size_t>{2, 2, 7}));
}

TEST_F(RefusedLoginTest, ItIsSaidHowOftenItWasTriedAndWhenItWillBeAgain) {
    const auto session = door("vc1", "wrong");
    static_cast<void>(ask(*session));
    world.time.advance_by(seconds(6));
    static_cast<void>(ask(*session));

    const auto refused = ask(*session);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::unauthenticated);
    EXPECT_EQ(refused.error().message(),
              concat("vc1: login refused (HTTP 401 without the upstream's own words (\"no\")), "
                     "tried twice; next try at ",
                     rfc3339(world.time.wall() + minutes(10)),
                     ", or now by `clonectl endpoints login vc1`"));
}

TEST_F(RefusedLoginTest, AllEndpointsOfAnAccountCountTogether) {
    const auto one = door("vc1", "wrong");
    const auto two = door("vc2", "wrong");
    const auto three = door("vi1", "wrong");
    for (int second = 0; second < 3590; ++second) {
        for (const auto& each : {one.get(), two.get(), three.get()}) EXPECT_FALSE(ask(*each));
        world.time.advance_by(seconds(1));
    }

    EXPECT_EQ(logins(), 7U);
}

TEST_F(RefusedLoginTest, EndpointsThatBeginTogetherDoNotTryTogether) {
    client.latency = milliseconds(200);
    task_group group(world.loop);
    std::vector<std::unique_ptr<token_source>> doors;
    for (int i = 0; i < 8; ++i) doors.push_back(door("vc" + std::to_string(i), "wrong"));
    const auto knock = [&](token_source& at) -> task<void> {
        auto ignored = co_await at.token(later());
        static_cast<void>(ignored);
    };
    for (const auto& each : doors) group.spawn("knock", knock(*each));

    world.run(group.join());

    EXPECT_EQ(logins(), 1U);
}

TEST_F(RefusedLoginTest, ASecretThatWasPutRightIsTriedAtOnce) {
    const auto session = door("vc1", "wrong");
    for (int i = 0; i < 100; ++i, world.time.advance_by(seconds(1)))
        static_cast<void>(ask(*session));
    ASSERT_EQ(logins(), 2U);

    session->use_secret("right");

    EXPECT_TRUE(ask(*session));
    EXPECT_EQ(logins(), 3U);
}

TEST_F(RefusedLoginTest, AnOperatorGetsOneTryAndNotTwo) {
    const auto session = door("vc1", "wrong");
    for (int i = 0; i < 100; ++i, world.time.advance_by(seconds(1)))
        static_cast<void>(ask(*session));

    session->try_now();
    for (int i = 0; i < 100; ++i, world.time.advance_by(seconds(1)))
        static_cast<void>(ask(*session));

    EXPECT_EQ(logins(), 3U);
}

TEST_F(RefusedLoginTest, NoOperatorLocksTheAccountByImpatience) {
    const auto session = door("vc1", "wrong");
    for (int i = 0; i < 170; ++i, world.time.advance_by(seconds(1))) {
        session->try_now();
        static_cast<void>(ask(*session));
    }
    EXPECT_EQ(logins(), 4U);

    session->use_secret("right");

    EXPECT_TRUE(ask(*session)) << "another secret may be the right one";
}

TEST_F(RefusedLoginTest, TooManySessionsAreAMatterForAnOperatorToo) {
    is_full = true;
    const auto session = door("vc1", "right");
    for (int second = 0; second < 3590; ++second, world.time.advance_by(seconds(1)))
        static_cast<void>(ask(*session));

    const auto refused = ask(*session);

    EXPECT_EQ(logins(), 7U);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message().find("limit of sessions"), std::string::npos);
    is_full = false;
    session->try_now();
    EXPECT_TRUE(ask(*session));
}

// --- an account of another server's directory

class OtherServerTest : public RefusedLoginTest {
protected:
    OtherServerTest() {
        elsewhere.on_request = [](const request&) { return answer(401, "not by Basic"); };
    }

    std::unique_ptr<token_source> after(token_source& there) {
        login_form form;
        form.target = "/sessions";
        form.explain = vapi::explain;
        session_options said;
        said.endpoint = "snap1";
        return make_login_session(
            world.time, random,
            make_login_after(there, world.time, make_login_steps(elsewhere, std::move(form))),
            std::move(said));
    }

    fake_client elsewhere{world.time};
};

TEST_F(OtherServerTest, WhatIsRefusedThereIsNotTriedHere) {
    const auto there = door("vc1", "wrong");
    const auto here = after(*there);
    for (int second = 0; second < 3590; ++second, world.time.advance_by(seconds(1))) {
        static_cast<void>(ask(*here));
        static_cast<void>(ask(*there));
    }

    EXPECT_EQ(logins(), 7U);
    EXPECT_TRUE(elsewhere.seen.empty());
    EXPECT_NE(ask(*here).error().message().find("endpoints login vc1"), std::string::npos);
}

TEST_F(OtherServerTest, WhatIsRefusedHereAloneDoesNotHoldTheOtherBack) {
    const auto there = door("vc1", "right");
    const auto here = after(*there);
    for (int second = 0; second < 3590; ++second, world.time.advance_by(seconds(1)))
        static_cast<void>(ask(*here));
    EXPECT_EQ(elsewhere.seen.size(), 7U);
    open.clear();

    EXPECT_TRUE(call(*there, "/api/thing"));
}

TEST_F(OtherServerTest, AServerThatIsAwayDoesNotKeepUsFromTheOther) {
    client.on_request = [](const request&) -> result<response> {
        return fail(errc::unavailable, "away");
    };
    elsewhere.on_request = [](const request&) { return answer(201, "\"t1\""); };
    const auto there = door("vc1", "right");
    const auto here = after(*there);

    EXPECT_TRUE(ask(*here));
}

// --- calls

TEST_F(RefusedLoginTest, ACallThatIsRefusedWhileTheSessionLivesIsToldAsThat) {
    const auto session = door("vc1", "right");

    const auto refused = call(*session, "/api/refused");

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::permission_denied);
    EXPECT_NE(refused.error().message().find("accepts the session"), std::string::npos);
    EXPECT_TRUE(call(*session, "/api/thing"));
    EXPECT_EQ(logins(), 1U);
}

TEST_F(RefusedLoginTest, ACallThatIsAlwaysRefusedCostsFewSessions) {
    const auto session = door("vc1", "right");
    for (int i = 0; i < 720; ++i, world.time.advance_by(seconds(5))) {
        EXPECT_FALSE(call(*session, "/api/refused"));
        EXPECT_TRUE(call(*session, "/api/thing"));
    }

    EXPECT_LE(logins(), 12U);
    EXPECT_LE(most_open, 3U);
    world.run(session->close(later()));
    EXPECT_TRUE(open.empty());
}

TEST_F(RefusedLoginTest, SessionsThatEndAgainAndAgainAreNotReplacedForEver) {
    const auto session = door("vc1", "right");
    for (int i = 0; i < 720; ++i, world.time.advance_by(seconds(5))) {
        static_cast<void>(call(*session, "/api/thing"));
        open.clear();
    }

    EXPECT_LE(logins(), 12U);
    session->try_now();
    EXPECT_TRUE(call(*session, "/api/thing"));
}

// A server that ends what is not used, and a daemon that has little to do.
TEST_F(RefusedLoginTest, SessionsThatEndForWantOfUseAreReplaced) {
    const auto session = door("vc1", "right");
    for (int i = 0; i < 30; ++i, world.time.advance_by(seconds(60))) {
        EXPECT_TRUE(call(*session, "/api/thing")) << i;
        open.clear();
    }
}

TEST_F(RefusedLoginTest, WithoutAWordAboutTheSessionNothingIsThrownAway) {
    const auto session = door("vc1", "right");
    ASSERT_TRUE(call(*session, "/api/thing"));
    client.on_request = [&](const request& what) -> result<response> {
        if (what.target == "/api/session") return answer(503);
        return serve(what);
    };

    const auto refused = call(*session, "/api/refused");

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::unavailable);
    EXPECT_EQ(open.size(), 1U);
    EXPECT_EQ(issued, 1);
}

// --- borrowers

TEST_F(RefusedLoginTest, ABorrowerThatIsRefusedLeavesTheLendersSession) {
    const auto lender = door("vc1", "right");
    const auto borrowed = make_borrowed_session(*lender, world.time, random, "snap1");
    fake_client elsewhere(world.time);
    elsewhere.on_request = [](const request&) { return answer(401); };
    authorized_client calls(elsewhere, *borrowed, vapi::explain);
    std::optional<error> said;
    for (int i = 0; i < 3590; ++i, world.time.advance_by(seconds(1))) {
        request what;
        what.target = "/api/snapservice/tasks";
        what.deadline = later();
        auto refused = world.run(calls.send(std::move(what)));
        ASSERT_FALSE(refused);
        said = refused.error();
    }

    EXPECT_EQ(logins(), 1U);
    EXPECT_EQ(open.size(), 1U);
    EXPECT_EQ(elsewhere.seen.size(), 7U);
    EXPECT_EQ(said->code(), errc::unauthenticated);
    EXPECT_NE(said->message().find("another auth is needed"), std::string::npos);
}

}  // namespace
}  // namespace cloned::backends::http
