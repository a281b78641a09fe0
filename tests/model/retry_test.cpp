#include "model/retry.hpp"

#include <gtest/gtest.h>

namespace cloned {
namespace {

TEST(Backoff, StaysBetweenItsLeastAndItsDoublingCeiling) {
    const backoff_options options{milliseconds(1'000), milliseconds(10'000), milliseconds(100)};
    random_source random(7);

    for (std::uint32_t attempt = 0; attempt < 40; ++attempt) {
        const auto ceiling = std::min<std::int64_t>(
            10'000, 1'000LL << std::min<std::uint32_t>(attempt > 0 ? attempt - 1 : 0, 20));
        for (int i = 0; i < 100; ++i) {
            const auto wait = backoff(options, attempt, random);
            EXPECT_GE(wait.count(), 100);
            EXPECT_LE(wait.count(), ceiling);
        }
    }
}

TEST(RetryBudget, IsSpentByRetriesAndFilledBySuccesses) {
    retry_budget budget(2.0, 0.5);

    EXPECT_TRUE(budget.take());
    EXPECT_TRUE(budget.take());
    EXPECT_FALSE(budget.take());
    budget.succeeded();
    EXPECT_FALSE(budget.take());
    budget.succeeded();
    EXPECT_TRUE(budget.take());
}

}  // namespace
}  // namespace cloned
