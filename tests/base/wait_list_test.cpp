#include "base/wait_list.hpp"

#include "base/task_group.hpp"
#include "tests/support/virtual_time.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cloned {
namespace {

using namespace std::chrono_literals;
using testing::world;

class WaitList : public ::testing::Test {
protected:
    world here;
    wait_list list{here.time};
    std::vector<std::string> heard;
    task_group group{here.loop};
    task_group others{here.loop};

    void TearDown() override {
        for (auto* one : {&group, &others}) one->cancel();
        here.settle();
    }

    task<void> wait(std::string name, milliseconds most) {
        const auto deadline = here.time.now() + most;
        const bool woken = co_await list.wait(deadline);
        heard.push_back(name + (woken ? " woken" : " late"));
        // Here a waiter that was cancelled ends.
        auto pause = here.time.make_alarm();
        co_await pause->sleep_until(deadline);
        heard.push_back(name + " goes on");
    }
    void enter(task_group& of, const std::string& name, milliseconds most = 1h) {
        of.spawn("waiter", wait(name, most));
        here.settle();
    }
    void cancel(task_group& which) {
        which.cancel();
        here.settle();
    }
};

using words = std::vector<std::string>;

TEST_F(WaitList, WakesOneAfterTheOtherInTheOrderOfTheirComing) {
    for (const auto* name : {"a", "b", "c"}) enter(group, name);

    EXPECT_TRUE(list.wake_one());
    EXPECT_TRUE(list.wake_one());
    EXPECT_EQ(list.size(), 1U);
    here.settle();

    EXPECT_EQ(heard, (words{"a woken", "b woken"}));
}

TEST_F(WaitList, WakesAllThatWaitAndNobodyWhoComesLater) {
    for (const auto* name : {"a", "b"}) enter(group, name);

    list.wake_all();
    enter(group, "c");

    EXPECT_EQ(heard, (words{"a woken", "b woken"}));
    EXPECT_EQ(list.size(), 1U);
}

TEST_F(WaitList, WakingNobodyIsNotRemembered) {
    EXPECT_FALSE(list.wake_one());
    list.wake_all();

    enter(group, "a");

    EXPECT_TRUE(heard.empty());
    EXPECT_EQ(list.size(), 1U);
}

TEST_F(WaitList, EachWaitsUntilItsOwnDeadline) {
    enter(group, "patient", 1h);
    enter(group, "hasty", 1s);

    here.time.advance_by(2s);

    EXPECT_EQ(heard.front(), "hasty late");
    EXPECT_EQ(list.size(), 1U);
    EXPECT_TRUE(list.wake_one());
    EXPECT_FALSE(list.wake_one());
}

TEST_F(WaitList, OneThatIsCancelledLeavesItsPlaceToTheNext) {
    enter(others, "a");
    enter(group, "b");

    cancel(others);
    EXPECT_EQ(list.size(), 1U);
    list.wake_one();
    here.settle();

    EXPECT_EQ(heard, words{"b woken"});
}

TEST_F(WaitList, OneThatIsCancelledBeforeItWaitsIsNeverInTheList) {
    others.spawn("waiter", wait("a", 1h));
    cancel(others);

    EXPECT_EQ(list.size(), 0U);
    EXPECT_TRUE(others.empty());
}

// What waking hands over must come to somebody, in whichever order the two happen.
TEST_F(WaitList, OneThatIsCancelledInTheTurnOfItsWakingStillHearsOfIt) {
    enter(others, "a");
    list.wake_one();
    cancel(others);
    EXPECT_EQ(heard, words{"a woken"});
    EXPECT_TRUE(others.empty());

    enter(group, "b");
    group.cancel();
    list.wake_one();
    here.settle();
    EXPECT_EQ(heard, (words{"a woken", "b woken"}));
    EXPECT_TRUE(group.empty());
}

TEST_F(WaitList, OneThatIsCancelledAfterItsWakingIsNoLongerInTheList) {
    enter(others, "a");
    list.wake_one();
    here.settle();

    cancel(others);

    EXPECT_EQ(heard, words{"a woken"});
    EXPECT_TRUE(others.empty());
    EXPECT_EQ(list.size(), 0U);
}

}  // namespace
}  // namespace cloned
