// I15: the reason shown for a queued job is the one by which the planner holds it. Each test makes
// a world in which a job is held by one thing alone.

#include "daemon/scheduler/explain.hpp"

#include "tests/scheduler/queued_jobs.hpp"

#include <gtest/gtest.h>

#include <set>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;

constexpr lane_id power_ons{2};

class WhyItWaits : public ::testing::Test {
protected:
    random_source random{1};
    planner plan{options(), random};
    steady_time now{1h};
    endpoint_status endpoint;
    lane_record clones;
    lane_record ons;

    static planner_options options() {
        planner_options out;
        out.queues.lookahead = 4;
        return out;
    }
    void SetUp() override {
        auto& info = endpoint.info;
        info.name = "vc1";
        info.max_in_flight = 1'000;
        for (auto& limit : info.lane_limit) limit = 1'000;
        for (auto& cost : info.cost) cost = 1;
        clones.id = first_lane;
        clones.key = {"vc1", "c1", job_kind::vcenter_clone};
        clones.settings.learned_ceiling = 1'000;
        ons.id = power_ons;
        ons.key = {"vc1", "c1", job_kind::power_on};
    }
    void begin() {
        plan.add_endpoint(endpoint.info);
        plan.add_lane(clones);
        plan.add_lane(ons);
    }
    void queue(const waiting& first, int count = 1) {
        plan.add_backlog({first.queue(), count, first.id});
        for (const auto& wanted : plan.take_loads())
            plan.loaded(wanted, jobs_between(first.id, first.id + count - 1, first));
    }
    // As many as the planner sends, each accepted.
    std::set<std::int64_t> send() {
        std::set<std::int64_t> out;
        for (const auto& p : plan.pick(now, noon, 1'000)) {
            plan.accepted(p.job.id, now);
            out.insert(p.job.id.value);
        }
        return out;
    }
    wait_reason why(const waiting& job) { return plan.why(job_id{job.id}, job.queue(), now).why; }
    std::string words(const waiting& which) {
        job_record job;
        job.request.endpoint = clones.key.endpoint;
        explain_facts facts;
        facts.now = noon;
        facts.held = plan.why(job_id{which.id}, which.queue(), now);
        facts.lane = plan.lane(which.lane);
        facts.endpoint = endpoint;
        return explain(job, facts).waiting_reason;
    }
    // The planner passes over the job, for this reason, and the explanation says so.
    void expect(const waiting& job, wait_reason reason, const std::string& said) {
        EXPECT_FALSE(send().contains(job.id));
        EXPECT_EQ(why(job), reason);
        EXPECT_NE(words(job).find(said), std::string::npos) << words(job);
    }
};

TEST_F(WhyItWaits, ItsEndpointIsNotConfigured) {
    clones.key.endpoint = "gone";
    begin();
    queue({.id = 1});

    expect({.id = 1}, wait_reason::endpoint_not_configured, "endpoint gone is not configured");
}

TEST_F(WhyItWaits, ItsLaneIsPaused) {
    clones.settings.paused = true;
    clones.settings.pause_reason = "storage is being moved";
    begin();
    queue({.id = 1});

    expect({.id = 1}, wait_reason::lane_paused, "its lane is paused: storage is being moved");
}

TEST_F(WhyItWaits, ItsEndpointDoesNotAnswer) {
    begin();
    plan.set_available("vc1", false);
    endpoint.trouble = "connection refused";
    queue({.id = 1});

    expect({.id = 1}, wait_reason::endpoint_unavailable,
           "endpoint vc1 does not answer: connection refused");
}

TEST_F(WhyItWaits, ItsEndpointIsFullOfJobsOfOtherLanes) {
    endpoint.info.max_in_flight = 1;
    begin();
    queue({.id = 1, .lane = power_ons});
    send();
    queue({.id = 2});

    expect({.id = 2}, wait_reason::endpoint_limit, "endpoint vc1 is at its limit of 1");
}

TEST_F(WhyItWaits, ItsLaneIsAtTheLimitThatWasSet) {
    clones.settings.operator_limit = 2;
    begin();
    queue({.id = 1}, 3);
    send();
    plan.set_in_doubt(job_id{1}, true);

    expect({.id = 3}, wait_reason::lane_limit,
           "lane vc1/c1/vcenter_clone has 2 of 2 jobs in flight, 1 of them in doubt");
}

TEST_F(WhyItWaits, TheCeilingOfItsLaneIsBeingSearched) {
    clones.settings.learned_ceiling.reset();
    begin();
    queue({.id = 1}, 5);
    plan.pick(now, noon, 1'000);

    expect({.id = 5}, wait_reason::search_for_ceiling, "makes room for more");
}

TEST_F(WhyItWaits, TheUpstreamTakesNoMore) {
    clones.settings.learned_ceiling = 2;
    begin();
    queue({.id = 1}, 4);
    auto sent = plan.pick(now, noon, 1'000);
    ASSERT_TRUE(sent.back().probe);
    plan.refused({sent.back().job.id}, "too many", now, noon - 3s);
    plan.requeue(std::move(sent.back().job));

    expect({.id = 3}, wait_reason::upstream_full,
           "lane vc1/c1/vcenter_clone has 2 of 2 jobs in flight (the upstream takes no more, last "
           "refusal at 2026-01-01T11:59:57.000Z)");
}

TEST_F(WhyItWaits, TheUpstreamHasJustRefused) {
    begin();
    queue({.id = 1}, 3);
    auto sent = plan.pick(now, noon, 1'000);
    plan.refused({sent[0].job.id}, "too many", now, noon);
    plan.requeue(std::move(sent[0].job));
    plan.release(job_id{2});

    expect({.id = 1}, wait_reason::pause_after_refusal,
           "lane vc1/c1/vcenter_clone pauses until 2026-01-01T12:00:00.");
    now += 1s;
    EXPECT_EQ(why({.id = 1}), wait_reason::none);
    EXPECT_TRUE(send().contains(1));
}

TEST_F(WhyItWaits, ItsSourceIsAtItsLimit) {
    endpoint.info.max_per_source = 2;
    begin();
    queue({.id = 1, .source = "vm-9"}, 3);

    expect({.id = 3}, wait_reason::vm_limit, "VM vm-9 is at its limit of 2 jobs in flight");
}

TEST_F(WhyItWaits, AnotherJobIsChangingItsVm) {
    begin();
    plan.hold(job_id{7}, power_ons, "vm-9");
    queue({.id = 8, .source = "vm-9", .lane = power_ons});

    expect({.id = 8, .lane = power_ons}, wait_reason::vm_being_changed,
           "another job is changing VM vm-9");
}

TEST_F(WhyItWaits, ItsTurnHasNotCome) {
    endpoint.info.max_per_source = 1;
    begin();
    queue({.id = 1}, 6);  // 2 to 5 are held by their source and looked at, 6 is not

    send();
    EXPECT_EQ(why({.id = 5}), wait_reason::vm_limit);
    expect({.id = 6}, wait_reason::turn, "jobs before it in its queue have not gone yet");
}

TEST_F(WhyItWaits, ItsTurnHasNotComeWhileItIsNotInMemory) {
    begin();
    plan.add_backlog({waiting().queue(), 1'000, 1});

    expect({.id = 999}, wait_reason::turn, "jobs before it in its queue have not gone yet");
}

TEST_F(WhyItWaits, ItIsAboutToBeSent) {
    begin();
    queue({.id = 1});
    send();

    EXPECT_EQ(why({.id = 1}), wait_reason::about_to_be_sent);
    EXPECT_EQ(words({.id = 1}), "it has a slot and is about to be sent");
}

TEST_F(WhyItWaits, NothingHoldsIt) {
    begin();
    queue({.id = 1});

    EXPECT_EQ(why({.id = 1}), wait_reason::none);
    EXPECT_TRUE(send().contains(1));
}

}  // namespace
}  // namespace cloned::scheduler
