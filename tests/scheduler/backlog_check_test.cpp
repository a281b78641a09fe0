#include "tests/scheduler/rig.hpp"

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;

// I5: a job of which the scheduler was not told does not wait for good.
class LostWakeUp : public ::testing::Test {
public:
    // Jobs that come into the store past the scheduler, as when a wake-up is lost.
    void accept_silently(int count) {
        storage::new_batch batch;
        batch.uid = "lost";
        batch.tenant = "blue";
        batch.request_id = "request-lost";
        batch.content_hash = "hash-lost";
        batch.at = here.time().wall();
        batch.jobs = rig::clones(count, "lost");
        batch.inventories.emplace_back("vc1", "vc1");
        lost = here.value(here.store().accept(std::move(batch))).batch;
    }

    rig here;
    batch_record lost;
};

TEST_F(LostWakeUp, IsFoundWithinTwoMinutesAndMended) {
    here.start();
    EXPECT_TRUE(here.until_all_end(here.accept(here.clones(3))));
    accept_silently(5);

    EXPECT_TRUE(here.until_in(lost, "lost0", job_state::running, 2min));

    EXPECT_EQ(here.daemon().lost_wake_ups(), 1);
    EXPECT_TRUE(here.until_all_end(lost));
}

TEST_F(LostWakeUp, OfTheNextJobsOfALaneThatIsAtWorkIsFoundToo) {
    for (auto& limit : here.endpoint().lane_limit) limit = 1;
    here.start();
    const auto told = here.accept(here.clones(3));
    accept_silently(5);

    EXPECT_TRUE(here.until_all_end(told));
    EXPECT_TRUE(here.until_all_end(lost));
}

TEST_F(LostWakeUp, IsNotSuspectedWhileJobsGoTheirWay) {
    here.options.plan.queues.window = 16;
    here.options.plan.queues.low_water = 4;
    here.start();
    const auto first = here.accept(here.clones(200, "a"));
    here.pass(90s);
    const auto second = here.accept(here.clones(200, "b"), "red");
    here.pass(90s);
    EXPECT_TRUE(here.run(here.commands().cancel_batch(second.id)));

    EXPECT_TRUE(here.until_all_end(first));
    here.pass(5min);

    EXPECT_EQ(here.daemon().lost_wake_ups(), 0);
}

}  // namespace
}  // namespace cloned::scheduler
