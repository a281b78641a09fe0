// What the planner learns from the upstream's answers.

#include "tests/scheduler/planner_fixture.hpp"

namespace cloned::scheduler {
namespace {

class LearningPlanner : public Planner {
protected:
    LearningPlanner() {
        plan.add_endpoint(endpoint("vc1", 100));
        auto record = lane(clones, "vc1", job_kind::vcenter_clone);
        record.settings.learned_ceiling.reset();
        plan.add_lane(record);
    }
    // A poll shows so many jobs at work.
    void poll(std::int64_t running) {
        planner::lane_sight sight;
        for (std::int64_t id = 1; id <= running; ++id) sight.running.push_back(job_id{id});
        plan.polled({{clones, sight}}, now);
    }
};

TEST_F(LearningPlanner, ARefusalSetsTheCeilingToWhatWasInFlightBesidesIt) {
    queue(1, 100);
    for (const auto& p : plan.pick(now, noon, 100)) plan.accepted(p.job.id, now);
    poll(4);
    auto more = plan.pick(now, noon, 1);
    ASSERT_EQ(more.size(), 1U);

    plan.refused({more[0].job.id}, "too many", now, noon);
    plan.requeue(std::move(more[0].job));

    EXPECT_EQ(plan.lane(clones)->ceiling, 4);
    EXPECT_EQ(plan.lane(clones)->refusals, 1);
    EXPECT_EQ(plan.lane(clones)->last_refusal_at, noon);
    EXPECT_EQ(pick(), ids());
}

// Refusals come in crowds, and a job keeps its slot until its refusal is on disk: those that have
// been refused already are no longer with the upstream and must not count.
TEST_F(LearningPlanner, ACrowdOfRefusalsSetsTheCeilingToWhatIsLeft) {
    queue(1, 100);
    std::vector<planner::picked> sent;
    while (sent.size() < 20) {
        auto more = plan.pick(now, noon, 1);
        ASSERT_EQ(more.size(), 1U);
        plan.accepted(more[0].job.id, now);
        sent.push_back(std::move(more[0]));
        poll(static_cast<std::int64_t>(sent.size()));
    }

    for (std::size_t i = 6; i < 20; ++i) plan.refused({sent[i].job.id}, "too many", now, noon);
    for (std::size_t i = 6; i < 20; ++i) plan.requeue(std::move(sent[i].job));

    EXPECT_EQ(in_flight(clones), 6);
    EXPECT_EQ(plan.lane(clones)->ceiling, 6);
}

// Accepted by the call and refused in the task: as of when it was accepted, and without those that
// the same poll shows to be refused.
TEST_F(LearningPlanner, ACrowdThatWasRefusedInItsTasksSetsTheCeilingToWhatIsLeft) {
    queue(1, 100);
    plan.pick(now, noon, 4);
    for (std::int64_t id = 1; id <= 4; ++id) plan.accepted(job_id{id}, now);
    poll(4);
    plan.pick(now, noon, 4);
    for (std::int64_t id = 5; id <= 8; ++id) plan.accepted(job_id{id}, now);

    const auto rulings = plan.refused({job_id{6}, job_id{7}, job_id{8}}, "too many", now, noon);

    ASSERT_EQ(rulings.size(), 3U);
    EXPECT_EQ(rulings[0].what, after_refusal::again);
    EXPECT_EQ(plan.lane(clones)->ceiling, 5);
    EXPECT_EQ(plan.lane(clones)->refusals, 3);
}

TEST_F(LearningPlanner, ARefusalWithNothingAtWorkOpensTheBreakerOfTheLane) {
    queue(1, 100);
    auto sent = plan.pick(now, noon, 100);
    std::vector<refusal_ruling> rulings;
    for (auto& p : sent) rulings = plan.refused({p.job.id}, "maintenance", now, noon);
    for (auto& p : sent) plan.requeue(std::move(p.job));

    EXPECT_EQ(rulings.front().what, after_refusal::aside);
    EXPECT_EQ(plan.lane(clones)->refused_since, noon);
    EXPECT_EQ(plan.lane(clones)->refused_words, "maintenance");
    EXPECT_FALSE(plan.lane(clones)->lane.settings.learned_ceiling);
    EXPECT_EQ(pick(), ids());
    now += 6s;
    EXPECT_EQ(pick().size(), 1U);
    now += 60s;
    EXPECT_EQ(pick(), ids()) << "the one before it was not shown to be taken";

    plan.accepted(job_id{1}, now);
    EXPECT_TRUE(plan.lane(clones)->refused_since) << "it may be refused in the task";
    plan.taken(job_id{1}, now);
    EXPECT_FALSE(plan.lane(clones)->refused_since);
    EXPECT_EQ(pick().size(), 3U);
}

TEST_F(LearningPlanner, ManyBusyAnswersInARowOpenTheBreakerOfTheLane) {
    queue(1, 100);
    for (int i = 0; i < 8; ++i) {
        auto sent = plan.pick(now, noon, 1);
        ASSERT_EQ(sent.size(), 1U) << i;
        plan.busy(sent[0].job.id, "busy", now, noon);
        plan.release(sent[0].job.id);
    }

    EXPECT_EQ(pick(), ids());
    EXPECT_EQ(plan.lane(clones)->refused_words, "busy");
}

// --- ceilings that lanes share

class SharingPlanner : public Planner {
protected:
    SharingPlanner() {
        auto info = endpoint("vc1", 100);
        plan.add_endpoint(info);
        plan.add_lane(lane(clones, "vc1", job_kind::linked_clone));
        plan.add_lane(lane(links, "vc1", job_kind::restore));
    }
    void take(const ids& jobs) {
        for (const auto id : jobs) {
            plan.accepted(job_id{id}, now);
            plan.taken(job_id{id}, now);
        }
    }
};

TEST_F(SharingPlanner, ARefusalThatOnlyTheSiblingsExplainCouplesTheLanes) {
    queue(1, 8);
    take(pick());
    queue(101, 102, {.lane = links});
    const auto sent = pick(1);
    ASSERT_EQ(sent, (ids{101}));

    plan.refused({job_id{101}}, "too many", now, noon);
    plan.requeue(waiting{.id = 101, .lane = links}.job());

    EXPECT_EQ(plan.lane(links)->scope, lane_scope::cluster);
    EXPECT_EQ(plan.lane(links)->ceiling, 8);
    EXPECT_EQ(plan.lane(links)->shared_in_flight, 8);
    EXPECT_EQ(pick(), ids());
    queue(9, 20);
    plan.release(job_id{1});
    EXPECT_EQ(pick(), (ids{9}));
    plan.release(job_id{2});
    EXPECT_EQ(pick(), (ids{101})) << "the lanes take turns";
}

TEST_F(SharingPlanner, ALaneThatIsRefusedWithRoomIsClosedForItself) {
    queue(1, 8);
    take(pick());
    queue(101, 102, {.lane = links});
    pick(1);
    plan.refused({job_id{101}}, "closed", now, noon);
    plan.requeue(waiting{.id = 101, .lane = links}.job());
    plan.release(job_id{1});
    for (int i = 0; i < 2; ++i, now += 40s) {
        ASSERT_EQ(pick(1), (ids{101}));
        plan.refused({job_id{101}}, "closed", now, noon);
        plan.requeue(waiting{.id = 101, .lane = links}.job());
    }

    EXPECT_EQ(plan.lane(links)->scope, lane_scope::lane);
    EXPECT_EQ(plan.lane(clones)->ceiling, 100);
}

TEST_F(LearningPlanner, SaysWhenItMaySendAgain) {
    queue(1, 100);
    auto sent = plan.pick(now, noon, 100);
    ASSERT_GE(sent.size(), 2U);
    plan.refused({sent[0].job.id}, "too many", now, noon);
    plan.requeue(std::move(sent[0].job));
    plan.release(sent[1].job.id);
    ASSERT_EQ(pick(), ids());

    ASSERT_TRUE(plan.next_pick());
    now = *plan.next_pick();

    EXPECT_EQ(pick().size(), 1U);
}

TEST_F(LearningPlanner, WhatWasLearnedIsGivenOnceToBeKept) {
    EXPECT_TRUE(plan.take_learned().empty());
    queue(1, 100);
    auto sent = plan.pick(now, noon, 100);
    plan.refused({sent[0].job.id}, "too many", now, noon);

    const auto learned = plan.take_learned();

    ASSERT_EQ(learned.size(), 1U);
    EXPECT_EQ(learned[0].id, clones);
    EXPECT_EQ(learned[0].settings.learned_ceiling, 3);
    EXPECT_TRUE(plan.take_learned().empty());
}

}  // namespace
}  // namespace cloned::scheduler
