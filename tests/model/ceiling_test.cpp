#include "model/ceiling.hpp"

#include <gtest/gtest.h>

namespace cloned {
namespace {

using std::chrono::seconds;

class Ceiling : public ::testing::Test {
protected:
    random_source random{1};
    steady_time now{seconds(1'000)};

    ceiling learned_at(std::int64_t n, std::int64_t limit = 1'000) { return ceiling({}, limit, n); }
};

TEST_F(Ceiling, GrowsWithEveryAnswerWhileNothingIsRefused) {
    ceiling c({.first = 4}, 1'000, std::nullopt);
    std::int64_t in_flight = 0;
    std::int64_t unanswered = 0;
    const auto send = [&] {
        while (c.may_send(now, in_flight).send()) {
            c.sent(false);
            ++in_flight;
            ++unanswered;
        }
    };
    send();
    for (int round = 0; round < 3; ++round) {
        for (auto answers = unanswered; answers > 0; --answers) {
            --unanswered;
            c.accepted(now, in_flight, false);
            send();
        }
    }

    EXPECT_EQ(c.value(), 16);
    EXPECT_FALSE(c.learned());
}

TEST_F(Ceiling, ARefusalWithNInFlightMeansN) {
    ceiling c({}, 1'000, std::nullopt);
    c.accepted(now, 30, false);
    c.refused(now, 22, false, random);

    EXPECT_EQ(c.value(), 22);
    EXPECT_EQ(c.learned(), 22);
}

// I3: never above the limit, whatever was learned.
TEST_F(Ceiling, NeverSendsAboveTheConfiguredLimit) {
    auto c = learned_at(50, 10);

    EXPECT_FALSE(c.may_send(now, 10).send());
    EXPECT_EQ(c.value(), 10);
}

TEST_F(Ceiling, BelowTheCeilingItSendsAtOnce) {
    auto c = learned_at(20);

    const auto admitted = c.may_send(now, 19);

    EXPECT_TRUE(admitted.send());
    EXPECT_FALSE(admitted.probe);
}

TEST_F(Ceiling, AtTheCeilingOneProbeGoesOutAndThenNoneUntilItIsAnswered) {
    auto c = learned_at(20);
    const auto admitted = c.may_send(now, 20);
    ASSERT_TRUE(admitted.send());
    ASSERT_TRUE(admitted.probe);

    c.sent(true);

    EXPECT_FALSE(c.may_send(now, 21).send());
}

TEST_F(Ceiling, ARefusedProbeLeavesTheCeilingAndDelaysTheNext) {
    auto c = learned_at(20);
    c.sent(true);
    c.refused(now, 20, true, random);

    EXPECT_EQ(c.value(), 20);
    const auto later = c.may_send(now, 20);
    EXPECT_FALSE(later.send());
    ASSERT_TRUE(later.again_at);
    EXPECT_GE(*later.again_at, now + seconds(15));
}

TEST_F(Ceiling, AnAcceptedProbeRaisesItOnlyWhenSoManyWereSeenRunning) {
    auto c = learned_at(20);
    c.sent(true);
    c.accepted(now, 21, true);
    EXPECT_EQ(c.value(), 20);

    c.observed(now, 20, 0, random);
    EXPECT_EQ(c.value(), 20);

    c.sent(true);
    c.accepted(now, 21, true);
    c.observed(now, 21, 0, random);
    EXPECT_EQ(c.value(), 21);
}

TEST_F(Ceiling, ProbesDoubleWhileTheySucceed) {
    auto c = learned_at(40);
    c.sent(true);
    c.accepted(now, 41, true);
    c.observed(now, 41, 0, random);
    now += seconds(2);

    int probes = 0;
    while (c.may_send(now, 41 + probes).send()) {
        c.sent(true);
        ++probes;
    }

    EXPECT_EQ(probes, 2);
}

TEST_F(Ceiling, OperationsThatStayPendingShowTheMaximumOfAnUpstreamThatQueues) {
    ceiling c({}, 100, std::nullopt);
    c.accepted(now, 30, false);

    c.observed(now, 12, 5, random);
    EXPECT_FALSE(c.learned());
    c.observed(now, 12, 5, random);

    EXPECT_EQ(c.value(), 12);
}

TEST_F(Ceiling, ARefusalWithNothingInFlightKeepsOneAndWaits) {
    auto c = learned_at(5);
    c.refused(now, 0, false, random);

    EXPECT_EQ(c.value(), 1);
    EXPECT_FALSE(c.may_send(now, 0).send());
    EXPECT_TRUE(c.may_send(now + seconds(4), 0).send());
}

}  // namespace
}  // namespace cloned
