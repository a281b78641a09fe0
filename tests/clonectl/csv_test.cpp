#include "clonectl/csv.hpp"

#include <gtest/gtest.h>

namespace cloned::clonectl {
namespace {

using cells = std::vector<std::string>;

TEST(ClonectlCsv, RowsHaveCellsAndTheirLine) {
    const auto rows = parse_csv("a,b\n\nc,\r\n,d");

    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 3U);
    EXPECT_EQ((*rows)[0].cells, (cells{"a", "b"}));
    EXPECT_EQ((*rows)[1].cells, (cells{"c", ""}));
    EXPECT_EQ((*rows)[2].cells, (cells{"", "d"}));
    EXPECT_EQ((*rows)[1].line, 3);
    EXPECT_EQ((*rows)[2].line, 4);
}

TEST(ClonectlCsv, QuotesKeepCommasQuotesAndLineEnds) {
    const auto rows = parse_csv("\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\nnext,\"\",x\n");

    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 2U);
    EXPECT_EQ((*rows)[0].cells, (cells{"a,b", "say \"hi\"", "two\nlines"}));
    EXPECT_EQ((*rows)[1].cells, (cells{"next", "", "x"}));
    EXPECT_EQ((*rows)[1].line, 3);
}

TEST(ClonectlCsv, MistakesNameTheirLine) {
    for (const auto& [text, line] : std::vector<std::pair<std::string, std::int64_t>>{
             {"a\nb\"c\n", 2}, {"a\n\nx,\"open\nmore", 3}, {"\"a\"b\n", 1}}) {
        const auto rows = parse_csv(text);
        ASSERT_FALSE(rows) << text;
        EXPECT_EQ(rows.error().line, line) << text;
    }
}

TEST(ClonectlCsv, AnEmptyTextHasNoRows) {
    EXPECT_TRUE(parse_csv("")->empty());
    EXPECT_TRUE(parse_csv("\n\r\n")->empty());
}

}  // namespace
}  // namespace cloned::clonectl
