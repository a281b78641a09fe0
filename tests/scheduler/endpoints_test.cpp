// Upstreams that are down: they harm only their own lanes, and are found again.

#include "tests/scheduler/rig.hpp"

#include <gtest/gtest.h>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using testing::script;
using enum job_state;

class Endpoints : public ::testing::Test {
protected:
    rig here;

    Endpoints() { here.endpoint("vc2"); }
    endpoint_status status(const std::string& name) {
        for (auto& status : here.commands().endpoints())
            if (status.info.name == name) return status;
        return {};
    }
};

// I8
TEST_F(Endpoints, OneThatIsDownHarmsOnlyItsOwnLanes) {
    here.upstream("vc1").down = true;
    here.start();

    const auto dead = here.accept(here.clones(50, "dead", "vc1"));
    const auto live = here.accept(here.clones(50, "live", "vc2"));

    ASSERT_TRUE(here.until_all_end(live, 15min));
    EXPECT_EQ(here.counts(live)[succeeded], 50);
    EXPECT_EQ(here.counts(dead)[queued], 50);
    EXPECT_FALSE(status("vc1").available);
    EXPECT_TRUE(status("vc2").available);
}

// I8
TEST_F(Endpoints, OneThatIsDownIsFoundAgain) {
    here.upstream().down = true;
    here.start();
    const auto batch = here.accept(here.clones(10));
    here.pass(6h);
    ASSERT_TRUE(here.upstream().submissions.empty());

    here.upstream().down = false;

    ASSERT_TRUE(here.until_all_end(batch, 5min));
    EXPECT_EQ(here.counts(batch)[succeeded], 10);
    EXPECT_TRUE(status("vc1").available);
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(here.job(batch, "vm" + std::to_string(i)).progress.attempt, 1U);
}

TEST_F(Endpoints, OneThatIsDownIsAskedRarely) {
    here.upstream().down = true;
    here.start();
    here.accept(here.clones(100));
    here.pass(10min);
    const auto before = here.upstream().probes;

    here.pass(1h);

    EXPECT_LE(here.upstream().probes - before, 400);
    EXPECT_GE(here.upstream().probes - before, 60);
}

TEST_F(Endpoints, JobsSayThatTheirEndpointIsDown) {
    here.upstream().down = true;
    here.start();
    const auto batch = here.accept(here.clones(10));
    here.pass(1min);

    EXPECT_NE(here.why(batch, "vm3").find("does not answer: connection refused"), std::string::npos)
        << here.why(batch, "vm3");
}

TEST_F(Endpoints, WhatRunsWhenTheEndpointGoesDownIsWatchedOnLater) {
    here.start();
    const auto batch = here.accept(here.clones(10));
    here.pass(10s);
    ASSERT_EQ(here.counts(batch)[running], 10);

    here.upstream().down = true;
    here.pass(3h);
    EXPECT_EQ(here.counts(batch)[running], 10);
    EXPECT_EQ(here.lane().in_flight, 10);

    here.upstream().down = false;
    ASSERT_TRUE(here.until_all_end(batch, 5min));
    EXPECT_EQ(here.counts(batch)[succeeded], 10);
}

// I2
TEST_F(Endpoints, ADoubtIsSettledWhenTheEndpointIsBack) {
    here.upstream().expect("a", script::lose(true));
    here.start();
    const auto batch = here.accept(here.clone("a"));
    ASSERT_TRUE(here.until_in(batch, "a", in_doubt));

    here.upstream().down = true;
    here.pass(3h);
    EXPECT_EQ(here.state(batch, "a"), in_doubt);

    here.upstream().down = false;
    ASSERT_TRUE(here.until_in(batch, "a", succeeded, 5min));
    EXPECT_EQ(here.upstream().submissions.size(), 1U);
}

TEST_F(Endpoints, JobsAreAcceptedWhileAllEndpointsAreDown) {
    here.upstream("vc1").down = true;
    here.upstream("vc2").down = true;
    here.start();
    here.accept(here.clones(10, "early"));
    here.pass(1h);

    const auto batch = here.accept(here.clones(10, "late"));

    EXPECT_EQ(batch.job_count, 10);
}

// --- configuration that changes over a restart

TEST_F(Endpoints, JobsOfOneThatIsNoLongerConfiguredWaitAndSaySo) {
    here.endpoint("vc2").lane_limit[0] = 1;
    here.start();
    const auto batch = here.accept(here.clones(5, "vm", "vc2"));
    here.pass(10s);
    here.stop();

    here.remove_endpoint("vc2");
    here.start();
    here.pass(1h);

    EXPECT_EQ(here.counts(batch)[running], 1);
    EXPECT_EQ(here.counts(batch)[queued], 4);
    EXPECT_NE(here.why(batch, "vm4").find("endpoint vc2 is not configured"), std::string::npos);
    here.stop();

    here.endpoint("vc2");
    here.start();
    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 5);
    EXPECT_EQ(here.upstream("vc2").vm_count(), 5U);
}

TEST_F(Endpoints, JobsThatWaitForOneThatIsNoLongerConfiguredCanBeCancelled) {
    here.start();
    here.upstream("vc2").down = true;
    const auto batch = here.accept(here.clones(5, "vm", "vc2"));
    here.pass(10s);
    here.stop();
    here.remove_endpoint("vc2");
    here.start();

    const auto tally = here.value(here.commands().cancel_batch(batch.id));

    EXPECT_EQ(tally.cancelled, 5);
    EXPECT_EQ(here.counts(batch)[cancelled], 5);
}

}  // namespace
}  // namespace cloned::scheduler
