#include "model/durations.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace cloned {
namespace {

duration_model trained(double mean_ms, double sigma, int observations = 200) {
    duration_model model;
    std::mt19937_64 engine(3);
    std::lognormal_distribution<double> draw(std::log(mean_ms) - sigma * sigma / 2, sigma);
    for (int i = 0; i < observations; ++i)
        model.add(milliseconds(static_cast<std::int64_t>(draw(engine))));
    return model;
}

TEST(DurationModel, KnowsNothingBeforeTheFirstEnd) {
    EXPECT_FALSE(duration_model().mean());
}

TEST(DurationModel, LearnsTheMean) {
    const auto mean = trained(60'000, 0.3).mean();

    ASSERT_TRUE(mean);
    EXPECT_NEAR(static_cast<double>(mean->count()), 60'000, 6'000);
}

TEST(DurationModel, FollowsAChange) {
    auto model = trained(60'000, 0.2);
    for (int i = 0; i < 2'000; ++i) model.add(milliseconds(10'000));

    EXPECT_NEAR(static_cast<double>(model.mean()->count()), 10'000, 1'000);
}

TEST(DurationModel, AnOperationNearItsUsualEndIsLikelierToEndThanAFreshOne) {
    const auto model = trained(60'000, 0.2);

    EXPECT_LT(model.chance_to_end(milliseconds(1'000), milliseconds(5'000)), 0.01);
    EXPECT_GT(model.chance_to_end(milliseconds(60'000), milliseconds(5'000)), 0.2);
}

TEST(PollRhythm, WaitsForTheUsualEndOfASingleOperation) {
    const auto model = trained(60'000, 0.05);
    const std::vector<poll_candidate> one{{&model, milliseconds(0)}};

    const auto wait = next_poll_in({milliseconds(1'000), milliseconds(600'000)}, one);

    EXPECT_GT(wait.count(), 55'000);
    EXPECT_LT(wait.count(), 66'000);
}

TEST(PollRhythm, AThousandOperationsCostNoMorePollsThanItsIdleShareAsksFor) {
    const auto model = trained(60'000, 0.5);
    std::vector<poll_candidate> many;
    for (int i = 0; i < 1'000; ++i) many.push_back({&model, milliseconds(i * 60)});

    const auto wait = next_poll_in({milliseconds(10), milliseconds(30'000)}, many);

    EXPECT_NEAR(static_cast<double>(wait.count()), 60'000 * 0.02, 200);
}

TEST(PollRhythm, KeepsTheConfiguredBounds) {
    const auto model = trained(60'000, 0.5);
    const std::vector<poll_candidate> one{{&model, milliseconds(0)}};
    const std::vector<poll_candidate> old{{&model, milliseconds(1'000'000)}};

    EXPECT_LE(next_poll_in({milliseconds(100), milliseconds(5'000)}, one).count(), 5'000);
    EXPECT_GE(next_poll_in({milliseconds(2'000), milliseconds(5'000)}, old).count(), 2'000);
}

TEST(PollRhythm, WithoutKnowledgeLooksBecomeRarerWithAge) {
    const duration_model fresh;
    const std::vector<poll_candidate> young{{&fresh, milliseconds(100)}};
    const std::vector<poll_candidate> old{{&fresh, milliseconds(10'000)}};
    const rhythm_options options{milliseconds(10), milliseconds(60'000)};

    EXPECT_LT(next_poll_in(options, young), next_poll_in(options, old));
}

}  // namespace
}  // namespace cloned
