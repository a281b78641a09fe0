#include "base/journal.hpp"

#include <gtest/gtest.h>

namespace cloned::log {
namespace {

using strings = std::vector<std::string>;

TEST(Journal, GetsTheLineItsPriorityAndAFieldForEachValue) {
    EXPECT_EQ(journal_fields(level::warn, "event=job.odd job=42 lane=vc1/c1", "job.odd",
                             {kv("job", 42), kv("lane", "vc1/c1")}),
              (strings{"MESSAGE=event=job.odd job=42 lane=vc1/c1", "PRIORITY=4",
                       "CLONED_EVENT=job.odd", "CLONED_JOB=42", "CLONED_LANE=vc1/c1"}));
}

TEST(Journal, KnowsThePriorityOfEveryLevel) {
    const auto priority_of = [](level at) { return journal_fields(at, "", "", {})[1]; };

    EXPECT_EQ(priority_of(level::debug), "PRIORITY=7");
    EXPECT_EQ(priority_of(level::info), "PRIORITY=6");
    EXPECT_EQ(priority_of(level::warn), "PRIORITY=4");
    EXPECT_EQ(priority_of(level::error), "PRIORITY=3");
}

TEST(Journal, GetsNoFieldNameThatItWouldRefuse) {
    const std::string endless(100, 'k');
    const auto fields = journal_fields(level::info, "", "",
                                       {kv("retry-after.ms", 1), kv("größe", 2), kv(endless, 3)});

    EXPECT_EQ(fields[3], "CLONED_RETRY_AFTER_MS=1");
    EXPECT_EQ(fields[4], "CLONED_GR____E=2");
    EXPECT_EQ(fields[5].find('='), 64U);
}

TEST(Journal, GetsValuesAsTheyAre) {
    EXPECT_EQ(journal_fields(level::info, "", "", {kv("said", "a \"b\"\nc=d")})[3],
              "CLONED_SAID=a \"b\"\nc=d");
}

TEST(Journal, IsStderrOnlyIfTheVariableNamesItsFile) {
    EXPECT_TRUE(names_file("8:4711", 8, 4711));
    EXPECT_FALSE(names_file("8:4711", 8, 47));
    EXPECT_FALSE(names_file("8:4711", 9, 4711));
    EXPECT_FALSE(names_file("", 0, 0));
    EXPECT_FALSE(names_file("8:4711 ", 8, 4711));
}

}  // namespace
}  // namespace cloned::log
