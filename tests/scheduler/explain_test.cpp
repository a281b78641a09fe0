#include "daemon/scheduler/explain.hpp"

#include "tests/scheduler/queued_jobs.hpp"

#include <gtest/gtest.h>

#include <set>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;

// I5: a job says at any time why it is waiting.
class Explain : public ::testing::Test {
protected:
    job_record job;
    explain_facts facts;

    void SetUp() override {
        job.request.endpoint = "vc1";
        job.request.cluster = "c1";
        facts.now = noon;
        facts.held.why = wait_reason::upstream_full;
        facts.held.vm = "vm-1";
        facts.lane = lane_status();
        facts.lane->lane.key = {"vc1", "c1", job_kind::vcenter_clone};
        facts.lane->limit = 20;
        facts.lane->ceiling = 8;
        facts.lane->in_flight = 8;
        facts.lane->mean_duration = 60s;
        facts.endpoint = endpoint_status();
        facts.endpoint->info.name = "vc1";
        facts.endpoint->info.max_in_flight = 100;
        facts.endpoint->in_flight = 8;
    }
    explanation in(job_state state) {
        job.progress.state = state;
        return explain(job, facts);
    }
    ::testing::AssertionResult says(job_state state, const std::string& words) {
        const auto text = in(state).waiting_reason;
        if (text.find(words) != std::string::npos) return ::testing::AssertionSuccess();
        return ::testing::AssertionFailure() << '"' << text << "\" does not say \"" << words << '"';
    }
};

TEST_F(Explain, EveryStateThatIsNoEndGivesAReason) {
    for (std::size_t s = 0; s < job_state_count; ++s) {
        const auto state = static_cast<job_state>(s);
        EXPECT_EQ(in(state).waiting_reason.empty(), is_ended(state)) << to_string(state);
    }
}

TEST_F(Explain, AFullDiskIsToldBeforeAllElseAndLeavesNoEstimate) {
    facts.disk_trouble = "the disk is full";
    for (std::size_t s = 0; s < job_state_count; ++s) {
        const auto state = static_cast<job_state>(s);
        const auto said = in(state);
        EXPECT_EQ(said.waiting_reason.starts_with("the disk is full; "), !is_ended(state));
        EXPECT_FALSE(said.estimated_end) << to_string(state);
    }
}

TEST_F(Explain, AWaitForAGuestIsCalledByItsName) {
    job.progress.task_id = "power:vm-7";
    power_on_spec power;
    power.vm = "vm-7";
    job.request.spec = power;
    facts.only_waits = true;
    EXPECT_TRUE(
        says(job_state::running, "waits for VMware Tools to run in VM vm-7, which is powered on"));
}

TEST_F(Explain, ACancellationThatTheUpstreamDeclinedIsTold) {
    job.progress.task_id = "task-7";
    facts.not_cancelled = "cancel asked at noon: no";
    EXPECT_TRUE(
        says(job_state::running, "the upstream works on task task-7; cancel asked at noon: no"));
}

TEST_F(Explain, EveryReasonToWaitHasItsOwnWords) {
    std::set<std::string> words;
    for (std::size_t r = 0; r < wait_reason_count; ++r) {
        facts.held.why = static_cast<wait_reason>(r);
        words.insert(in(job_state::queued).waiting_reason);
    }

    EXPECT_EQ(words.size(), wait_reason_count);
    EXPECT_FALSE(words.contains(""));
}

TEST_F(Explain, AFullLaneIsNamedWithItsCounts) {
    EXPECT_TRUE(says(job_state::queued, "lane vc1/c1/vcenter_clone has 8 of 8 jobs in flight"));

    facts.held.why = wait_reason::lane_limit;
    facts.lane->in_flight = 20;

    EXPECT_TRUE(says(job_state::queued, "lane vc1/c1/vcenter_clone has 20 of 20 jobs in flight"));
}

TEST_F(Explain, ALearnedCeilingIsTheUpstreamsDoing) {
    facts.held.why = wait_reason::lane_limit;
    EXPECT_FALSE(says(job_state::queued, "the upstream takes no more"));

    facts.held.why = wait_reason::upstream_full;
    facts.lane->last_refusal_at = noon - 3s;

    EXPECT_TRUE(says(job_state::queued,
                     "the upstream takes no more, last refusal at 2026-01-01T11:59:57.000Z"));
}

TEST_F(Explain, AnUpstreamThatRefusesEverythingIsNamedWithItsWords) {
    facts.held.why = wait_reason::upstream_refuses_all;
    facts.held.again_in = 20s;
    facts.lane->refused_since = noon - 9h;
    facts.lane->refused_words = "NOT_ALLOWED_IN_CURRENT_STATE: maintenance";
    const std::string words =
        "the upstream refuses everything since 2026-01-01T03:00:00.000Z "
        "(NOT_ALLOWED_IN_CURRENT_STATE: maintenance)";

    EXPECT_TRUE(says(job_state::queued, words));
    EXPECT_TRUE(says(job_state::queued, "until 2026-01-01T12:00:20.000Z"));
    EXPECT_FALSE(in(job_state::queued).estimated_end);

    job.progress.sent_at = noon - 5s;
    job.progress.wake_at = noon + 30s;
    EXPECT_TRUE(says(job_state::blocked, words));
}

TEST_F(Explain, ACeilingThatLanesShareIsNamedAsSuch) {
    facts.lane->scope = lane_scope::endpoint;
    facts.lane->shared_ceiling = 8;
    facts.lane->shared_in_flight = 8;
    facts.lane->in_flight = 2;

    EXPECT_TRUE(says(job_state::queued,
                     "the lanes of endpoint vc1 have 8 of 8 jobs in flight, which the upstream "
                     "counts together"));
}

TEST_F(Explain, JobsInDoubtAreNamedBecauseTheyHoldSlots) {
    facts.lane->in_doubt = 3;

    EXPECT_TRUE(says(job_state::queued, "3 of them in doubt"));
}

TEST_F(Explain, AFullEndpointIsNamed) {
    facts.held.why = wait_reason::endpoint_limit;

    EXPECT_TRUE(says(job_state::queued, "endpoint vc1 is at its limit of 100"));
}

TEST_F(Explain, APausedLaneGivesTheOperatorsWords) {
    facts.held.why = wait_reason::lane_paused;
    facts.lane->lane.settings.paused = true;
    facts.lane->lane.settings.pause_reason = "storage is being moved";

    EXPECT_TRUE(says(job_state::queued, "its lane is paused: storage is being moved"));
    EXPECT_FALSE(in(job_state::queued).estimated_end);
}

TEST_F(Explain, AnEndpointThatIsDownGivesItsTrouble) {
    facts.held.why = wait_reason::endpoint_unavailable;
    facts.endpoint->available = false;
    facts.endpoint->trouble = "connection refused";

    EXPECT_TRUE(says(job_state::queued, "endpoint vc1 does not answer: connection refused"));
}

TEST_F(Explain, AnEndpointThatIsNotConfiguredIsSaidToBe) {
    facts.held.why = wait_reason::endpoint_not_configured;
    facts.endpoint.reset();

    EXPECT_TRUE(says(job_state::queued, "endpoint vc1 is not configured"));
}

TEST_F(Explain, TheJobsAheadAreCounted) {
    facts.jobs_ahead = 41;

    EXPECT_TRUE(says(job_state::queued, "41 jobs of its queue are ahead"));
    EXPECT_EQ(in(job_state::queued).jobs_ahead, 41);
}

TEST_F(Explain, AJobForLaterSaysWhen) {
    job.progress.wake_at = noon + 1h;

    EXPECT_TRUE(says(job_state::blocked, "not before 2026-01-01T13:00:00.000Z"));
}

TEST_F(Explain, AJobBetweenAttemptsSaysWhenAndWhy) {
    job.progress.attempt = 1;
    job.progress.sent_at = noon - 5s;
    job.progress.wake_at = noon + 30s;
    job.progress.last_error = error(errc::upstream_failed, "no space left");

    EXPECT_TRUE(
        says(job_state::blocked, "next attempt at 2026-01-01T12:00:30.000Z: no space left"));
}

// A refusal charges no attempt, and yet the job has been sent once.
TEST_F(Explain, AJobThatWasRefusedForNowIsNotTakenForOneThatWaitsForItsTime) {
    job.progress.attempt = 0;
    job.progress.sent_at = noon - 5s;
    job.progress.wake_at = noon + 30s;

    EXPECT_TRUE(says(job_state::blocked, "next attempt at 2026-01-01T12:00:30.000Z"));
}

TEST_F(Explain, ARunningJobNamesItsTaskAndHowFarItIs) {
    job.progress.task_id = "task-17";
    facts.percent = 40;

    EXPECT_TRUE(says(job_state::running, "task-17"));
    EXPECT_EQ(in(job_state::running).percent, 40);
    EXPECT_FALSE(in(job_state::queued).percent);
}

TEST_F(Explain, ADoubtGivesTheLastWords) {
    job.progress.last_error = error(errc::in_doubt, "the connection was lost");

    EXPECT_TRUE(says(job_state::in_doubt, "the connection was lost"));
    EXPECT_TRUE(says(job_state::needs_operator, "the connection was lost"));
}

// --- estimates

TEST_F(Explain, AQueuedJobEndsAfterTheRoundsBeforeIt) {
    facts.jobs_ahead = 17;  // two full rounds of eight, and its own

    EXPECT_EQ(in(job_state::queued).estimated_end, noon + 3 * 60s);
}

TEST_F(Explain, ARunningJobEndsAMeanDurationAfterItWasSent) {
    job.progress.sent_at = noon - 45s;

    EXPECT_EQ(in(job_state::running).estimated_end, noon + 15s);
}

TEST_F(Explain, AnEstimateIsNeverInThePast) {
    job.progress.sent_at = noon - 1h;

    EXPECT_EQ(in(job_state::running).estimated_end, noon);
}

TEST_F(Explain, NothingIsEstimatedBeforeSomethingHasFinished) {
    facts.lane->mean_duration.reset();

    for (std::size_t s = 0; s < job_state_count; ++s)
        EXPECT_FALSE(in(static_cast<job_state>(s)).estimated_end);
}

}  // namespace
}  // namespace cloned::scheduler
