// The clock that the other tests stand on keeps the contract of the real one.

#include "tests/support/virtual_time.hpp"

#include "base/task_group.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cloned::testing {
namespace {

using namespace std::chrono_literals;

class VirtualTime : public ::testing::Test {
protected:
    world here;
    task_group group{here.loop};
    std::string order;

    task<void> note_after(milliseconds span, char mark) {
        auto pause = here.time.make_alarm();
        co_await pause->sleep_until(here.time.now() + span);
        order += mark;
    }
    task<bool> sleep_on(alarm& on, milliseconds span) {
        return on.sleep_until(here.time.now() + span);
    }
};

TEST_F(VirtualTime, WakesSleepersInTheOrderOfTheirTimes) {
    group.spawn("late", note_after(3h, 'c'));
    group.spawn("early", note_after(1h, 'a'));
    group.spawn("middle", note_after(2h, 'b'));

    here.run(group.join());

    EXPECT_EQ(order, "abc");
}

TEST_F(VirtualTime, MovesBothClocksAlike) {
    const auto steady = here.time.now();
    const auto wall = here.time.wall();

    here.time.advance_by(90min);

    EXPECT_EQ(here.time.now() - steady, 90min);
    EXPECT_EQ(here.time.wall() - wall, 90min);
}

TEST_F(VirtualTime, StopsShortOfLaterSleepers) {
    group.spawn("early", note_after(1h, 'a'));
    group.spawn("late", note_after(2h, 'b'));

    here.time.advance_by(90min);
    EXPECT_EQ(order, "a");

    here.run(group.join());
    EXPECT_EQ(order, "ab");
}

TEST_F(VirtualTime, RemembersAWakeThatCameWhileNobodySlept) {
    auto pause = here.time.make_alarm();
    pause->wake();

    EXPECT_FALSE(here.run(sleep_on(*pause, 1h)));
    EXPECT_TRUE(here.run(sleep_on(*pause, 1h)));
}

TEST_F(VirtualTime, ThrowsWhenNothingCanHappenAnyMore) {
    auto pause = here.time.make_alarm();
    const auto never = [](world& w) { w.drive([] { return false; }, 1h); };

    EXPECT_THROW(never(here), std::runtime_error);
}

}  // namespace
}  // namespace cloned::testing
