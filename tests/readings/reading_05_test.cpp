// Where snapservice says that too many operations are in progress: in answer to the call, in the
// task that it has accepted, or now here, now there.

#include "tests/readings/capacity.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

using simulator::capacity_place;

class reading_05_place_of_refusal : public ::testing::TestWithParam<capacity_place> {};

TEST_P(reading_05_place_of_refusal, IsACapacitySignalWhereverItIsSaid) {
    scene s;
    s.upstream().capacity_at = GetParam();
    s.upstream().linked_clone_limit = 8;
    s.upstream().linked_clone.ms = 20'000;
    s.upstream().linked_clone.spread = 0.3;
    s.add_vcenter();
    s.add_snapservice();
    add_jobs(s, job_kind::linked_clone, 8, 300);
    s.trouble_until(seconds_in(1'500));

    const auto seen = s.run();

    const auto got = measure(seen, 8, 60, 600);
    std::printf(
        "refused at %s: %.0f refusals per 1,000, share %.3f, %lld failed\n",
        std::string(simulator::words(capacity_place())[static_cast<int>(GetParam())]).c_str(),
        got.refusals_per_1000, got.share, static_cast<long long>(seen.count(job_state::failed)));
    EXPECT_GE(got.share, 0.9);
    EXPECT_LE(got.refusals_per_1000, 150);
    expect_all_done(seen);
}

INSTANTIATE_TEST_SUITE_P(Places,
                         reading_05_place_of_refusal,
                         ::testing::Values(capacity_place::post,
                                           capacity_place::task,
                                           capacity_place::both));

}  // namespace
}  // namespace cloned::readings
