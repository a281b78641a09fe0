#include "base/single_flight.hpp"

#include "base/task_group.hpp"
#include "tests/support/virtual_time.hpp"

#include <gtest/gtest.h>

#include <optional>

#include <string>
#include <vector>

namespace cloned {
namespace {

using namespace std::chrono_literals;
using testing::world;

class SingleFlight : public ::testing::Test {
protected:
    world here;
    single_flight flights{here.time};
    bool known = false;
    bool works = true;
    int begun = 0;
    std::vector<std::string> heard;
    task_group group{here.loop};
    task_group others{here.loop};

    void TearDown() override {
        for (auto* one : {&group, &others}) one->cancel();
        here.settle();
    }

    task<void> want(std::string name, milliseconds most) {
        const auto deadline = here.time.now() + most;
        while (!known) {
            if (flights.under_way()) {
                const bool ended = co_await flights.wait(deadline);
                if (!ended) {
                    heard.push_back(name + " late");
                    co_return;
                }
                continue;
            }
            const single_flight::flight mine(flights);
            ++begun;
            auto pause = here.time.make_alarm();
            co_await pause->sleep_until(here.time.now() + 10s);
            known = works;
            works = true;
        }
        heard.push_back(name);
    }
    void enter(task_group& of, const std::string& name, milliseconds most = 1h) {
        of.spawn("want", want(name, most));
        here.settle();
    }
};

using words = std::vector<std::string>;

TEST_F(SingleFlight, OneWorksForAll) {
    for (const auto* name : {"a", "b", "c"}) enter(group, name);
    EXPECT_TRUE(flights.under_way());

    here.run(group.join());

    EXPECT_EQ(begun, 1);
    EXPECT_EQ(heard, (words{"a", "b", "c"}));
    EXPECT_FALSE(flights.under_way());
}

TEST_F(SingleFlight, WhenOneHasFailedTheNextBeginsAndTheOthersWaitOn) {
    works = false;
    for (const auto* name : {"a", "b", "c"}) enter(group, name);

    here.run(group.join());

    EXPECT_EQ(begun, 2);
    EXPECT_EQ(heard.size(), 3U);
}

TEST_F(SingleFlight, WhenTheOneAtWorkIsCancelledTheFirstOfTheOthersTakesOver) {
    enter(others, "a");
    for (const auto* name : {"b", "c"}) enter(group, name);

    others.cancel();
    here.settle();
    EXPECT_TRUE(flights.under_way());
    EXPECT_EQ(begun, 2);
    here.run(group.join());

    EXPECT_EQ(heard, (words{"b", "c"}));
}

TEST_F(SingleFlight, WhenTheOneAtWorkIsCancelledAndNobodyWaitsTheNextCallerWorks) {
    enter(others, "a");
    others.cancel();
    here.settle();
    EXPECT_FALSE(flights.under_way());

    enter(group, "b");
    here.run(group.join());

    EXPECT_EQ(heard, words{"b"});
}

// As where a loop that was stopped lets go of what it had under way, last of all.
TEST_F(SingleFlight, AFlightMayOutliveIt) {
    std::optional<single_flight> gone(here.time);
    const single_flight::flight late(*gone);
    EXPECT_TRUE(gone->under_way());
    gone.reset();
}

TEST_F(SingleFlight, AWaiterThatLeavesDoesNotEndTheWork) {
    enter(group, "a");
    enter(others, "b");
    enter(group, "c", 1s);

    others.cancel();
    here.run(group.join());

    EXPECT_EQ(begun, 1);
    EXPECT_EQ(heard, (words{"c late", "a"}));
}

}  // namespace
}  // namespace cloned
