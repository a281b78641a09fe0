#include "base/log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace cloned {
namespace {

template <class Write>
std::string written_by(Write write) {
    ::testing::internal::CaptureStderr();
    write();
    return ::testing::internal::GetCapturedStderr();
}

class Log : public ::testing::Test {
protected:
    void TearDown() override { log::set_level(log::level::info); }
};

TEST_F(Log, IsOneLineOfKeysAndValues) {
    const auto text = written_by(
        [] { log::warn("job.odd", log::kv("job", 42), log::kv("lane", "vc1/c1/restore")); });

    EXPECT_NE(text.find("event=job.odd job=42 lane=vc1/c1/restore\n"), std::string::npos) << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

TEST_F(Log, QuotesValuesThatWouldReadAsMore) {
    const auto text = written_by([] {
        log::error("a.b", log::kv("empty", ""), log::kv("blank", "a b"), log::kv("quote", "a\"b"),
                   log::kv("slash", "a\\b"), log::kv("pair", "a=b"));
    });

    EXPECT_NE(text.find(R"(empty="" blank="a b" quote="a\"b" slash="a\\b" pair="a=b")"),
              std::string::npos)
        << text;
}

TEST_F(Log, AForeignValueCannotStartALineOfItsOwn) {
    const auto text = written_by([] { log::error("a.b", log::kv("said", "x\nevent=forged\r")); });

    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    EXPECT_EQ(text.find('\r'), std::string::npos);
}

TEST_F(Log, AForeignValueCannotSteerTheTerminal) {
    const auto text = written_by([] { log::error("a.b", log::kv("said", "x\x1B[2J\x7F")); });

    EXPECT_EQ(text.find('\x1B'), std::string::npos);
    EXPECT_EQ(text.find('\x7F'), std::string::npos);
}

TEST_F(Log, WritesNothingBelowItsLevel) {
    log::set_level(log::level::warn);

    EXPECT_EQ(written_by([] { log::info("a.b"); }), "");
    EXPECT_NE(written_by([] { log::warn("a.b"); }), "");
}

TEST_F(Log, LetsALevelBeRaisedWhileItRuns) {
    EXPECT_EQ(written_by([] { log::debug("a.b"); }), "");

    log::set_level(log::level::debug);

    EXPECT_NE(written_by([] { log::debug("a.b"); }), "");
}

}  // namespace
}  // namespace cloned
