#include "tests/scheduler/planner_fixture.hpp"

namespace cloned::scheduler {
namespace {

// --- who comes next

ids upcoming(const planner& plan, const std::string& endpoint, std::size_t most) {
    ids out;
    for (const auto* job : plan.upcoming(endpoint, most)) out.push_back(job->id.value);
    return out;
}

TEST_F(Planner, ForeseesWhoComesNextOverLanesTenantsAndPriorities) {
    add(endpoint("vc1"));
    add(endpoint("vc2"));
    queue(1, 3, {.lane = clones});
    queue(11, 12, {.tenant = quiet, .lane = clones});
    queue(21, 21, {.priority = job_priority::high, .lane = clones});
    queue(31, 33, {.lane = links});
    queue(41, 49, {.lane = elsewhere});

    EXPECT_EQ(upcoming(plan, "vc1", 100), (ids{21, 31, 1, 32, 11, 33, 2, 12, 3}));
    EXPECT_EQ(upcoming(plan, "vc1", 4), (ids{21, 31, 1, 32}));
    EXPECT_EQ(upcoming(plan, "vc2", 2), (ids{41, 42}));
    EXPECT_TRUE(upcoming(plan, "vc3", 2).empty());
}

TEST_F(Planner, ForeseesNobodyInAPausedLane) {
    add(endpoint("vc1"));
    queue(1, 3, {.lane = clones});
    lane_settings paused;
    paused.paused = true;
    plan.set_settings(clones, paused);

    EXPECT_TRUE(upcoming(plan, "vc1", 100).empty());
}

// --- nested limits; I3

TEST_F(Planner, SendsNoMoreThanTheLaneTakes) {
    add(endpoint("vc1", 3));
    queue(1, 10);

    EXPECT_EQ(pick(), (ids{1, 2, 3}));
    EXPECT_EQ(pick(), ids());
    EXPECT_EQ(in_flight(clones), 3);
}

TEST_F(Planner, SendsNoMoreThanTheEndpointTakesOverAllLanes) {
    auto info = endpoint("vc1");
    info.max_in_flight = 5;
    add(info);
    queue(1, 10);
    queue(11, 20, {.lane = links});

    EXPECT_EQ(pick().size(), 5U);
    EXPECT_EQ(plan.in_flight("vc1"), 5);
    EXPECT_EQ(pick(), ids());
}

TEST_F(Planner, LanesShareAnEndpointsLimitByTurns) {
    auto info = endpoint("vc1");
    info.max_in_flight = 6;
    add(info);
    queue(1, 10);
    queue(11, 20, {.lane = links});

    pick();

    EXPECT_EQ(in_flight(clones), 3);
    EXPECT_EQ(in_flight(links), 3);
}

TEST_F(Planner, TheLastTurnIsRememberedFromPickToPick) {
    add(endpoint("vc1"));
    queue(1, 10);
    queue(11, 20, {.lane = links});

    for (int i = 0; i < 6; ++i) pick(1);

    EXPECT_EQ(in_flight(clones), 3);
    EXPECT_EQ(in_flight(links), 3);
}

TEST_F(Planner, SendsNoMoreThanASourceTakes) {
    auto info = endpoint("vc1");
    info.max_per_source = 2;
    add(info);
    queue(1, 10, {.source = "vm-busy"});
    queue(11, 11, {.tenant = quiet, .source = "vm-idle"});

    EXPECT_EQ(pick(), (ids{1, 2, 11}));
}

TEST_F(Planner, ASourceIsOneOverTheLanesOfItsEndpoint) {
    auto info = endpoint("vc1");
    info.max_per_source = 2;
    add(info);
    queue(1, 10, {.source = "vm-busy"});
    pick();

    queue(11, 12, {.source = "vm-busy", .lane = links});

    EXPECT_EQ(pick(), ids());
}

TEST_F(Planner, TheSameVmIdOnAnotherEndpointIsAnotherVm) {
    auto info = endpoint("vc1");
    info.max_per_source = 1;
    add(info);
    info.name = "vc2";
    add(info);
    queue(1, 5, {.source = "vm-1"});
    queue(6, 9, {.source = "vm-1", .lane = elsewhere});

    EXPECT_EQ(pick(), (ids{1, 6}));
}

TEST_F(Planner, AJobPaysItsCostOfTheEndpoint) {
    auto info = endpoint("vc1");
    info.max_in_flight = 10;
    info.cost[static_cast<std::size_t>(job_kind::vcenter_clone)] = 4;
    add(info);
    queue(1, 10);

    EXPECT_EQ(pick(), (ids{1, 2}));

    queue(11, 20, {.lane = links});
    EXPECT_EQ(pick(), (ids{11, 12}));
}

TEST_F(Planner, AJobThatCostsMoreThanTheEndpointHasRunsAlone) {
    auto info = endpoint("vc1");
    info.max_in_flight = 3;
    info.cost[static_cast<std::size_t>(job_kind::vcenter_clone)] = 8;
    add(info);
    queue(1, 2);

    EXPECT_EQ(pick(), (ids{1}));
    EXPECT_EQ(pick(), ids());

    plan.release(job_id{1});
    EXPECT_EQ(pick(), (ids{2}));
}

TEST_F(Planner, AJobThatCostsMoreThanASourceHasRunsAloneOnIt) {
    auto info = endpoint("vc1");
    info.max_per_source = 1;
    info.cost[static_cast<std::size_t>(job_kind::vcenter_clone)] = 2;
    add(info);
    queue(1, 2);

    EXPECT_EQ(pick(), (ids{1}));
}

// --- who must not be sent

TEST_F(Planner, APausedLaneSendsNothingAndHoldsBackNoOther) {
    add(endpoint("vc1"));
    queue(1, 5);
    queue(11, 12, {.lane = links});
    auto settings = plan.lane(clones)->lane.settings;
    settings.paused = true;
    plan.set_settings(clones, settings);

    EXPECT_EQ(pick(), (ids{11, 12}));

    settings.paused = false;
    plan.set_settings(clones, settings);
    EXPECT_EQ(pick(), (ids{1, 2, 3, 4, 5}));
}

// I8
TEST_F(Planner, AnEndpointThatIsDownHoldsBackNoOther) {
    add(endpoint("vc1"));
    add(endpoint("vc2"));
    queue(1, 5);
    queue(11, 12, {.lane = elsewhere});
    plan.set_available("vc1", false);

    EXPECT_EQ(pick(), (ids{11, 12}));

    plan.set_available("vc1", true);
    EXPECT_EQ(pick(), (ids{1, 2, 3, 4, 5}));
}

TEST_F(Planner, JobsOfAnEndpointThatIsNotConfiguredWaitAndAreCounted) {
    EXPECT_FALSE(plan.add_lane(lane(clones, "gone", job_kind::vcenter_clone)));

    queue(1, 5);

    EXPECT_EQ(pick(), ids());
    ASSERT_TRUE(plan.lane(clones));
    EXPECT_EQ(plan.lane(clones)->queued, 5);
    EXPECT_FALSE(plan.forget(job_id{1}, clones, job_priority::normal, loud));
}

TEST_F(Planner, TheSettingsOfALaneWithoutEndpointAreShownAsSet) {
    plan.add_lane(lane(clones, "gone", job_kind::vcenter_clone));
    auto settings = plan.lane(clones)->lane.settings;
    settings.paused = true;

    plan.set_settings(clones, settings);

    EXPECT_TRUE(plan.lane(clones)->lane.settings.paused);
}

// --- limits that change

TEST_F(Planner, AnOperatorsLimitReplacesTheConfiguredOne) {
    add(endpoint("vc1", 3));
    queue(1, 20);
    auto settings = plan.lane(clones)->lane.settings;
    settings.operator_limit = 5;
    plan.set_settings(clones, settings);
    EXPECT_EQ(pick().size(), 5U);

    settings.operator_limit.reset();
    plan.set_settings(clones, settings);

    EXPECT_EQ(plan.lane(clones)->limit, 3);
    plan.release(job_id{1});
    plan.release(job_id{2});
    EXPECT_EQ(pick(), ids());
    plan.release(job_id{3});
    EXPECT_EQ(pick().size(), 1U);
}

TEST_F(Planner, ALimitIsNeverBelowOne) {
    add(endpoint("vc1", 0));
    queue(1, 3);

    EXPECT_EQ(pick().size(), 1U);
}

// --- slots

TEST_F(Planner, ReleaseGivesBackAllThatTheJobHeld) {
    auto info = endpoint("vc1", 1);
    info.max_in_flight = 1;
    info.max_per_source = 1;
    add(info);
    queue(1, 3);
    for (std::int64_t id = 1; id <= 3; ++id) {
        ASSERT_EQ(pick(), (ids{id}));
        ASSERT_EQ(pick(), ids());

        plan.release(job_id{id});
    }

    EXPECT_EQ(in_flight(clones), 0);
    EXPECT_EQ(plan.in_flight("vc1"), 0);
}

TEST_F(Planner, ReleaseOfAnUnknownJobDoesNothing) {
    add(endpoint("vc1", 1));
    queue(1, 3);
    pick();

    plan.release(job_id{77});

    EXPECT_EQ(in_flight(clones), 1);
}

TEST_F(Planner, ARequeuedJobIsTheNext) {
    add(endpoint("vc1", 2));
    queue(1, 9);
    auto picked = plan.pick(now, noon, 10);
    ASSERT_EQ(picked.size(), 2U);

    plan.requeue(std::move(picked[0].job));

    EXPECT_EQ(in_flight(clones), 1);
    EXPECT_EQ(pick(), (ids{1}));
}

// I3
TEST_F(Planner, AJobInDoubtKeepsItsSlot) {
    add(endpoint("vc1", 2));
    queue(1, 9);
    pick();

    plan.set_in_doubt(job_id{1}, true);

    EXPECT_EQ(pick(), ids());
    EXPECT_EQ(plan.lane(clones)->in_flight, 2);
    EXPECT_EQ(plan.lane(clones)->in_doubt, 1);

    plan.release(job_id{1});
    EXPECT_EQ(plan.lane(clones)->in_doubt, 0);
    EXPECT_EQ(pick(), (ids{3}));
}

TEST_F(Planner, InDoubtIsCountedOnce) {
    add(endpoint("vc1"));
    queue(1, 2);
    pick();

    plan.set_in_doubt(job_id{1}, true);
    plan.set_in_doubt(job_id{1}, true);
    EXPECT_EQ(plan.lane(clones)->in_doubt, 1);

    plan.set_in_doubt(job_id{1}, false);
    plan.set_in_doubt(job_id{1}, false);
    EXPECT_EQ(plan.lane(clones)->in_doubt, 0);
}

// I3: also what an earlier run of the daemon left with the upstream.
TEST_F(Planner, JobsOfAnEarlierRunHoldTheirSlots) {
    auto info = endpoint("vc1", 2);
    info.max_per_source = 2;
    add(info);
    plan.hold(job_id{101}, clones, "vm-1");
    plan.hold(job_id{102}, clones, "vm-1");
    queue(1, 9);

    EXPECT_EQ(pick(), ids());

    plan.release(job_id{101});
    EXPECT_EQ(pick(), (ids{1}));
}

TEST_F(Planner, AJobInFlightIsNotLoadedAgain) {
    add(endpoint("vc1"));
    queue(1, 3);
    pick();

    queue(1, 3);

    EXPECT_EQ(pick(), ids());
}

TEST_F(Planner, AForgottenJobIsNotSent) {
    add(endpoint("vc1"));
    queue(1, 3);

    EXPECT_TRUE(plan.forget(job_id{2}, clones, job_priority::normal, loud));

    EXPECT_EQ(pick(), (ids{1, 3}));
}

// Its name may be taken, or its deadline over: the upstream was not asked.
TEST_F(Planner, AProbeThatEndsUnsentKeepsNoOtherBack) {
    plan.add_endpoint(endpoint("vc1", 100));
    auto record = lane(clones, "vc1", job_kind::vcenter_clone);
    record.settings.learned_ceiling = 7;
    plan.add_lane(record);
    queue(1, 100);
    const auto next_probe = [&] {
        for (int minute = 0; minute < 100; ++minute, now += 60s)
            for (const auto& p : plan.pick(now, noon, 100))
                if (p.probe) return p.job.id;
        return job_id();
    };
    const auto first = next_probe();
    ASSERT_NE(first, job_id());

    plan.release(first);

    EXPECT_NE(next_probe(), job_id());
}

TEST_F(Planner, WhatWasLearnedEarlierIsInForceFromTheStart) {
    plan.add_endpoint(endpoint("vc1", 100));
    auto record = lane(clones, "vc1", job_kind::vcenter_clone);
    record.settings.learned_ceiling = 7;
    plan.add_lane(record);
    queue(1, 100);

    for (const auto& p : plan.pick(now, noon, 100))
        if (p.probe) plan.no_verdict(p.job.id);

    EXPECT_LE(in_flight(clones), 8);  // one probe may go above it
    EXPECT_GE(in_flight(clones), 7);
}

// --- memory

TEST_F(Planner, SearchesForACeilingOnlyWhereTheUpstreamTellsOfOne) {
    plan.add_endpoint(endpoint("vc1", 30));
    for (const auto& [id, kind] :
         {std::pair(clones, job_kind::restore), std::pair(links, job_kind::zstack_clone)}) {
        auto fresh = lane(id, "vc1", kind);
        fresh.settings.learned_ceiling.reset();
        plan.add_lane(fresh);
    }
    queue(1, 50, {.lane = clones});
    queue(101, 150, {.lane = links});

    const auto sent = pick();

    const auto of_the_first =
        std::count_if(sent.begin(), sent.end(), [](auto id) { return id <= 50; });
    EXPECT_EQ(of_the_first, ceiling_options().first);
    EXPECT_EQ(sent.size() - static_cast<std::size_t>(of_the_first), 30U);
}

TEST(PlannerMemory, LanesLoadLittleWhenMuchIsLoaded) {
    random_source random(1);
    planner_options options;
    options.loaded_jobs_max = 100;
    planner plan(options, random);
    plan.add_endpoint(endpoint("vc1"));
    plan.add_lane(lane(clones, "vc1", job_kind::vcenter_clone));
    plan.add_backlog({{clones, loud, job_priority::normal}, 100, 1});
    const auto first = plan.take_loads();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].jobs, options.queues.window);

    plan.loaded(first[0], jobs_between(1, 100));
    plan.add_backlog({{clones, quiet, job_priority::normal}, 100, 101});

    const auto more = plan.take_loads();
    ASSERT_EQ(more.size(), 1U);
    EXPECT_LT(more[0].jobs, options.queues.window);
    EXPECT_GE(more[0].jobs, 1U);
}

// They fill the head of the queue in the store until their intents are recorded.
TEST_F(Planner, LoadsPastTheJobsThatHaveASlot) {
    add(endpoint("vc1"));
    queue(1, 3);
    pick();

    plan.add_backlog({waiting().queue(), 100, 4});

    const auto loads = plan.take_loads();
    ASSERT_EQ(loads.size(), 1U);
    EXPECT_EQ(loads[0].jobs, lane_queues::options().window + 3);
}

}  // namespace
}  // namespace cloned::scheduler
