// SAML tokens of a vCenter's token service.

#include "backends/http/account.hpp"
#include "backends/http/session.hpp"
#include "backends/sts/packed.hpp"
#include "backends/sts/sts_login.hpp"
#include "backends/sts/sts_wire.hpp"
#include "tests/backends/fake_client.hpp"
#include "tests/support/virtual_time.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cloned::backends::sts {
namespace {

using cloned::testing::answer;
using cloned::testing::fake_client;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view assertion_text =
    "<saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_1\">"
    "<saml2:Issuer>https://vc/ &amp; co</saml2:Issuer>\n  <saml2:Advice/>"
    "</saml2:Assertion>";

http::response issued(std::string_view assertion, wall_time from, milliseconds lifetime) {
    return answer(
        200, concat("<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body>"
                    "<wst:RequestSecurityTokenResponseCollection "
                    "xmlns:wst=\"http://docs.oasis-open.org/ws-sx/ws-trust/200512\" "
                    "xmlns:wsu=\"u\"><wst:RequestSecurityTokenResponse>"
                    "<wst:RequestedSecurityToken>",
                    assertion, "</wst:RequestedSecurityToken><wst:Lifetime><wsu:Created>",
                    rfc3339(from), "</wsu:Created><wsu:Expires>", rfc3339(from + lifetime),
                    "</wsu:Expires></wst:Lifetime></wst:RequestSecurityTokenResponse>"
                    "</wst:RequestSecurityTokenResponseCollection></S:Body></S:Envelope>"));
}

http::response fault_of(std::string_view code, std::string_view words) {
    return answer(500, concat("<S:Envelope xmlns:S=\"s\"><S:Body><S:Fault><faultcode "
                              "xmlns:ns0=\"w\">ns0:",
                              code, "</faultcode><faultstring>", words,
                              "</faultstring></S:Fault></S:Body></S:Envelope>"));
}

wish some_wish() {
    wish out;
    out.user = "a<b&c";
    out.password = "p&<>\"'d";
    out.now = from_ms(1'767'225'600'000);
    out.lifetime = minutes(30);
    return out;
}

TEST(StsWire, UserAndPasswordAreText) {
    const auto sent = issue(some_wish(), "/sts/STSService");

    EXPECT_EQ(sent.target, "/sts/STSService");
    EXPECT_NE(sent.body.find("<wsse:Username>a&lt;b&amp;c</wsse:Username>"), std::string::npos);
    EXPECT_NE(sent.body.find(">p&amp;&lt;&gt;\"'d</wsse:Password>"), std::string::npos);
    EXPECT_NE(sent.body.find("<wsu:Created>2026-01-01T00:00:00.000Z</wsu:Created>"
                             "<wsu:Expires>2026-01-01T00:30:00.000Z</wsu:Expires>"),
              std::string::npos);
    EXPECT_NE(sent.body.find("<wst:Delegatable>true</wst:Delegatable>"), std::string::npos);
}

TEST(StsWire, AnAssertionIsTakenByteForByte) {
    const auto told = read_answer(issued(assertion_text, from_ms(0), minutes(7)));

    ASSERT_TRUE(told) << told.error().words;
    EXPECT_EQ(told->xml, assertion_text);
    EXPECT_EQ(told->lifetime, minutes(7));
}

TEST(StsWire, WhatIsDeclaredAroundTheAssertionGoesWithIt) {
    auto given = issued("<saml2:Assertion ID=\"_1\"/><!-- -->", from_ms(0), minutes(7));
    const std::string place = "<S:Body>";
    given.body.replace(given.body.find(place), place.size(), "<S:Body xmlns:saml2=\"urn:x\">");
    const std::string empty = "<saml2:Assertion ID=\"_1\"/>";
    given.body.replace(given.body.find(empty), empty.size(),
                       "<saml2:Assertion ID=\"_1\">.</saml2:Assertion>");

    const auto told = read_answer(given);

    ASSERT_TRUE(told) << told.error().words;
    EXPECT_EQ(told->xml, "<saml2:Assertion xmlns:saml2=\"urn:x\" ID=\"_1\">.</saml2:Assertion>");
}

TEST(StsWire, WhatIsNoAnswerIsAFaultAndNeverACrash) {
    const auto whole = issued(assertion_text, from_ms(0), minutes(7)).body;
    for (std::size_t n = 0; n < whole.size(); ++n)
        static_cast<void>(read_answer(answer(200, whole.substr(0, n))));
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "<a>";
    for (const auto& body : {std::string(), std::string("no"), std::string("{}"), deep})
        EXPECT_EQ(read_answer(answer(200, body)).error().what, fault_kind::other);
}

TEST(StsWire, FaultsAreToldApart) {
    const auto kind = [](std::string_view code, std::string_view words) {
        return read_answer(fault_of(code, words)).error().what;
    };
    EXPECT_EQ(kind("FailedAuthentication", "Invalid credentials"), fault_kind::refused);
    EXPECT_EQ(kind("InvalidSecurity", "?"), fault_kind::refused);
    EXPECT_EQ(kind("RequestFailed", "The account is locked"), fault_kind::refused);
    EXPECT_EQ(kind("FailedAuthentication", "The password has expired"), fault_kind::refused);
    EXPECT_EQ(kind("MessageExpired", "?"), fault_kind::wrong_time);
    EXPECT_EQ(kind("InvalidTimeRange", "?"), fault_kind::wrong_time);
    EXPECT_EQ(kind("Server", "out of memory"), fault_kind::other);
}

TEST(StsWire, ReadsTheDatesOfHttp) {
    EXPECT_EQ(read_http_date("Thu, 01 Jan 2026 00:00:00 GMT"), from_ms(1'767'225'600'000));
    EXPECT_FALSE(read_http_date("Thu, 01 Jan 2026 00:00:00"));
    EXPECT_FALSE(read_http_date(""));
}

// --- the token

class StsLoginTest : public ::testing::Test {
protected:
    StsLoginTest() {
        client.on_request = [this](const http::request& what) { return serve(what); };
    }

    result<http::response> serve(const http::request& what) {
        if (what.body.find("<wsse:Password Type=") == std::string::npos) return answer(400);
        if (what.body.find(">right</wsse:Password>") == std::string::npos)
            return fault_of("FailedAuthentication", "Invalid credentials: wrong");
        const auto theirs = world.time.wall() + skew;
        if (what.body.find(rfc3339(theirs).substr(0, 16)) == std::string::npos) {
            auto late = fault_of("MessageExpired", "too old");
            if (tells_time) late.headers.emplace_back("date", "Thu, 01 Jan 2026 03:00:00 GMT");
            return late;
        }
        return issued(assertion_text, theirs, lifetime);
    }

    std::unique_ptr<http::token_source> account_of(std::string password) {
        http::session_options said;
        said.endpoint = "snap1";
        said.header_name = "Authorization";
        said.header_value = authorization;
        said.secrets = std::make_shared<http::redactor>();
        said.secrets->add(password);
        sts_account who{"svc", std::move(password), "/sts/STSService"};
        return http::make_login_session(world.time, random,
                                        make_sts_login(client, nullptr, world.time, std::move(who)),
                                        std::move(said));
    }
    result<std::string> ask(http::token_source& of) {
        return world.run(of.token(world.time.now() + seconds(60)));
    }

    cloned::testing::world world;
    random_source random{7};
    fake_client client{world.time};
    milliseconds lifetime = minutes(30);
    milliseconds skew{0};
    bool tells_time = true;
};

TEST_F(StsLoginTest, ATokenIsTheSignedAssertionPackedForAHeader) {
    const auto session = account_of("right");

    const auto token = ask(*session);

    ASSERT_TRUE(token) << token.error().message();
    EXPECT_EQ(*token, authorization(*packed(assertion_text)));
    EXPECT_TRUE(token->starts_with("SIGN token=\"H4sI"));
    EXPECT_EQ(session->header_name(), "Authorization");
}

TEST_F(StsLoginTest, ItIsRenewedAheadOfItsEnd) {
    const auto session = account_of("right");
    static_cast<void>(ask(*session));
    world.time.advance_by(minutes(23));
    static_cast<void>(ask(*session));
    EXPECT_EQ(client.seen.size(), 1U);

    world.time.advance_by(seconds(61));
    static_cast<void>(ask(*session));

    EXPECT_EQ(client.seen.size(), 2U);
}

TEST_F(StsLoginTest, WhileNoneCanBeHadTheOldOneServesToItsEnd) {
    const auto session = account_of("right");
    static_cast<void>(ask(*session));
    client.on_request = [](const http::request&) -> result<http::response> {
        return fail(errc::unavailable, "away");
    };
    world.time.advance_by(minutes(29));
    EXPECT_TRUE(ask(*session));
    world.time.advance_by(minutes(2));
    EXPECT_FALSE(ask(*session));
}

TEST_F(StsLoginTest, AWrongPasswordCountsAsARefusedLoginAndIsNotRepeated) {
    const auto session = account_of("wrong");
    for (int second = 0; second < 3590; ++second, world.time.advance_by(seconds(1)))
        static_cast<void>(ask(*session));
    EXPECT_EQ(client.seen.size(), 7U);

    const auto refused = ask(*session);

    EXPECT_NE(refused.error().message().find("clonectl endpoints login snap1"), std::string::npos);
    EXPECT_EQ(refused.error().message().find("wrong"), std::string::npos) << "it is the secret";
}

TEST_F(StsLoginTest, TheClockOfTheServiceIsAllowedFor) {
    skew = minutes(120);
    const auto session = account_of("right");

    const auto token = ask(*session);

    ASSERT_TRUE(token) << token.error().message();
    EXPECT_EQ(client.seen.size(), 2U);
    world.time.advance_by(minutes(25));
    client.on_request = [&](const http::request&) {
        return issued(assertion_text, world.time.wall() + skew, lifetime);
    };
    static_cast<void>(ask(*session));
    EXPECT_EQ(client.seen.size(), 3U);
}

TEST_F(StsLoginTest, AClockThatCannotBeAllowedForIsTold) {
    skew = minutes(120);
    tells_time = false;
    const auto session = account_of("right");

    const auto refused = ask(*session);

    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message().find("time of the request"), std::string::npos);
    EXPECT_NE(refused.error().message().find("NTP"), std::string::npos);
}

}  // namespace
}  // namespace cloned::backends::sts
