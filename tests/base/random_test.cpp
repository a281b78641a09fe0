#include "base/random.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <set>

namespace cloned {
namespace {

TEST(RandomSource, TheSameSeedGivesTheSameNumbers) {
    random_source one(7);
    random_source two(7);

    for (int i = 0; i < 100; ++i) EXPECT_EQ(one.unit(), two.unit());
    EXPECT_EQ(one.uuid(), two.uuid());
}

TEST(RandomSource, OtherSeedsGiveOtherNumbers) {
    random_source one(7);
    random_source two(8);

    EXPECT_NE(one.uuid(), two.uuid());
}

TEST(RandomSource, StaysWithinItsBounds) {
    random_source random(1);
    for (int i = 0; i < 10'000; ++i) {
        const auto unit = random.unit();
        ASSERT_GE(unit, 0.0);
        ASSERT_LT(unit, 1.0);
        const auto drawn = random.between(-2.0, 3.0);
        ASSERT_GE(drawn, -2.0);
        ASSERT_LE(drawn, 3.0);
    }
}

TEST(RandomSource, UuidsAreOfVersionFourInLowerCase) {
    random_source random(1);
    for (int i = 0; i < 1'000; ++i) {
        const auto uuid = random.uuid();
        ASSERT_EQ(uuid.size(), 36U);
        for (std::size_t at = 0; at < uuid.size(); ++at) {
            if (at == 8 || at == 13 || at == 18 || at == 23)
                ASSERT_EQ(uuid[at], '-') << uuid;
            else
                ASSERT_TRUE(std::isdigit(uuid[at]) || (uuid[at] >= 'a' && uuid[at] <= 'f')) << uuid;
        }
        ASSERT_EQ(uuid[14], '4') << uuid;
        ASSERT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
    }
}

TEST(RandomSource, UuidsDiffer) {
    random_source random(1);
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i) seen.insert(random.uuid());

    EXPECT_EQ(seen.size(), 10'000U);
}

}  // namespace
}  // namespace cloned
