// Which login snapservice takes: its documents leave that open. VMware's own client sends a SAML
// token with each call; sessions are described, and nowhere seen.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cloned::readings {
namespace {

using backends::auth_kind;

struct way_in {
    const char* taken;  // by the upstream
    auth_kind used;     // by us
};

// NOLINTNEXTLINE(readability-identifier-naming): the name that GoogleTest looks for.
void PrintTo(const way_in& way, std::ostream* out) {
    *out << way.taken;
}

class reading_08_login : public ::testing::TestWithParam<way_in> {
protected:
    reading_08_login() {
        s.upstream().sts.snapservice_auth = GetParam().taken;
        s.add_vcenter();
        s.add_snapservice().options.auth = GetParam().used;
    }
    scene s;
};

TEST_P(reading_08_login, WorksForHoursAndCostsFewSessions) {
    s.trouble_until(seconds_in(7'200));
    for (int i = 0; i < 24; ++i) s.linked_clone("web-" + std::to_string(i), seconds_in(300) * i);

    const auto seen = s.run();

    EXPECT_EQ(seen.count(job_state::succeeded), 24) << seen.job("web-0").words();
    EXPECT_LE(seen.logins, 2U);
    EXPECT_EQ(seen.requests("snapservice", 401), 0U);
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

INSTANTIATE_TEST_SUITE_P(Ways,
                         reading_08_login,
                         ::testing::Values(way_in{"saml_each_call", auth_kind::saml},
                                           way_in{"session_saml", auth_kind::session_saml},
                                           way_in{"session_basic", auth_kind::basic},
                                           way_in{"vcenter_session", auth_kind::vcenter_session},
                                           way_in{"any", auth_kind::saml}),
                         [](const auto& one) { return std::string(one.param.taken); });

// The way that is configured is not taken.
class reading_08_other_login : public reading_08_login {};

TEST_P(reading_08_other_login, IsTriedRarelyAndCostsTheVCenterNothing) {
    s.linked_clone("web-1");
    s.clone("web-2", seconds_in(60));
    s.trouble_until(seconds_in(3'590));
    s.cancel(seconds_in(3'580), "web-1");

    const auto seen = s.run();

    EXPECT_EQ(seen.job("web-2").state(), job_state::succeeded) << seen.job("web-2").words();
    EXPECT_LE(seen.logins, 3U) << "of both servers";
    EXPECT_LE(seen.requests("POST /api/snapservice/sessions"), 10U);
    EXPECT_LE(seen.requests("POST /sts/STSService"), 10U);
}

INSTANTIATE_TEST_SUITE_P(Ways,
                         reading_08_other_login,
                         ::testing::Values(way_in{"refused", auth_kind::saml},
                                           way_in{"saml_each_call", auth_kind::session_saml},
                                           way_in{"session_saml", auth_kind::basic},
                                           way_in{"saml_each_call", auth_kind::vcenter_session}),
                         [](const auto& one) {
                             return std::string(one.param.taken) + "_" +
                                    std::to_string(static_cast<int>(one.param.used));
                         });

TEST(reading_08_token_service, AWrongPasswordIsTriedSevenTimesAnHour) {
    for (const auto* refusal : {"FailedAuthentication", "InvalidSecurity"}) {
        scene s;
        s.upstream().sts.refusal = refusal;
        s.upstream().sts.snapservice_auth = "saml_each_call";
        s.add_vcenter();
        auto& snap = s.add_snapservice().options;
        snap.auth = auth_kind::saml;
        snap.password = "wrong";
        s.linked_clone("web-1");
        s.trouble_until(seconds_in(3'590));
        s.cancel(seconds_in(3'580), "web-1");

        const auto seen = s.run();

        EXPECT_LE(seen.requests("POST /sts/STSService"), 7U) << refusal;
    }
}

TEST(reading_08_token_service, AClockThatIsWrongIsNoWrongPassword) {
    scene s;
    s.upstream().sts.clock_skew_s = 3'600;
    s.upstream().sts.snapservice_auth = "saml_each_call";
    s.add_vcenter();
    s.add_snapservice().options.auth = auth_kind::saml;
    s.linked_clone("web-1");
    s.clone("web-2");
    s.trouble_until(seconds_in(600));
    s.at(seconds_in(590), [](auto& life) {
        const auto all = life.commands().endpoints();
        const auto snap = std::find_if(all.begin(), all.end(),
                                       [](const auto& each) { return each.info.name == "snap"; });
        ASSERT_NE(snap, all.end());
        EXPECT_NE(snap->trouble.find("NTP"), std::string::npos) << snap->trouble;
    });
    s.cancel(seconds_in(595), "web-1");

    const auto seen = s.run();

    EXPECT_EQ(seen.job("web-2").state(), job_state::succeeded) << seen.job("web-2").words();
}

}  // namespace
}  // namespace cloned::readings
