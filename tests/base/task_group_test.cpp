#include "base/task_group.hpp"

#include "tests/support/virtual_time.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace cloned {
namespace {

using namespace std::chrono_literals;
using testing::world;

class TaskGroup : public ::testing::Test {
protected:
    world here;
    task_group group{here.loop};
    int ended = 0;

    task<void> sleep(milliseconds span) {
        auto pause = here.time.make_alarm();
        co_await pause->sleep_until(here.time.now() + span);
        ++ended;
    }
    task<void> end_at_once() {
        ++ended;
        co_return;
    }
    task<void> spawn_another(milliseconds span) {
        co_await sleep(span);
        group.spawn("another", sleep(span));
    }
    task<void> count_even_if_cancelled() {
        try {
            co_await sleep(1h);
        } catch (const boost::system::system_error&) {
            ++ended;
            throw;
        }
    }
};

TEST_F(TaskGroup, JoinWaitsForEveryTask) {
    group.spawn("short", sleep(1s));
    group.spawn("long", sleep(10s));
    group.spawn("none", end_at_once());

    here.run(group.join());

    EXPECT_EQ(ended, 3);
    EXPECT_TRUE(group.empty());
}

TEST_F(TaskGroup, JoinOfAnEmptyGroupEndsAtOnce) {
    here.run(group.join());

    EXPECT_TRUE(group.empty());
}

TEST_F(TaskGroup, JoinWaitsForTasksThatTasksStarted) {
    group.spawn("parent", spawn_another(1s));

    here.run(group.join());

    EXPECT_EQ(ended, 2);
}

TEST_F(TaskGroup, CancelEndsTasksThatSleep) {
    for (int i = 0; i < 100; ++i) group.spawn("sleeper", sleep(1h));
    here.settle();
    const auto before = here.time.now();

    group.cancel();
    here.run(group.join());

    EXPECT_EQ(ended, 0);
    EXPECT_EQ(here.time.now(), before);
}

TEST_F(TaskGroup, ATaskHearsOfItsCancellationByAnException) {
    group.spawn("sleeper", count_even_if_cancelled());
    here.settle();

    group.cancel();
    here.run(group.join());

    EXPECT_EQ(ended, 1);
}

TEST_F(TaskGroup, CancelReachesATaskThatHasNotBegun) {
    group.spawn("sleeper", sleep(1h));

    group.cancel();
    here.run(group.join());

    EXPECT_EQ(ended, 0);
}

// A task that is ending may still ask for another; nobody would end that one.
TEST_F(TaskGroup, BeginsNothingAfterItWasCancelled) {
    group.spawn("sleeper", sleep(1h));
    here.settle();
    const auto before = here.time.now();

    group.cancel();
    group.spawn("late", sleep(1h));
    here.run(group.join());

    EXPECT_TRUE(group.empty());
    EXPECT_EQ(ended, 0);
    EXPECT_EQ(here.time.now(), before);
}

TEST_F(TaskGroup, CanBeUsedAgainAfterJoin) {
    group.spawn("first", sleep(1s));
    here.run(group.join());

    group.spawn("second", sleep(1s));
    here.run(group.join());

    EXPECT_EQ(ended, 2);
}

task<void> break_an_invariant() {
    throw std::runtime_error("broken");
    co_return;
}

TEST(TaskGroupDeathTest, AnExceptionThatIsNoCancellationEndsTheProcess) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            world here;
            task_group group(here.loop);
            group.spawn("broken", break_an_invariant());
            here.settle();
        },
        "a task ended by an exception");
}

TEST(TaskGroupDeathTest, IsNotLeftBehindWithRunningTasks) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            world here;
            auto pause = here.time.make_alarm();
            const auto sleep = [](alarm& on, steady_time until) -> task<void> {
                co_await on.sleep_until(until);
            };
            task_group group(here.loop);
            group.spawn("sleeper", sleep(*pause, here.time.now() + 1h));
            here.loop.run_for(0ms);
        },
        "destroyed while tasks run");
}

}  // namespace
}  // namespace cloned
