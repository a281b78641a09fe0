#include "base/coalescer.hpp"

#include "tests/support/virtual_time.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace cloned {
namespace {

using namespace std::chrono_literals;
using testing::world;
using words = std::vector<std::string>;
using upper_case = coalescer<std::string, std::string>;

// An upstream that takes a second for each request, and knows the answers in capital letters.
class Coalescer : public ::testing::Test {
protected:
    world here;
    upper_case::limits limits{.most = 3};
    std::vector<words> requests;
    std::string refused;  // no request with this question is answered
    errc refusal = errc::invalid_argument;
    std::size_t at_once = 0;
    std::size_t peak = 0;
    words heard;
    task_group group{here.loop};
    task_group others{here.loop};  // of askers that leave
    upper_case asks{here.time,
                    group,
                    {.name = "ask",
                     .request = [this](words asked, bool) { return answer(std::move(asked)); },
                     .limit = [this] { return limits; },
                     .one_spoils_all =
                         [](errc why, std::size_t asked) {
                             return asked > 1 && why == errc::invalid_argument;
                         }}};

    void TearDown() override {
        for (auto* one : {&group, &others}) one->cancel();
        here.settle();
    }

    task<upper_case::answers> answer(words asked) {
        requests.push_back(asked);
        peak = std::max(peak, ++at_once);
        auto pause = here.time.make_alarm();
        co_await pause->sleep_until(here.time.now() + 1s);
        --at_once;
        for (auto& one : asked) {
            if (one == refused) co_return fail(refusal, "not " + one);
            for (auto& c : one) c = static_cast<char>(c - 'a' + 'A');
        }
        co_return asked;
    }
    task<void> ask(std::string question) {
        auto seen = co_await asks.ask(std::move(question));
        heard.push_back(seen ? *seen : seen.error().message());
    }
    void enter(const words& questions) {
        for (const auto& one : questions) group.spawn("asker", ask(one));
    }
    void pass(milliseconds span) { here.time.advance_by(span); }
};

TEST_F(Coalescer, ThoseOfOneTurnAreAskedForTogether) {
    enter({"a", "b", "c"});

    here.run(group.join());

    EXPECT_EQ(requests, (std::vector<words>{{"a", "b", "c"}}));
    EXPECT_EQ(heard, (words{"A", "B", "C"}));
}

TEST_F(Coalescer, MoreThanFitIntoOneRequestAreAskedForInTheOrderOfTheirComing) {
    enter({"a", "b", "c", "d", "e", "f", "g"});

    here.run(group.join());

    EXPECT_EQ(requests, (std::vector<words>{{"a", "b", "c"}, {"d", "e", "f"}, {"g"}}));
    EXPECT_EQ(heard, (words{"A", "B", "C", "D", "E", "F", "G"}));
    EXPECT_EQ(peak, 1U);
}

TEST_F(Coalescer, ThoseThatComeDuringARequestComeIntoTheNext) {
    enter({"a"});
    pass(500ms);
    enter({"b"});
    pass(100ms);
    enter({"c"});

    here.run(group.join());

    EXPECT_EQ(requests, (std::vector<words>{{"a"}, {"b", "c"}}));
    EXPECT_EQ(heard, (words{"A", "B", "C"}));
}

TEST_F(Coalescer, OneThatComesAfterTheLastRequestIsAskedForToo) {
    enter({"a"});
    here.run(group.join());
    enter({"b"});

    here.run(group.join());

    EXPECT_EQ(heard, (words{"A", "B"}));
}

TEST_F(Coalescer, TheFirstWaitsForCompanyAndTheNextForThePauseToEnd) {
    limits.gather = 20ms;
    limits.pause = 200ms;
    enter({"a"});
    pass(10ms);
    enter({"b"});
    pass(1s + 20ms);
    EXPECT_EQ(heard, (words{"A", "B"}));

    enter({"c"});
    pass(100ms);
    enter({"d"});
    EXPECT_EQ(requests.size(), 1U);
    here.run(group.join());

    EXPECT_EQ(requests, (std::vector<words>{{"a", "b"}, {"c", "d"}}));
}

TEST_F(Coalescer, SoManyRequestsAsTheLimitAllowsAreUnderWayAtOnce) {
    limits.most = 1;
    limits.width = 2;
    enter({"a", "b", "c", "d", "e"});

    here.run(group.join());

    EXPECT_EQ(requests.size(), 5U);
    EXPECT_EQ(peak, 2U);
    EXPECT_EQ(heard, (words{"A", "B", "C", "D", "E"}));
}

TEST_F(Coalescer, AQuestionThatSpoilsTheRequestIsRefusedAlone) {
    refused = "b";
    enter({"a", "b", "c", "d"});

    here.run(group.join());

    EXPECT_EQ(requests, (std::vector<words>{{"a", "b", "c"}, {"a"}, {"b"}, {"c"}, {"d"}}));
    EXPECT_EQ(heard, (words{"A", "not b", "C", "D"}));
}

TEST_F(Coalescer, EachIsAnsweredAsSoonAsItWasAskedAlone) {
    refused = "c";
    enter({"a", "b", "c"});

    pass(2s);

    EXPECT_EQ(heard, words{"A"});
}

TEST_F(Coalescer, AFailureThatNoQuestionIsToBlameForIsTheAnswerToAll) {
    refused = "b";
    refusal = errc::unavailable;
    enter({"a", "b", "c", "d"});

    here.run(group.join());

    EXPECT_EQ(requests.size(), 2U);
    EXPECT_EQ(heard, (words{"not b", "not b", "not b", "D"}));
}

TEST_F(Coalescer, AnAskerThatLeavesBeforeTheRequestIsNotAskedFor) {
    enter({"a"});
    pass(500ms);
    others.spawn("asker", ask("b"));
    enter({"c"});
    here.settle();

    others.cancel();
    here.run(group.join());

    EXPECT_EQ(requests, (std::vector<words>{{"a"}, {"c"}}));
    EXPECT_EQ(heard, (words{"A", "C"}));
}

TEST_F(Coalescer, AnAskerThatLeavesDuringTheRequestDoesNotEndItForTheOthers) {
    others.spawn("asker", ask("a"));
    enter({"b"});
    pass(500ms);

    others.cancel();
    here.settle();
    EXPECT_TRUE(others.empty());
    here.run(group.join());

    EXPECT_EQ(requests, (std::vector<words>{{"a", "b"}}));
    EXPECT_EQ(heard, words{"B"});
}

TEST_F(Coalescer, AnAskerThatLeavesWhileTheOthersAreAskedForAloneEndsNothing) {
    refused = "c";
    others.spawn("asker", ask("a"));
    enter({"b", "c"});
    pass(1500ms);

    others.cancel();
    here.run(group.join());

    EXPECT_EQ(heard, (words{"B", "not c"}));
}

TEST_F(Coalescer, OnceItsGroupIsCancelledNothingIsAskedAndItsAskersEnd) {
    enter({"a", "b", "c", "d"});
    pass(500ms);

    group.cancel();
    others.spawn("asker", ask("e"));
    here.run(group.join());
    pass(1min);

    EXPECT_EQ(requests.size(), 1U);
    EXPECT_TRUE(heard.empty());
    others.cancel();
    here.run(others.join());
    EXPECT_TRUE(heard.empty());
}

// As where a process is killed: what was under way is destroyed with the loop, after the parts.
TEST(CoalescerAtTheEnd, WhatIsUnderWayMayBeDestroyedAfterIt) {
    world here;
    task_group group(here.loop);
    auto asks = std::make_unique<upper_case>(
        here.time, group,
        upper_case::policy{.name = "ask",
                           .request = [&here](words asked, bool) -> task<upper_case::answers> {
                               auto pause = here.time.make_alarm();
                               co_await pause->sleep_until(here.time.now() + 1s);
                               co_return asked;
                           },
                           .limit = [] { return upper_case::limits{}; },
                           .one_spoils_all = [](errc, std::size_t) { return false; }});
    const auto ask = [&asks](std::string what) -> task<void> {
        auto seen = co_await asks->ask(std::move(what));
        EXPECT_TRUE(seen);
    };
    group.spawn("asker", ask("a"));
    group.spawn("asker", ask("b"));
    here.settle();

    here.loop.stop();
    asks.reset();
}

}  // namespace
}  // namespace cloned
