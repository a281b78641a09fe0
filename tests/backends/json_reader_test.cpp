#include "backends/http/json_reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cloned::backends::http {
namespace {

TEST(JsonReader, NamesThePathOfWhatIsMissing) {
    json_document document;
    const auto root = document.parse(R"({"value":[{"key":"a"},{"key":"b","info":{}}]})");
    ASSERT_TRUE(root);

    const auto list = root->at("value")->elements();
    const auto status = (*list)[1].at("info")->at("status");

    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), errc::protocol_error);
    EXPECT_EQ(status.error().message(), "the answer's value[1].info has no member status");
}

TEST(JsonReader, NamesThePathOfWhatHasTheWrongType) {
    json_document document;
    const auto root = document.parse(R"({"value":{"task":17}})");
    ASSERT_TRUE(root);

    const auto task = root->at("value")->text_at("task");

    ASSERT_FALSE(task);
    EXPECT_EQ(task.error().message(), "the answer's value.task is int64, not a string");
}

TEST(JsonReader, ANullMemberIsAMissingOne) {
    json_document document;
    const auto root = document.parse(R"({"a":null})");
    ASSERT_TRUE(root);

    EXPECT_FALSE(root->find("a").has_value());
    EXPECT_FALSE(root->at("a"));
}

TEST(JsonReader, RefusesWhatIsTooDeep) {
    json_document document;
    const std::string deep = std::string(100, '[') + std::string(100, ']');

    EXPECT_FALSE(document.parse(deep));
}

TEST(JsonReader, RefusesWhatIsTooLong) {
    json_document document;

    EXPECT_FALSE(document.parse(R"("0123456789")", 11));
}

TEST(JsonReader, RefusesWhatIsNoJson) {
    for (const auto* text : {"", " ", "{", "nul", "\"a", "{}x", "\"\xff\"", "01"}) {
        json_document document;
        EXPECT_FALSE(document.parse(text)) << text;
    }
}

TEST(JsonReader, ReadsScalarsAtTheTopLevel) {
    json_document document;
    const auto root = document.parse("\"task-1:\\u00e9\"");
    ASSERT_TRUE(root);

    EXPECT_EQ(*root->text(), "task-1:\xc3\xa9");
}

TEST(JsonReader, HoldsManyValues) {
    std::string text = "[";
    for (int i = 0; i < 10'000; ++i) text += (i == 0 ? "\"x\"" : ",\"x\"");
    text += "]";
    json_document document;
    const auto root = document.parse(text);
    ASSERT_TRUE(root);

    EXPECT_EQ(root->elements()->size(), 10'000U);
}

}  // namespace
}  // namespace cloned::backends::http
