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

// An upstream that accepts every call and refuses in the task must not be flooded before the first
// poll.
TEST_F(Ceiling, DoublesWithEveryPollThatShowsItsJobsAtWorkWhileNothingIsRefused) {
    ceiling c({.first = 4}, 1'000, std::nullopt);
    for (int i = 0; i < 4; ++i) c.accepted(now, false);
    EXPECT_EQ(c.value(), 4);

    c.observed(now, {.running = 4}, random);
    c.observed(now, {.running = 5, .ended = 3}, random);

    EXPECT_EQ(c.value(), 16);
    EXPECT_FALSE(c.learned());
}

TEST_F(Ceiling, ARefusalWithNInFlightMeansN) {
    ceiling c({}, 1'000, std::nullopt);
    c.observed(now, {.running = 15}, random);
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
    c.accepted(now, true);
    EXPECT_EQ(c.value(), 20);

    c.observed(now, {.running = 20}, random);
    EXPECT_EQ(c.value(), 20);

    c.sent(true);
    c.accepted(now, true);
    c.observed(now, {.running = 21}, random);
    EXPECT_EQ(c.value(), 21);
}

TEST_F(Ceiling, ProbesDoubleWhileTheySucceed) {
    auto c = learned_at(40);
    c.sent(true);
    c.accepted(now, true);
    c.observed(now, {.running = 41}, random);
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
    c.observed(now, {.running = 15}, random);

    c.observed(now, {.running = 12, .pending = 5}, random);
    EXPECT_FALSE(c.learned());
    c.observed(now, {.running = 12, .pending = 5}, random);

    EXPECT_EQ(c.value(), 12);
}

TEST_F(Ceiling, FinishedJobsPayForProbes) {
    auto c = learned_at(2);
    int probes = 0;
    for (int hour = 0; hour < 100; ++hour, now += seconds(3'600)) {
        if (!c.may_send(now, 2).send()) continue;
        c.sent(true);
        c.refused(now, 2, true, random);
        ++probes;
    }
    EXPECT_LE(probes, 4);

    c.observed(now, {.running = 2, .ended = 10}, random);
    EXPECT_TRUE(c.may_send(now, 2).send());
}

// It is closed, which tells of no maximum.
TEST_F(Ceiling, WhatWasKnownBeforeTheUpstreamClosedIsFoundAgainInAFewPolls) {
    auto c = learned_at(20);
    for (const auto others : {19, 12, 3, 1, 0, 0, 0}) c.refused(now, others, false, random);

    EXPECT_EQ(c.learned(), 20);
    EXPECT_EQ(c.value(), 4);
    c.observed(now, {.running = 4, .proven = true}, random);
    c.observed(now, {.running = 8, .proven = true}, random);
    c.observed(now, {.running = 16, .proven = true}, random);
    EXPECT_EQ(c.value(), 20);
    EXPECT_EQ(c.learned(), 20);
}

TEST_F(Ceiling, AFallThatEndsWithAnAcceptanceIsALowerMaximum) {
    auto c = learned_at(20);
    c.refused(now, 5, false, random);
    c.observed(now, {.running = 5, .proven = true}, random);
    c.refused(now, 0, false, random);

    EXPECT_EQ(c.learned(), 5);
}

TEST_F(Ceiling, ASearchThatMetNothingGoesOnAfterTheUpstreamWasClosed) {
    ceiling c({}, 1'000, std::nullopt);
    c.refused(now, 0, false, random);

    EXPECT_EQ(c.value(), 4);
    EXPECT_FALSE(c.learned());
}

}  // namespace
}  // namespace cloned
