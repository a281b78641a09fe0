#include "base/text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

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

TEST(OneLine, MakesEndsOfLinesBlank) {
    EXPECT_EQ(one_line("a\nb\tc\r"), "a b c ");
}

TEST(OneLine, ShowsWhereSomethingThatDeceivesStood) {
    const std::vector<std::string> deceiving{std::string(1, '\0'),
                                             "\x07",
                                             "\x08",
                                             "\x1B",
                                             "\x7F",  // C0 and DEL
                                             "\u0080",
                                             "\u0085",
                                             "\u009B",
                                             "\u009F",  // C1
                                             "\u061C",
                                             "\u200E",
                                             "\u200F",
                                             "\u202A",
                                             "\u202E",
                                             "\u2066",
                                             "\u2069",  // direction
                                             "\u2028",
                                             "\u2029",  // ends of lines
                                             "\u00AD",
                                             "\u200B",
                                             "\u200C",
                                             "\u200D",
                                             "\u2060",
                                             "\u2064",
                                             "\u206A",
                                             "\uFEFF",
                                             "\uFE0F",
                                             "\u3164",
                                             "\U000E0001",
                                             "\U000E0041",
                                             "\U000E01EF"};  // no width

    for (const auto& one : deceiving) {
        EXPECT_EQ(one_line("a" + one + "b"), "a\uFFFDb") << testing::PrintToString(one);
        EXPECT_FALSE(is_plain("a" + one + "b")) << testing::PrintToString(one);
    }
}

TEST(OneLine, LeavesLettersOfAllScriptsAlone) {
    for (const auto* text : {"“é” 漢", "пример", "مثال", "बादल", "🙂", "\u00A0", "\u0100\u0300"}) {
        EXPECT_EQ(one_line(text), text);
        EXPECT_TRUE(is_plain(text)) << text;
    }
}

TEST(OneLine, ShowsBytesThatAreNoText) {
    const std::vector<std::string> bad{"\x80", "\xBF", "\xC0", "\xC1", "\xC3",
                                       "\xE2", "\xF0", "\xF5", "\xFF"};

    for (const auto& one : bad) {
        EXPECT_EQ(one_line(one), "\uFFFD") << testing::PrintToString(one);
        EXPECT_EQ(one_line("a" + one + "b"), "a\uFFFDb") << testing::PrintToString(one);
    }
    EXPECT_EQ(one_line("a\xE2\x80"), "a\uFFFD\uFFFD");
    EXPECT_EQ(one_line("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");            // a surrogate
    EXPECT_EQ(one_line("\xC0\xAF"), "\uFFFD\uFFFD");                      // longer than need be
    EXPECT_EQ(one_line("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");  // beyond the last
    EXPECT_EQ(one_line("\xC2\x1B[31m"), "\uFFFD\uFFFD[31m");
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
    EXPECT_EQ(one_line("\x80\x80\x80\x80", 6), "\uFFFD\uFFFD…");
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
