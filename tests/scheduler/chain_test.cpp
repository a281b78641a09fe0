#include "tests/scheduler/rig.hpp"

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using enum job_state;

job_request power_on_after(const std::string& earlier, std::string key = "") {
    job_request job;
    job.key = key.empty() ? earlier + "-on" : std::move(key);
    job.spec = power_on_spec{};
    job.endpoint = "vc1";
    job.cluster = "c1";
    job.after = earlier;
    return job;
}

class Chain : public ::testing::Test {
protected:
    rig here;

    // Each VM is made, and then powered on.
    std::vector<job_request> chains(int count) {
        auto jobs = rig::clones(count);
        for (int i = 0; i < count; ++i)
            jobs.push_back(power_on_after(jobs[static_cast<std::size_t>(i)].key));
        return jobs;
    }
    std::size_t starts() {
        std::size_t sum = 0;
        for (const auto& operation : here.upstream().operations())
            if (kind_of(operation.spec) == job_kind::power_on) ++sum;
        return sum;
    }
};

TEST_F(Chain, TheNextLinkIsSentWithTheVmOfTheOneBefore) {
    here.start();
    const auto batch = here.accept(chains(1));

    ASSERT_TRUE(here.until_all_end(batch));

    EXPECT_EQ(here.counts(batch)[succeeded], 2);
    const auto made = here.job(batch, "vm0").progress.vm;
    ASSERT_FALSE(made.empty());
    ASSERT_EQ(here.upstream().submissions.size(), 2U);
    EXPECT_EQ(here.upstream().submissions[1], made);
}

TEST_F(Chain, AWaitingLinkSaysForWhomItWaits) {
    here.start();
    const auto batch = here.accept(chains(1));
    ASSERT_TRUE(here.until_in(batch, "vm0", running));

    EXPECT_EQ(here.state(batch, "vm0-on"), blocked);
    EXPECT_EQ(here.why(batch, "vm0-on"), "waits for job vm0, which is running");
}

TEST_F(Chain, AFailedLinkFailsWhatWaitsOnItAndARetryResumesThere) {
    here.upstream().expect("vm0", testing::script::fail(errc::invalid_argument));
    here.start();
    const auto batch = here.accept(chains(2));
    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.state(batch, "vm0-on"), failed);
    EXPECT_EQ(here.counts(batch)[failed], 2);

    EXPECT_EQ(here.value(here.commands().retry_batch(batch.id, false)), 2);
    ASSERT_TRUE(here.until_all_end(batch));

    EXPECT_EQ(here.counts(batch)[succeeded], 4);
    EXPECT_EQ(here.upstream().vms_named("vm1"), 1);
    EXPECT_EQ(starts(), 2U);
}

// The links may stand in any order in their batch.
TEST_F(Chain, ARetryReachesALinkThatStandsBeforeTheOneThatItWaitsFor) {
    here.upstream().expect("vm0", testing::script::fail(errc::invalid_argument));
    here.start();
    auto jobs = chains(1);
    std::swap(jobs[0], jobs[1]);
    const auto batch = here.accept(std::move(jobs));
    ASSERT_TRUE(here.until_all_end(batch));

    EXPECT_EQ(here.value(here.commands().retry_batch(batch.id, false)), 2);

    ASSERT_TRUE(here.until_all_end(batch));
    EXPECT_EQ(here.counts(batch)[succeeded], 2);
}

TEST_F(Chain, CancellingABatchCountsTheLinksThatWait) {
    here.upstream().duration = 1h;
    here.endpoint().lane_limit[0] = 1;
    here.start();
    const auto batch = here.accept(chains(3));
    ASSERT_TRUE(here.until_in(batch, "vm0", running));

    const auto tally = here.value(here.commands().cancel_batch(batch.id));

    EXPECT_EQ(tally.cancelled, 5);
    EXPECT_EQ(tally.requested, 1);
}

// I1, I2: whatever the moment of the crash.
TEST_F(Chain, ACrashAtAnyMomentLosesNoLinkAndMakesNoVmTwice) {
    for (int moment = 0; moment < 60; ++moment) {
        rig world;
        world.start();
        std::vector<job_request> jobs = rig::clones(3);
        for (int i = 0; i < 3; ++i) jobs.push_back(power_on_after("vm" + std::to_string(i)));
        const auto batch = world.accept(std::move(jobs));
        for (int step = 0; step < moment; ++step) world.wake_next();

        world.crash();
        world.start();

        ASSERT_TRUE(world.until_all_end(batch)) << "moment " << moment;
        EXPECT_EQ(world.counts(batch)[succeeded], 6) << "moment " << moment;
        for (int i = 0; i < 3; ++i)
            EXPECT_EQ(world.upstream().vms_named("vm" + std::to_string(i)), 1);
        world.stop();
    }
}

TEST_F(Chain, AVmIsChangedByOneJobAtATime) {
    here.start();
    auto jobs = rig::clones(1);
    for (int i = 0; i < 3; ++i) jobs.push_back(power_on_after("vm0", "on" + std::to_string(i)));
    const auto batch = here.accept(std::move(jobs));
    ASSERT_TRUE(here.until_in(batch, "vm0", succeeded));

    std::int64_t most = 0;
    ASSERT_TRUE(here.until([&] {
        most = std::max(most, here.upstream().working());
        return here.counts(batch)[succeeded] == 4;
    }));

    EXPECT_EQ(most, 1);
}

}  // namespace
}  // namespace cloned::scheduler
