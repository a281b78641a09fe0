// I2 over a restored backup: what the database no longer knows may have been sent all the same.

#include "tests/scheduler/rig.hpp"

#include "model/guard.hpp"

#include <gtest/gtest.h>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using enum job_state;

class RestoredBackup : public ::testing::Test {
protected:
    rig here;

    void SetUp() override {
        here.upstream().duration = 60s;
        here.endpoint().lane_limit[0] = 5;
    }
    // The most VMs that bear one name.
    std::int64_t most_of_a_name(int count) {
        std::int64_t most = 0;
        for (int i = 0; i < count; ++i)
            most = std::max(most, here.upstream().vms_named("vm" + std::to_string(i)));
        return most;
    }
    std::int64_t waiting(const batch_record& batch) {
        const auto now = here.counts(batch);
        return now[queued] + now[submitting] + now[running] + now[in_doubt] + now[blocked];
    }
    // Backs up when some have been sent, lets all end, and goes back to the backup.
    batch_record live_and_go_back() {
        here.start();
        const auto batch = here.accept(here.clones(20));
        here.pass(70s);
        here.back_up();
        EXPECT_TRUE(here.until_all_end(batch));
        here.crash();
        here.restore_backup();
        return batch;
    }
};

TEST_F(RestoredBackup, MakesNoVmTwiceAndAsksTheOperatorWhoseTheVmsAre) {
    const auto batch = live_and_go_back();

    here.start();
    ASSERT_TRUE(here.until([&] { return waiting(batch) == 0; }));

    EXPECT_EQ(most_of_a_name(20), 1);
    const auto now = here.counts(batch);
    EXPECT_EQ(now[succeeded] + now[needs_operator], 20);
    EXPECT_GE(now[needs_operator], 10);
    EXPECT_NE(here.job(batch, "vm19").progress.last_error->message().find("lost"),
              std::string::npos);
    EXPECT_FALSE(here.job(batch, "vm19").progress.vm.empty());
}

#ifdef CLONED_TEST_SWITCHES
// The lookup of names stands behind it; but it takes our own VMs for a stranger's.
TEST_F(RestoredBackup, WouldDisownItsVmsIfItWereBelieved) {
    const auto batch = live_and_go_back();
    const guard_removal without(guard::generation);

    here.start();
    ASSERT_TRUE(here.until_all_end(batch));

    EXPECT_GE(here.counts(batch)[failed], 10);
    EXPECT_EQ(most_of_a_name(20), 1);
}
#endif

TEST_F(RestoredBackup, SendsWhatWasNotSentAfterALook) {
    here.start();
    const auto batch = here.accept(here.clones(20));
    here.back_up();
    here.pass(30s);  // five are at work
    here.crash();
    here.restore_backup();

    here.start();
    ASSERT_TRUE(here.until([&] { return waiting(batch) == 0; }));

    EXPECT_EQ(most_of_a_name(20), 1);
    EXPECT_EQ(here.counts(batch)[succeeded], 15);
    EXPECT_EQ(here.counts(batch)[needs_operator], 5);
    EXPECT_EQ(here.job(batch, "vm19").progress.attempt, 1U);
    EXPECT_GE(here.upstream().looked_for, 20);
}

TEST_F(RestoredBackup, IsNotToldByAFileThatIsMissingEither) {
    here.start();
    const auto batch = here.accept(here.clones(5));
    here.crash();
    here.lose_high_water_file();

    here.start();
    ASSERT_TRUE(here.until_all_end(batch));

    EXPECT_GE(here.upstream().looked_for, 5);
    EXPECT_EQ(here.counts(batch)[succeeded], 5);
}

TEST_F(RestoredBackup, ADatabaseThatLostNothingIsBelieved) {
    here.start();
    const auto batch = here.accept(here.clones(20));
    here.pass(100ms);
    here.stop();

    here.start();
    ASSERT_TRUE(here.until_all_end(batch));

    EXPECT_EQ(here.upstream().looks, 0);
    EXPECT_EQ(here.counts(batch)[succeeded], 20);
}

TEST_F(RestoredBackup, ARetryOfWhatHadFailedLooksFirstToo) {
    here.upstream().expect("vm0", testing::script::fail(errc::upstream_failed));
    here.start();
    const auto batch = here.accept(here.clones(1));
    ASSERT_TRUE(here.until_in(batch, "vm0", failed));
    here.back_up();
    here.value(here.commands().retry_batch(batch.id, false));
    ASSERT_TRUE(here.until_in(batch, "vm0", succeeded));
    here.crash();
    here.restore_backup();

    here.start();
    here.value(here.commands().retry_batch(batch.id, false));
    ASSERT_TRUE(here.until_in(batch, "vm0", needs_operator));

    EXPECT_EQ(most_of_a_name(1), 1);
}

TEST_F(RestoredBackup, NumbersAreNotGivenOutAgain) {
    here.start();
    here.accept(here.clones(3));
    here.back_up();
    const auto lost = here.accept(here.clones(3, "lost"));
    here.crash();
    here.restore_backup();

    here.start();
    const auto next = here.accept(here.clones(1, "next"));

    EXPECT_GT(next.first_job.value, lost.first_job.value + 2);
    EXPECT_GT(next.id.value, lost.id.value);
}

}  // namespace
}  // namespace cloned::scheduler
