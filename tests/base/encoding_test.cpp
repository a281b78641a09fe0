#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace cloned {
namespace {

std::string every_byte() {
    std::string out;
    for (int byte = 0; byte < 256; ++byte) out += static_cast<char>(byte);
    return out;
}

TEST(Hex, IsReadInBothCasesAndWrittenInLower) {
    EXPECT_EQ(to_hex("\x01\xAB"), "01ab");
    EXPECT_EQ(from_hex("01abAB"), "\x01\xAB\xAB");
    EXPECT_EQ(from_hex(to_hex(every_byte())), every_byte());
    EXPECT_EQ(from_hex(""), "");
}

TEST(Hex, IsRefusedWhenItIsNone) {
    for (const auto* text : {"0", "0g", "g0", "0x", " 1", "-1", "01 2"})
        EXPECT_FALSE(from_hex(text)) << text;
}

// The examples of RFC 4648, section 10.
TEST(Base64, HasPadding) {
    EXPECT_EQ(to_base64(""), "");
    EXPECT_EQ(to_base64("f"), "Zg==");
    EXPECT_EQ(to_base64("fo"), "Zm8=");
    EXPECT_EQ(to_base64("foo"), "Zm9v");
    EXPECT_EQ(to_base64("foob"), "Zm9vYg==");
    EXPECT_EQ(to_base64("\xFB\xFF"), "+/8=");
}

TEST(Base64, IsReadInOneFormOnly) {
    EXPECT_EQ(from_base64(to_base64(every_byte())), every_byte());
    EXPECT_EQ(from_base64(""), "");
    for (const auto* text : {"Zh==", "Zg", "Zg=", "Z", "Zg==\n", "-_8=", " Zg=="})
        EXPECT_FALSE(from_base64(text)) << text;
}

TEST(Base64Url, GivesBackTheBytes) {
    EXPECT_EQ(to_base64url("\xFB\xFF"), "-_8");
    for (std::size_t length = 0; length < 256; ++length) {
        const auto bytes = every_byte().substr(256 - length);
        EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    }
}

TEST(Base64Url, IsReadInOneFormOnly) {
    EXPECT_EQ(from_base64url("Zg"), "f");
    for (const auto* text : {"Zh", "Zg==", "Zg=", "Z", "Z g", "Zg\n", "Zg.", "+/8", "-_9"})
        EXPECT_FALSE(from_base64url(text)) << text;
}

TEST(Case, ChangesAsciiLettersOnly) {
    EXPECT_EQ(lower_case("aZ-09 \xC3\x84"), "az-09 \xC3\x84");
    EXPECT_EQ(upper_case("aZ-09 \xC3\xA4"), "AZ-09 \xC3\xA4");
}

}  // namespace
}  // namespace cloned
