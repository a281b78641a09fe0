#include "model/lane_breaker.hpp"
#include "model/misfits.hpp"

#include <gtest/gtest.h>

namespace cloned {
namespace {

using std::chrono::seconds;

constexpr wall_time noon{milliseconds(43'200'000)};

class LaneBreaker : public ::testing::Test {
protected:
    random_source random{1};
    steady_time now{seconds(1'000)};
    lane_breaker breaker;

    void refuse() { breaker.refused(now, noon, "closed", random); }
};

TEST_F(LaneBreaker, PausesGrowToLessThanAMinuteHoweverLongItLasts) {
    for (int i = 0; i < 1'000; ++i) {
        refuse();
        ASSERT_FALSE(breaker.may_send(now, 0));
        ASSERT_GE(*breaker.again_at(), now + seconds(i < 4 ? 3 : 22));
        ASSERT_LE(*breaker.again_at(), now + seconds(30));
        now = *breaker.again_at();
        ASSERT_TRUE(breaker.may_send(now, 0));
        ASSERT_FALSE(breaker.may_send(now, 1));
    }
    EXPECT_EQ(breaker.since(), noon);
}

TEST_F(LaneBreaker, ACrowdOfRefusalsIsOne) {
    refuse();
    const auto first = *breaker.again_at();
    for (int i = 0; i < 100; ++i) refuse();

    EXPECT_EQ(*breaker.again_at(), first);
}

TEST_F(LaneBreaker, OneThatIsTakenClosesItAndForgetsTheBusyOnes) {
    for (int i = 0; i < 7; ++i) breaker.busy(now, noon, "busy", random);
    EXPECT_FALSE(breaker.open());
    breaker.taken();
    for (int i = 0; i < 7; ++i) breaker.busy(now, noon, "busy", random);
    EXPECT_FALSE(breaker.open());
    breaker.busy(now, noon, "busy", random);
    EXPECT_TRUE(breaker.open());

    breaker.taken();

    EXPECT_TRUE(breaker.may_send(now, 10));
}

// --- jobs that do not fit

constexpr job_id odd{7};
constexpr job_id other{8};

TEST(Misfits, OneThatIsRefusedTwiceBelowTheMaximumStepsAside) {
    misfits jobs;
    EXPECT_EQ(jobs.refused(odd, 3), after_refusal::again);
    EXPECT_EQ(jobs.refused(odd, 2), after_refusal::aside);
    EXPECT_EQ(jobs.refused(other, 0), after_refusal::aside);
}

TEST(Misfits, OneThatIsAloneIsNeverGivenUp) {
    misfits jobs;
    for (int i = 0; i < 10'000; ++i) ASSERT_NE(jobs.refused(odd, 0), after_refusal::give_up);
    EXPECT_FALSE(jobs.is_suspect(odd));
}

TEST(Misfits, OneThatIsRefusedWhereOthersAreTakenIsGivenUpAtLast) {
    misfits jobs;
    int refusals = 0;
    auto last = after_refusal::again;
    while (last != after_refusal::give_up && refusals < 100) {
        last = jobs.refused(odd, 2);
        ++refusals;
        jobs.taken(other, 2);
    }
    EXPECT_EQ(last, after_refusal::give_up);
    EXPECT_EQ(refusals, 13);
    EXPECT_EQ(jobs.size(), 0U);
}

TEST(Misfits, OthersThatWereTakenWithFewerInFlightSayNothing) {
    misfits jobs;
    for (int i = 0; i < 100; ++i) {
        ASSERT_NE(jobs.refused(odd, 5), after_refusal::give_up);
        jobs.taken(other, 4);
    }
    EXPECT_FALSE(jobs.is_suspect(odd));
}

TEST(Misfits, OneThatIsTakenAtLastIsForgotten) {
    misfits jobs;
    jobs.refused(odd, 0);
    jobs.taken(odd, 0);
    EXPECT_EQ(jobs.size(), 0U);
}

// A job that is cancelled while it waits never comes back.
TEST(Misfits, RemembersNoMoreThanAFewHundred) {
    misfits jobs;
    for (std::int64_t id = 1; id <= 100'000; ++id) jobs.refused(job_id{id}, 0);
    EXPECT_LE(jobs.size(), 256U);
    EXPECT_EQ(jobs.refusals(job_id{100'000}), 1U);
}

}  // namespace
}  // namespace cloned
