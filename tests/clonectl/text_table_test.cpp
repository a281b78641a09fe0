#include "clonectl/text_table.hpp"

#include <gtest/gtest.h>

namespace cloned::clonectl {
namespace {

using t = text_table;

TEST(TextTable, ColumnsAreAlignedAndNumbersSetToTheRight) {
    text_table table({{"NAME"}, {"JOBS", t::number}, {"NOTE"}});
    table.add({"a", "5", "x"});
    table.add({"grün", "1200", ""});

    EXPECT_EQ(table.text(),
              "NAME  JOBS  NOTE\n"
              "a        5  x\n"
              "grün  1200\n");
}

TEST(TextTable, ATableWithoutRowsIsItsTitles) {
    EXPECT_EQ(text_table({{"A"}, {"B"}}).text(), "A  B\n");
    EXPECT_EQ(text_table({{""}, {""}}).text(), "");
}

TEST(TextTable, WideCharactersTakeTwoCellsAndCombiningOnesNone) {
    text_table table({{"NAME"}, {"NOTE"}});
    table.add({"虚拟机", "cjk"});
    table.add({"e\xCC\x81te\xCC\x81", "accents"});

    EXPECT_EQ(table.text(),
              "NAME    NOTE\n"
              "虚拟机  cjk\n"
              "e\xCC\x81te\xCC\x81     accents\n");
}

TEST(TextTable, OnlyMarkedColumnsAreCutOnANarrowTerminal) {
    text_table table({{"NAME"}, {"NOTE", t::cut}});
    table.add({"a-long-name", "0123456789"});

    EXPECT_EQ(table.text(18), "NAME         NOTE\na-long-name  01234\n");
    EXPECT_EQ(table.text(10), "NAME         NOTE\na-long-name  0123\n");
    EXPECT_EQ(table.text(), "NAME         NOTE\na-long-name  0123456789\n");
}

TEST(TextTable, ACutNeverSplitsACharacter) {
    EXPECT_EQ(cut_to_width("虚拟机", 5), "虚拟");
    EXPECT_EQ(cut_to_width("e\xCC\x81te\xCC\x81!", 3), "e\xCC\x81te\xCC\x81");
    EXPECT_EQ(cut_to_width("  short", 80), "  short");
    EXPECT_EQ(cut_to_width("", 80), "");
}

TEST(TextTable, WhereCuttingIsNotEnoughTheLastDispensableColumnGoesFirst) {
    text_table table(
        {{"NAME"}, {"ONE", t::dispensable}, {"NOTE", t::cut}, {"TWO", t::dispensable}});
    table.add({"0123456789", "1111111111", "xxxx", "2222222222"});

    EXPECT_EQ(table.text(30),
              "NAME        ONE         NOTE\n"
              "0123456789  1111111111  xxxx\n"
              "(a wider terminal also shows TWO)\n");
    EXPECT_EQ(table.text(20),
              "NAME        NOTE\n"
              "0123456789  xxxx\n"
              "(a wider terminal also shows ONE, TWO)\n");
}

TEST(TextTable, ControlCharactersAndLineEndsDoNotReachTheTerminal) {
    text_table table({{"A"}});
    table.add({"x\x1b[31m\ny"});

    EXPECT_EQ(table.text(), "A\nx\uFFFD[31m y\n");
}

}  // namespace
}  // namespace cloned::clonectl
