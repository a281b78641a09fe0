// Looks that could not see all: what they settle, and what they never do.
#include "daemon/scheduler/doubt.hpp"

#include "tests/scheduler/queued_jobs.hpp"

#include <gtest/gtest.h>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using backends::evidence;
using enum evidence::vm_presence;
using finding = doubt::finding;

constexpr wall_time dead_by = noon + 90s;
const doubt::limits usual;

class Blindness : public ::testing::Test {
protected:
    static evidence seen(evidence::vm_presence presence) {
        evidence out;
        out.presence = presence;
        if (presence != absent) out.vm = "vm-7";
        out.seen = "what was seen";
        return out;
    }
    static evidence refused(evidence::vm_presence presence, errc why = errc::permission_denied) {
        auto out = seen(presence);
        out.tasks_refused = error(why, "the account may not list tasks");
        return out;
    }
    // The number of looks, a minute apart, until it is settled; -1: never.
    int looks_until(const evidence& what, finding wanted) {
        for (int n = 1; n < 200; ++n) {
            last = open.consider(what, dead_by + n * 1min);
            if (last.what != finding::look_again) return last.what == wanted ? n : -n;
        }
        return -1;
    }

    doubt open{usual, dead_by};
    doubt::verdict last;
};

TEST_F(Blindness, ARefusalForGoodEndsAtTheOperatorsAndNeverProvesAbsence) {
    EXPECT_EQ(looks_until(refused(absent), finding::unsettled), usual.refused_looks);
    EXPECT_NE(last.why.find("what was seen"), std::string::npos);
}

TEST_F(Blindness, ARefusalThatMayPassIsGivenMoreTime) {
    EXPECT_EQ(looks_until(refused(absent, errc::upstream_failed), finding::unsettled),
              usual.blind_looks);
}

TEST_F(Blindness, LooksBeforeTheRequestHasDiedDoNotCount) {
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(open.consider(refused(absent), noon).what, finding::look_again);
}

// I2: what was refused has not shown that nobody works.
TEST_F(Blindness, ARefusedLookTellsNothingOfWhoWorks) {
    auto working = seen(absent);
    working.candidate_tasks = {"ours"};
    EXPECT_EQ(open.consider(refused(absent, errc::upstream_failed), dead_by).what,
              finding::look_again);
    EXPECT_EQ(open.consider(working, dead_by + 1min).what, finding::look_again);
    EXPECT_EQ(open.consider(refused(absent, errc::upstream_failed), dead_by + 2min).what,
              finding::look_again);
    EXPECT_EQ(open.consider(working, dead_by + 3min).what, finding::look_again);
    EXPECT_EQ(open.consider(working, dead_by + 4min).what, finding::look_again);
    EXPECT_EQ(open.consider(seen(absent), dead_by + 5min).what, finding::look_again);
    EXPECT_EQ(open.consider(seen(absent), dead_by + 6min).what, finding::absent);
}

TEST_F(Blindness, AVmThatIsThereSettlesWhereTasksAreNeverShown) {
    EXPECT_EQ(open.consider(refused(present), dead_by - 1s).what, finding::look_again);
    EXPECT_EQ(open.consider(refused(present), dead_by).what, finding::made);
}

// I3: one failed list must not end a clone that still works.
TEST_F(Blindness, AVmThatIsThereIsNoProofWhereTasksAreHiddenForAMoment) {
    EXPECT_EQ(open.consider(refused(present, errc::upstream_failed), dead_by + 1s).what,
              finding::look_again);
    auto working = seen(present);
    working.candidate_tasks = {"ours"};
    EXPECT_EQ(open.consider(working, dead_by + 2s).what, finding::look_again);
    EXPECT_EQ(looks_until(refused(present, errc::upstream_failed), finding::made),
              usual.refused_looks);
}

TEST_F(Blindness, ATaskThatHasMadeTheVmSettlesWhateverElseIsAtWork) {
    auto made = seen(present);
    made.candidate_tasks = {"hangs"};
    EXPECT_EQ(open.consider(made, dead_by).what, finding::look_again);
    made.is_made = true;
    EXPECT_EQ(open.consider(made, dead_by + 1s).what, finding::made);
}

TEST_F(Blindness, WhatWasMadeAndCannotBeSeenIsNoAbsence) {
    auto hidden = seen(absent);
    hidden.unexplained_tasks = 1;
    EXPECT_EQ(looks_until(hidden, finding::unsettled), usual.blind_looks);
}

TEST_F(Blindness, WhereWhatWasMadeIsNotToldAbsenceMustLast) {
    auto untold = seen(absent);
    untold.shows_made = false;
    EXPECT_EQ(open.consider(untold, dead_by).what, finding::look_again);
    EXPECT_EQ(open.consider(untold, dead_by + 179s).what, finding::look_again);
    EXPECT_EQ(open.consider(untold, dead_by + 180s).what, finding::absent);
}

TEST_F(Blindness, WhereNoFreshSessionCanBeHadTheOperatorIsTold) {
    auto stale = seen(absent);
    stale.fresh_session = false;
    EXPECT_GT(looks_until(stale, finding::unsettled), usual.blind_looks);
    EXPECT_NE(last.why.find("no new session"), std::string::npos);
}

TEST_F(Blindness, WhatAFailedAttemptLeftIsToldWithItsCause) {
    auto left = seen(left_behind);
    left.failure = error(errc::upstream_failed, "no space");
    left.left_complete = true;
    EXPECT_EQ(open.consider(left, noon).what, finding::look_again);
    const auto verdict = open.consider(left, dead_by);
    EXPECT_EQ(verdict.what, finding::left);
    EXPECT_EQ(verdict.vm, "vm-7");
    EXPECT_TRUE(verdict.left_complete);
    ASSERT_TRUE(verdict.failure);
    EXPECT_EQ(verdict.failure->message(), "no space");
}

}  // namespace
}  // namespace cloned::scheduler
