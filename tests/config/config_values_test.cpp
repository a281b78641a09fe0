#include "daemon/config/values.hpp"

#include <gtest/gtest.h>

namespace cloned {
namespace {

TEST(ConfigDuration, HasAWholeNumberAndAUnit) {
    EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
    EXPECT_EQ(parse_duration("30s"), milliseconds(30'000));
    EXPECT_EQ(parse_duration("5min"), milliseconds(300'000));
    EXPECT_EQ(parse_duration("2h"), milliseconds(7'200'000));
    EXPECT_EQ(parse_duration("1d"), milliseconds(86'400'000));
    EXPECT_EQ(parse_duration("0s"), milliseconds(0));
}

TEST(ConfigDuration, RefusesEverythingElse) {
    for (const auto* text : {"", "5", "s", "5 s", "5m", "-5s", "1.5s", "5S", "5sec",
                             "999999999999d", "99999999999999999999s", "5s5s"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(ConfigDuration, IsWrittenInTheLargestUnitThatFits) {
    EXPECT_EQ(format_duration(milliseconds(0)), "0s");
    EXPECT_EQ(format_duration(milliseconds(1500)), "1500ms");
    EXPECT_EQ(format_duration(milliseconds(90'000)), "90s");
    EXPECT_EQ(format_duration(milliseconds(3'600'000)), "1h");
}

TEST(ConfigZone, IsReadAndWrittenAlike) {
    for (const auto* text : {"+00:00", "+08:00", "-03:30", "+14:59"})
        EXPECT_EQ(format_zone(parse_zone(text).value_or(std::chrono::minutes(1))), text);
    for (const auto* text : {"", "8", "+8:00", "08:00", "+15:00", "+08:60", "+08.00", "+08:00 "})
        EXPECT_FALSE(parse_zone(text)) << text;
}

TEST(ConfigGuess, FindsASlipAndNothingElse) {
    const std::vector<std::string_view> known{"database", "log_level", "mode"};
    EXPECT_EQ(closest("databse", known), "database");
    EXPECT_EQ(closest("loglevel", known), "log_level");
    EXPECT_EQ(closest("completely_different", known), "");
    EXPECT_EQ(closest("", known), "");
}

TEST(ConfigAddress, OriginsHaveAHostAndNothingBehindIt) {
    EXPECT_EQ(parse_origin("https://vc.example.com")->port, 443);
    EXPECT_EQ(parse_origin("http://127.0.0.1:80")->host, "127.0.0.1");
    EXPECT_EQ(parse_origin("https://[::1]")->host, "::1");
    EXPECT_EQ(parse_origin("https://[::1]:8443")->port, 8443);
    EXPECT_EQ(parse_origin("https://vc/")->host, "vc");
    for (const auto* text :
         {"", "vc", "https://", "https://:443", "https://a b", "https://vc:", "https://vc:443/x",
          "https://vc?x", "https://vc:65536", "https://[::1"}) {
        EXPECT_FALSE(parse_origin(text)) << text;
    }
}

TEST(ConfigAddress, OnlyWhatStaysOnThisMachineIsLoopback) {
    for (const auto* host : {"localhost", "127.0.0.1", "127.9.9.9", "::1"}) {
        EXPECT_TRUE(is_loopback(host)) << host;
    }
    for (const auto* host :
         {"0.0.0.0", "::", "10.0.0.1", "127.example.com", "localhost.example.com"}) {
        EXPECT_FALSE(is_loopback(host)) << host;
    }
}

TEST(ConfigFingerprint, Is64HexDigitsWithColonsBetweenPairs) {
    const std::string plain(64, 'a');
    std::string colons = "AB";
    for (int i = 1; i < 32; ++i) colons += ":0f";
    EXPECT_TRUE(is_sha256_fingerprint(plain));
    EXPECT_TRUE(is_sha256_fingerprint(colons));
    EXPECT_FALSE(is_sha256_fingerprint(plain + "a"));
    EXPECT_FALSE(is_sha256_fingerprint(colons + ":"));
    EXPECT_FALSE(is_sha256_fingerprint("a:" + plain));
    EXPECT_FALSE(is_sha256_fingerprint(std::string(64, 'g')));
}

}  // namespace
}  // namespace cloned
