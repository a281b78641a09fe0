// How an account fares whose login is refused. vCenter locks it after five refusals within three
// minutes, for everybody who uses it (VCF guide, "Lockout Policy").

#include "tests/readings/scene.hpp"

#include <boost/asio/co_spawn.hpp>

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

std::uint64_t refused_logins(const outcome_of_scene& seen) {
    return seen.requests("POST /api/session", 401) + seen.requests("VI Login", 500) +
           seen.requests("POST /api/snapservice/sessions", 401);
}

// The upstream locks, and everybody counts.
TEST(reading_09_wrong_password, AnAccountIsTriedSevenTimesAnHourHoweverManyEndpointsUseIt) {
    scene s;
    s.upstream().lockout_after = 5;
    auto& first = s.add_vcenter();
    first.options.password = "wrong";
    auto second = first;
    second.options.info.name = second.options.info.inventory = "vc2";
    s.plan().endpoints.push_back(second);
    s.add_guests().options.password = "wrong";
    s.add_snapservice().options.password = "wrong";
    s.clone("web-1");
    s.clone("web-2").endpoint = "vc2";
    s.customize("guest-1", "vm-42");
    s.linked_clone("web-3");
    s.trouble_until(seconds_in(3'590));
    for (const auto* job : {"web-1", "web-2", "web-3", "guest-1"}) s.cancel(seconds_in(3'580), job);

    const auto seen = s.run();

    EXPECT_LE(refused_logins(seen), 7U);
    EXPECT_GE(refused_logins(seen), 6U);
}

// The account is put right while the daemon runs: by the secret, or at the upstream.
class reading_09_put_right : public ::testing::Test {
protected:
    reading_09_put_right() {
        s.upstream().clone.ms = 1'000;
        s.add_vcenter().options.password = "wrong";
        s.clone("web-1");
        s.trouble_until(seconds_in(400));
    }

    static void log_in(simulation::daemon_run& life) {
        asio::co_spawn(life.loop().get_executor(), life.commands().log_in("vc"),
                       [](std::exception_ptr thrown, const result<void>&) {
                           if (thrown) std::rethrow_exception(thrown);
                       });
    }

    static bool sent_within_5_s(const fate_of_job& job, moment since) {
        if (job.operations.size() != 1) return false;
        const auto began = job.operations.front().started;
        return began >= since && began <= since + seconds_in(5);
    }

    scene s;
};

TEST_F(reading_09_put_right, TheRightSecretIsAtWorkWithinFiveSeconds) {
    s.at(seconds_in(300), [](auto& life) {
        life.use_secret("vc", "secret");
        log_in(life);
    });

    const auto seen = s.run();

    EXPECT_EQ(refused_logins(seen), 2U);
    EXPECT_TRUE(sent_within_5_s(seen.job("web-1"), seconds_in(300)));
    EXPECT_EQ(seen.job("web-1").state(), job_state::succeeded) << seen.job("web-1").words();
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

TEST_F(reading_09_put_right, AnOperatorWhoAsksOnceMoreCostsOneLogin) {
    s.at(seconds_in(100), [](auto& life) { log_in(life); });
    s.at(seconds_in(300), [](auto& life) { life.use_secret("vc", "secret"); });

    const auto seen = s.run();

    EXPECT_EQ(refused_logins(seen), 3U);
    EXPECT_EQ(seen.job("web-1").state(), job_state::succeeded) << seen.job("web-1").words();
}

}  // namespace
}  // namespace cloned::readings
