#include "base/text.hpp"

#include <gtest/gtest.h>

namespace cloned {
namespace {

using namespace std::chrono_literals;

wall_time at(std::int64_t ms) {
    return from_ms(ms);
}

TEST(Concat, TakesLiteralsStringsAndViews) {
    const std::string middle = "-";

    EXPECT_EQ(concat("a", middle, std::string_view("bcd").substr(1)), "a-cd");
    EXPECT_EQ(concat(), "");
}

TEST(OneLine, LeavesShortPlainTextAlone) {
    EXPECT_EQ(one_line("No space left.", 14), "No space left.");
}

TEST(OneLine, MakesControlCharactersBlank) {
    EXPECT_EQ(one_line("a\nb\tc\x7F"
                       "d\r"),
              "a b c d ");
}

TEST(OneLine, MakesBlankWhatATerminalObeys) {
    EXPECT_EQ(one_line("a\u009B31m"), "a 31m");
    EXPECT_EQ(one_line("a\u202Eb\u2066c\u2069"), "a b c ");
    EXPECT_EQ(one_line("“é” 漢"), "“é” 漢");
    EXPECT_EQ(one_line("a\xE2\x80"), "a\xE2\x80");
}

TEST(OneLine, MarksACut) {
    EXPECT_EQ(one_line("abcdef", 3), "abc…");
}

TEST(OneLine, NeverSplitsACharacter) {
    const std::string text = "aé漢z";  // 1 + 2 + 3 + 1 bytes

    EXPECT_EQ(one_line(text, 2), "a…");
    EXPECT_EQ(one_line(text, 3), "aé…");
    EXPECT_EQ(one_line(text, 5), "aé…");
    EXPECT_EQ(one_line(text, 6), "aé漢…");
    EXPECT_EQ(one_line(text, 7), text);
}

TEST(OneLine, SurvivesBytesThatAreNoText) {
    EXPECT_EQ(one_line("\x80\x80\x80\x80", 2), "…");
    EXPECT_EQ(one_line("abc", 0), "…");
}

TEST(ForPeople, ChoosesAUnitThatReadsWell) {
    EXPECT_EQ(for_people(0ms), "0 ms");
    EXPECT_EQ(for_people(999ms), "999 ms");
    EXPECT_EQ(for_people(1s), "1 s");
    EXPECT_EQ(for_people(1600ms), "2 s");
    EXPECT_EQ(for_people(2min), "2 min");
    EXPECT_EQ(for_people(90min), "90 min");
    EXPECT_EQ(for_people(3h + 20min), "3 h 20 min");
}

TEST(Rfc3339, ShowsMillisecondsInUtc) {
    EXPECT_EQ(rfc3339(at(0)), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(rfc3339(at(1'767'225'600'042)), "2026-01-01T00:00:00.042Z");
}

TEST(Rfc3339, KnowsTimesBeforeTheEpoch) {
    EXPECT_EQ(rfc3339(at(-1)), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(rfc3339(at(-1000)), "1969-12-31T23:59:59.000Z");
}

TEST(WallTime, SurvivesTheWayThroughMilliseconds) {
    EXPECT_EQ(to_ms(from_ms(1'767'225'600'042)), 1'767'225'600'042);
}

}  // namespace
}  // namespace cloned
