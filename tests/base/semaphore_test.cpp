#include "base/semaphore.hpp"

#include "base/task_group.hpp"
#include "tests/support/virtual_time.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cloned {
namespace {

using namespace std::chrono_literals;
using testing::world;

class Semaphore : public ::testing::Test {
protected:
    world here;
    semaphore places{here.time, 1, 3};
    std::vector<std::string> heard;
    task_group group{here.loop};
    task_group others{here.loop};

    // Has its place for ten seconds.
    void TearDown() override {
        for (auto* one : {&group, &others}) one->cancel();
        here.settle();
    }

    task<void> work(std::string name, milliseconds most) {
        semaphore::permit mine(places);
        auto admitted = co_await mine.acquire(here.time.now() + most);
        if (!admitted) {
            heard.push_back(name + ": " + admitted.error().message());
            co_return;
        }
        heard.push_back(name);
        auto pause = here.time.make_alarm();
        co_await pause->sleep_until(here.time.now() + 10s);
    }
    void enter(task_group& of, const std::string& name, milliseconds most = 1h) {
        of.spawn("work", work(name, most));
        here.settle();
    }
};

using words = std::vector<std::string>;

TEST_F(Semaphore, LetsThemThroughInTheOrderOfTheirComing) {
    for (const auto* name : {"a", "b", "c"}) enter(group, name);
    EXPECT_EQ(heard, words{"a"});

    here.time.advance_by(10s);
    EXPECT_EQ(heard, (words{"a", "b"}));

    here.run(group.join());
    EXPECT_EQ(heard, (words{"a", "b", "c"}));
}

TEST_F(Semaphore, ANewcomerDoesNotOvertakeTheOneThatWasGivenThePlace) {
    {
        semaphore::permit first(places);
        const auto admitted = here.run(first.acquire(here.time.now() + 1s));
        ASSERT_TRUE(admitted);
        enter(group, "b");
        group.spawn("work", work("c", 1h));  // its turn comes before that of b
    }
    here.settle();

    EXPECT_EQ(heard, words{"b"});
    here.run(group.join());
    EXPECT_EQ(heard, (words{"b", "c"}));
}

TEST_F(Semaphore, TurnsAwayANewcomerWhenTooManyWait) {
    for (const auto* name : {"a", "b", "c", "d", "e"}) enter(group, name);

    EXPECT_EQ(heard, (words{"a", "e: too many requests wait for a connection"}));
}

TEST_F(Semaphore, OneWhoseTimeIsUpNoLongerWaits) {
    enter(group, "a");
    enter(group, "b", 1s);

    here.time.advance_by(2s);

    EXPECT_EQ(heard, (words{"a", "b: no connection became free in time"}));
    here.time.advance_by(10s);
    enter(group, "c");
    EXPECT_EQ(heard.back(), "c");
}

TEST_F(Semaphore, APlaceThatIsGivenToOneThatIsCancelledGoesToTheNext) {
    {
        semaphore::permit first(places);
        const auto admitted = here.run(first.acquire(here.time.now() + 1s));
        ASSERT_TRUE(admitted);
        enter(others, "b");
        enter(group, "c");
    }
    others.cancel();
    here.settle();

    EXPECT_EQ(heard, (words{"b", "c"}));
    EXPECT_TRUE(others.empty());
}

TEST_F(Semaphore, OneThatIsCancelledWhileItWaitsIsGivenNothing) {
    enter(group, "a");
    enter(others, "b");
    enter(group, "c");

    others.cancel();
    here.run(group.join());

    EXPECT_EQ(heard, (words{"a", "c"}));
}

}  // namespace
}  // namespace cloned
