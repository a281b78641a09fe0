#include "model/transition.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace cloned {
namespace {

using enum job_state;
using enum transition_event;

constexpr std::uint32_t attempts = 3;

job_progress in(job_state state, std::uint32_t attempt = 1, bool unwanted = false) {
    job_progress job;
    job.state = state;
    job.attempt = attempt;
    job.cancel_requested = unwanted;
    return job;
}

// Every state and event that may meet, and where it leads a job on its first of three attempts.
// Whatever is not named here must be refused.
const std::map<std::pair<job_state, transition_event>, job_state> table{
    {{blocked, time_came}, queued},
    {{blocked, cancel_asked}, cancelled},
    {{blocked, deadline_passed}, failed},
    {{queued, slot_given}, submitting},
    {{queued, cancel_asked}, cancelled},
    {{queued, deadline_passed}, failed},
    {{queued, name_unusable}, failed},
    {{submitting, task_known}, running},
    {{submitting, refused}, queued},
    {{submitting, refused_until}, blocked},
    {{running, refused}, queued},
    {{running, refused_until}, blocked},
    {{submitting, failed_for_good}, failed},
    {{submitting, failed_for_now}, blocked},
    {{submitting, outcome_unknown}, in_doubt},
    {{submitting, done}, succeeded},
    {{submitting, cancel_asked}, submitting},
    {{running, done}, succeeded},
    {{running, failed_for_good}, failed},
    {{running, failed_for_now}, blocked},
    {{running, was_cancelled}, failed},
    {{running, outcome_unknown}, in_doubt},
    {{running, cancel_asked}, running},
    {{in_doubt, task_known}, running},
    {{in_doubt, done}, succeeded},
    {{in_doubt, proven_absent}, queued},
    {{in_doubt, unsettled}, needs_operator},
    {{in_doubt, failed_for_good}, failed},
    {{in_doubt, failed_for_now}, blocked},
    {{in_doubt, refused}, queued},
    {{in_doubt, refused_until}, blocked},
    {{in_doubt, was_cancelled}, failed},
    {{in_doubt, cancel_asked}, in_doubt},
    {{needs_operator, adopted}, succeeded},
    {{needs_operator, abandoned}, failed},
    {{needs_operator, look_again}, in_doubt},
    {{failed, retry_asked}, queued},
    {{cancelled, retry_asked}, queued},
};

TEST(Transition, EveryStateMeetsEveryEventAsTheTableSays) {
    for (std::size_t s = 0; s < job_state_count; ++s) {
        for (std::size_t e = 0; e < transition_event_count; ++e) {
            const auto state = static_cast<job_state>(s);
            const auto event = static_cast<transition_event>(e);
            const auto expected = table.find({state, event});
            const auto got = next(in(state), attempts, event);
            ASSERT_EQ(got.has_value(), expected != table.end())
                << to_string(state) << " and event " << e;
            if (got) {
                EXPECT_EQ(got->to, expected->second) << to_string(state) << " and event " << e;
            }
        }
    }
}

// I2: a job in doubt is sent again only after its absence is proven, or its own task has told that
// it did nothing.
TEST(Transition, ADoubtLeadsBackToTheQueueOnlyByEvidence) {
    const std::set<transition_event> evidence{proven_absent, refused, refused_until,
                                              failed_for_now};
    for (std::size_t e = 0; e < transition_event_count; ++e) {
        const auto event = static_cast<transition_event>(e);
        const auto got = next(in(in_doubt), attempts, event);
        if (got && (got->to == queued || got->to == blocked)) {
            EXPECT_TRUE(evidence.contains(event)) << "event " << e;
        }
    }
}

TEST(Transition, SendingChargesAnAttemptAndARefusalGivesItBack) {
    const auto sent = next(in(queued, 0), attempts, slot_given);
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->attempt, 1U);

    const auto back = next(in(submitting, 1), attempts, refused);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->attempt, 0U);
}

TEST(Transition, ALastAttemptThatFailsEndsTheJob) {
    const auto got = next(in(running, attempts), attempts, failed_for_now);

    ASSERT_TRUE(got);
    EXPECT_EQ(got->to, failed);
    EXPECT_TRUE(got->exhausted);
}

TEST(Transition, AnUnwantedJobIsNotSentAgain) {
    EXPECT_EQ(next(in(submitting, 1, true), attempts, refused)->to, cancelled);
    EXPECT_EQ(next(in(submitting, 1, true), attempts, failed_for_now)->to, cancelled);
    EXPECT_EQ(next(in(in_doubt, 1, true), attempts, proven_absent)->to, cancelled);
    EXPECT_EQ(next(in(running, 1, true), attempts, was_cancelled)->to, cancelled);
}

// The upstream's answer decides, not the wish.
TEST(Transition, AnUnwantedJobThatIsDoneHasSucceeded) {
    EXPECT_EQ(next(in(running, 1, true), attempts, done)->to, succeeded);
}

// An operator's word counts only where evidence has none.
TEST(Transition, AnOperatorDecidesNothingElse) {
    const std::set<transition_event> words{adopted, abandoned, look_again};
    for (std::size_t s = 0; s < job_state_count; ++s) {
        const auto state = static_cast<job_state>(s);
        for (const auto word : words)
            EXPECT_EQ(next(in(state), attempts, word).has_value(), state == needs_operator)
                << to_string(state);
    }
}

TEST(Transition, ARetryStartsWithAFreshCountOfAttempts) {
    EXPECT_EQ(next(in(failed, attempts), attempts, retry_asked)->attempt, 0U);
}

}  // namespace
}  // namespace cloned
