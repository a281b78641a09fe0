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

evidence seen(evidence::vm_presence presence, std::vector<std::string> tasks = {}) {
    evidence out;
    out.presence = presence;
    if (presence == present || presence == incomplete || presence == foreign) out.vm = "vm-7";
    out.candidate_tasks = std::move(tasks);
    out.seen = "what was seen";
    return out;
}

class Doubt : public ::testing::Test {
protected:
    doubt open{doubt::limits{}, dead_by};

    finding look(wall_time when,
                 evidence::vm_presence presence,
                 std::vector<std::string> tasks = {}) {
        return open.consider(seen(presence, std::move(tasks)), when).what;
    }
};

// --- it was made

TEST_F(Doubt, AFinishedVmIsProofAtOnce) {
    const auto verdict = open.consider(seen(present), noon);

    EXPECT_EQ(verdict.what, finding::made);
    EXPECT_EQ(verdict.vm, "vm-7");
    EXPECT_NE(verdict.why.find("what was seen"), std::string::npos);
}

// I3: its slot is not given away while the upstream may still be at work.
TEST_F(Doubt, AVmIsNoProofWhileATaskThatMayBeMakingItLives) {
    EXPECT_EQ(look(noon, present, {"task-1"}), finding::look_again);
    EXPECT_EQ(look(dead_by + 1h, present, {"task-1"}), finding::look_again);
    EXPECT_EQ(look(dead_by + 2h, present), finding::made);
}

TEST_F(Doubt, StrangersThatBeganLaterDoNotDelayTheProof) {
    look(dead_by, absent, {"task-1"});

    EXPECT_EQ(look(dead_by + 1min, present, {"task-1", "task-2"}), finding::look_again);
    EXPECT_EQ(look(dead_by + 2min, present, {"task-2", "task-3"}), finding::made);
}

// --- it was not made (I2: only then it is sent again)

TEST_F(Doubt, AbsenceTakesTwoLooksAfterTheRequestHasDied) {
    EXPECT_EQ(look(dead_by, absent), finding::look_again);
    EXPECT_EQ(look(dead_by + 1s, absent), finding::absent);
}

TEST_F(Doubt, LooksBeforeTheRequestHasDiedDoNotCount) {
    for (int i = 0; i < 50; ++i) ASSERT_EQ(look(dead_by - 1ms, absent), finding::look_again);

    EXPECT_EQ(look(dead_by, absent), finding::look_again);
    EXPECT_EQ(look(dead_by + 1s, absent), finding::absent);
}

TEST_F(Doubt, TwoLooksAtTheSameMomentAreOne) {
    EXPECT_EQ(look(dead_by, absent), finding::look_again);
    EXPECT_EQ(look(dead_by, absent), finding::look_again);
    EXPECT_EQ(look(dead_by - 1s, absent), finding::look_again);
}

TEST_F(Doubt, ASuspectMustEndBeforeAbsenceIsBelieved) {
    EXPECT_EQ(look(dead_by, absent, {"task-1"}), finding::look_again);
    EXPECT_EQ(look(dead_by + 1h, absent, {"task-1"}), finding::look_again);

    EXPECT_EQ(look(dead_by + 2h, absent), finding::look_again);
    EXPECT_EQ(look(dead_by + 3h, absent), finding::absent);
}

TEST_F(Doubt, StrangersThatComeAndGoDoNotDelayTheAnswerForEver) {
    EXPECT_EQ(look(dead_by, absent, {"task-1"}), finding::look_again);
    EXPECT_EQ(look(dead_by + 1min, absent, {"task-2"}), finding::look_again);
    EXPECT_EQ(look(dead_by + 2min, absent, {"task-3"}), finding::absent);
}

TEST_F(Doubt, TasksSeenOnlyBeforeTheRequestHasDiedAreNoSuspects) {
    look(noon, absent, {"task-1"});

    EXPECT_EQ(look(dead_by, absent), finding::look_again);
    EXPECT_EQ(look(dead_by + 1s, absent), finding::absent);
}

TEST_F(Doubt, ASuspectThatIsBackFromTheDeadIsNoSuspectAnyMore) {
    look(dead_by, absent, {"task-1"});
    look(dead_by + 1s, absent);

    EXPECT_EQ(look(dead_by + 2s, absent, {"task-1"}), finding::absent);
}

TEST_F(Doubt, AVmSeenInBetweenMakesAbsenceBeginAnew) {
    look(dead_by, absent);
    EXPECT_EQ(look(dead_by + 1s, incomplete), finding::look_again);

    EXPECT_EQ(look(dead_by + 2s, absent), finding::look_again);
    EXPECT_EQ(look(dead_by + 3s, absent), finding::absent);
}

// A session may be shown less than there is; it must not be its own witness.
TEST_F(Doubt, TheSecondLookMustBeMadeWithAnotherSession) {
    EXPECT_FALSE(open.wants_fresh_session());
    look(dead_by, absent);
    EXPECT_TRUE(open.wants_fresh_session());
    auto stale = seen(absent);
    stale.fresh_session = false;

    for (int i = 1; i < 20; ++i)
        ASSERT_EQ(open.consider(stale, dead_by + i * 1min).what, finding::look_again);

    EXPECT_EQ(look(dead_by + 1h, absent), finding::absent);
}

// --- the name is somebody else's

TEST_F(Doubt, AVmThatIsCertainlyNotOursLeavesTheNameTaken) {
    EXPECT_EQ(look(noon, foreign), finding::look_again);
    EXPECT_EQ(look(dead_by, foreign), finding::look_again);

    const auto verdict = open.consider(seen(foreign), dead_by + 1s);

    EXPECT_EQ(verdict.what, finding::taken);
    EXPECT_EQ(verdict.vm, "vm-7");
}

TEST_F(Doubt, NoNameIsCalledTakenWhileATaskOfOursMayLive) {
    EXPECT_EQ(look(dead_by, foreign, {"task-1"}), finding::look_again);
    EXPECT_EQ(look(dead_by + 1h, foreign, {"task-1"}), finding::look_again);
}

// --- evidence cannot tell

TEST_F(Doubt, AnUnfinishedVmIsWaitedForAndThenLeftToTheOperator) {
    EXPECT_EQ(look(dead_by, incomplete), finding::look_again);
    EXPECT_EQ(look(dead_by + 29min, incomplete), finding::look_again);

    const auto verdict = open.consider(seen(incomplete), dead_by + 30min);

    EXPECT_EQ(verdict.what, finding::unsettled);
    EXPECT_EQ(verdict.vm, "vm-7");
    EXPECT_NE(verdict.why.find("never finished"), std::string::npos);
}

TEST_F(Doubt, AnUnfinishedVmThatGetsFinishedWasMade) {
    look(dead_by, incomplete);

    EXPECT_EQ(look(dead_by + 20min, present), finding::made);
}

TEST_F(Doubt, PatienceWithAnUnfinishedVmBeginsWhenItsTaskHasEnded) {
    look(dead_by, incomplete, {"task-1"});
    EXPECT_EQ(look(dead_by + 2h, incomplete, {"task-1"}), finding::look_again);

    EXPECT_EQ(look(dead_by + 2h + 1min, incomplete), finding::look_again);
    EXPECT_EQ(look(dead_by + 2h + 31min, incomplete), finding::unsettled);
}

TEST_F(Doubt, AmbiguousEvidenceIsLeftToTheOperatorAfterAFewLooks) {
    EXPECT_EQ(look(dead_by, ambiguous), finding::look_again);
    EXPECT_EQ(look(dead_by + 1s, ambiguous), finding::look_again);

    const auto verdict = open.consider(seen(ambiguous), dead_by + 2s);

    EXPECT_EQ(verdict.what, finding::unsettled);
    EXPECT_NE(verdict.why.find("what was seen"), std::string::npos);
}

TEST_F(Doubt, AmbiguousLooksMustFollowEachOther) {
    look(dead_by, ambiguous);
    look(dead_by + 1s, ambiguous);
    look(dead_by + 2s, absent);

    EXPECT_EQ(look(dead_by + 3s, ambiguous), finding::look_again);
}

// I3: a job with the operator holds no slot, so nothing of it may still be at work.
TEST_F(Doubt, NothingIsLeftToTheOperatorWhileTheRequestMayLive) {
    for (int i = 0; i < 20; ++i) ASSERT_EQ(look(dead_by - 1s, ambiguous), finding::look_again);
    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(look(dead_by + 1s, ambiguous, {"task-1"}), finding::look_again);

    look(dead_by + 1h, ambiguous);
    look(dead_by + 2h, ambiguous);
    EXPECT_EQ(look(dead_by + 3h, ambiguous), finding::unsettled);
}

// --- the rhythm

TEST_F(Doubt, LooksBecomeRarerUpToALimit) {
    auto last = 0ms;
    for (int i = 0; i < 100; ++i) {
        const auto verdict = open.consider(seen(present, {"task-1"}), dead_by + i * 1min);
        ASSERT_EQ(verdict.what, finding::look_again);
        EXPECT_GE(verdict.pause, last);
        last = verdict.pause;
    }
    EXPECT_EQ(last, doubt::limits().longest_pause);
}

TEST_F(Doubt, TheFirstLookThatCountsComesAsSoonAsItCan) {
    for (int i = 0; i < 10; ++i) open.consider(seen(absent), noon);

    const auto verdict = open.consider(seen(absent), dead_by - 3s);

    EXPECT_EQ(verdict.pause, 3s + 1ms);
}

TEST_F(Doubt, EveryPauseIsAPause) {
    doubt hasty(doubt::limits{.first_pause = 0ms}, dead_by);

    EXPECT_GT(hasty.consider(seen(absent), noon).pause, 0ms);
}

}  // namespace
}  // namespace cloned::scheduler
