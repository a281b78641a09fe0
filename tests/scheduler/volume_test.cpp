// A hundred thousand jobs: memory holds windows of the queues, not the queues.

#include "tests/scheduler/rig.hpp"

#include <gtest/gtest.h>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using enum job_state;

class Volume : public ::testing::Test {
protected:
#ifdef __SANITIZE_THREAD__
    void SetUp() override { GTEST_SKIP() << "one thread, and minutes under this sanitizer"; }
#endif
    rig here;
};

TEST_F(Volume, OnlyWindowsOfTheQueuesAreInMemory) {
    here.endpoint().lane_limit[0] = 500;
    here.endpoint().max_in_flight = 500;
    here.start();
    auto jobs = here.clones(100'000);
    for (std::size_t i = 0; i < jobs.size(); ++i)
        jobs[i].priority = static_cast<job_priority>(i % job_priority_count);

    const auto batch = here.accept(std::move(jobs));
    std::size_t most = 0;
    const auto watch = [&] {
        most = std::max(most, here.daemon().plan().loaded_jobs());
        return here.upstream().begun().size() >= 5'000;
    };
    ASSERT_TRUE(here.until(watch, 1h, 1s));

    const auto& queues = here.options.plan.queues;
    EXPECT_LE(most, job_priority_count * (queues.window + queues.low_water));
    EXPECT_GE(most, queues.low_water);
    EXPECT_EQ(here.lane().queued + here.lane().in_flight + here.counts(batch).ended(), 100'000);
}

TEST_F(Volume, AStartDoesNotLoadTheQueues) {
    here.endpoint().lane_limit[0] = 10;
    here.start();
    const auto batch = here.accept(here.clones(100'000));
    here.crash();

    here.start();

    here.pass(5s);
    EXPECT_LE(here.daemon().plan().loaded_jobs(), here.options.plan.queues.window);
    EXPECT_EQ(here.lane().queued + here.lane().in_flight, 100'000);
    EXPECT_GE(here.counts(batch)[running], 10);
}

TEST_F(Volume, ManyTenantsShareTheMemory) {
    here.endpoint().lane_limit[0] = 10;
    here.options.plan.loaded_jobs_max = 4'000;
    here.start();
    for (int tenant = 0; tenant < 40; ++tenant) {
        const auto name = "t" + std::to_string(tenant);
        here.accept(here.clones(2'000, name + "-"), name);
        here.pass(100ms);
    }

    const auto& queues = here.options.plan.queues;
    EXPECT_LE(here.daemon().plan().loaded_jobs(),
              here.options.plan.loaded_jobs_max + queues.window + 40 * queues.low_water);
}

TEST_F(Volume, TenThousandQueuedJobsAreCancelledInOneCall) {
    here.endpoint().lane_limit[0] = 10;
    here.upstream().duration = 1h;
    here.start();
    const auto batch = here.accept(here.clones(10'000));
    here.pass(10s);

    const auto tally = here.value(here.commands().cancel_batch(batch.id));

    EXPECT_EQ(tally.cancelled, 9'990);
    ASSERT_TRUE(here.until_all_end(batch, 5min));
    EXPECT_EQ(here.upstream().submissions.size(), 10U);
    EXPECT_EQ(here.lane().queued, 0);
}

}  // namespace
}  // namespace cloned::scheduler
