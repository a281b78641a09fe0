#include "tests/simulator/model_client.hpp"

#include <gtest/gtest.h>

#include <array>
#include <ctime>

// The Date header of requests that an access key signs. The signature here is always wrong, so a
// date that is taken leads to 403 for the signature.
namespace cloned::simulator {
namespace {

constexpr std::string_view taken = "wrong accessKey signature";
constexpr std::string_view skewed = "requestTimeTooSkewed";
constexpr std::string_view unreadable = "the header 'Date' cannot be read";

// The node's time, `shift_min` minutes later, as a client in `zone` writes it.
std::string date(const config& settings, std::int64_t shift_min, std::string_view zone) {
    const std::time_t at = settings.epoch_ms / 1000 + shift_min * 60;
    std::tm parts{};
    gmtime_r(&at, &parts);
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S ", &parts);
    return text.data() + std::string(zone);
}

std::string told(const config& settings, std::int64_t shift_min, std::string_view zone) {
    model world(settings);
    const std::string key = "ZStack " + settings.zstack.key_id + ":AAAA";
    const std::string when = date(settings, shift_min, zone);
    const request in{server_kind::zstack,
                     "PUT",
                     "/zstack/v1/vm-instances/a0000000000040008000000000000042/actions",
                     {{"Authorization", key}, {"Date", when}},
                     R"({"cloneVmInstance":{"names":["a"]}})"};
    return world.handle(in, instant{0}).body;
}

TEST(ZstackDate, OnlyTheWallClockCounts) {
    config c = model_client::quick();
    for (const auto* zone : {"GMT", "UTC", "JST", "CST", "GMT+08:00", "GMT-3:30", "+0800"}) {
        EXPECT_EQ(told(c, 0, zone), taken) << zone;
        EXPECT_EQ(told(c, 9 * 60, zone), skewed) << zone;
    }
    c.zstack.utc_offset_min = 480;
    EXPECT_EQ(told(c, 480, "CST"), taken);
    EXPECT_EQ(told(c, 0, "GMT"), skewed);
}

TEST(ZstackDate, TheZoneCountsWhereTheNodeSaysSo) {
    config c = model_client::quick();
    c.zstack.check_zone = true;
    EXPECT_EQ(told(c, 9 * 60, "JST"), taken);
    EXPECT_EQ(told(c, 0, "JST"), skewed);
    EXPECT_EQ(told(c, 8 * 60, "GMT+08:00"), taken);
    EXPECT_EQ(told(c, -210, "-0330"), taken);
    EXPECT_EQ(told(c, -6 * 60, "CST"), taken);
    c.zstack.utc_offset_min = 480;
    EXPECT_EQ(told(c, 8 * 60, "CST"), taken) << "in China CST is China's";
}

TEST(ZstackDate, WhatIsNoZoneIsUnreadable) {
    const config c = model_client::quick();
    for (const auto* zone : {"", "XYZ", "jst", "+08", "+08:00", "GMT+0800", "GMT+24:00", "+0860"}) {
        EXPECT_EQ(told(c, 0, zone), unreadable) << zone;
    }
}

}  // namespace
}  // namespace cloned::simulator
