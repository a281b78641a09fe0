// Whether snapservice's maximum is one for clones and restores or one each, and whether it is a
// cluster's or the appliance's.

#include "tests/readings/capacity.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

using simulator::capacity_place;
using simulator::capacity_span;

struct counted_row {
    capacity_span span;
    capacity_place place;
    double slots;  // of all lanes
};

class reading_06_what_is_counted : public ::testing::TestWithParam<counted_row> {};

// The lanes come one after the other, each to find the ones before it at work.
TEST_P(reading_06_what_is_counted, EveryLaneGetsOnAtFewRefusals) {
    const auto& [span, place, slots] = GetParam();
    scene s;
    s.upstream().capacity_scope = span;
    s.upstream().capacity_at = place;
    s.upstream().linked_clone_limit = 8;
    s.upstream().restore_limit = 8;
    s.upstream().linked_clone.ms = 20'000;
    s.upstream().linked_clone.spread = 0.3;
    s.upstream().restore.ms = 20'000;
    s.upstream().restore.spread = 0.3;
    s.add_vcenter();
    s.add_snapservice();
    const int count = span == capacity_span::lane ? 200 : static_cast<int>(12 * slots);
    add_jobs(s, job_kind::linked_clone, 8, count);
    add_jobs(s, job_kind::restore, 8, count, seconds_in(60));
    add_jobs(s, job_kind::linked_clone, 9, count, seconds_in(120));
    add_jobs(s, job_kind::restore, 9, count, seconds_in(180));
    s.trouble_until(seconds_in(4'000));

    const auto seen = s.run();

    const auto got = measure(seen, slots, 240, 480);
    // Of each lane: made while all lanes had work.
    std::map<std::string, int> made;
    for (const auto& [key, job] : seen.jobs)
        for (const auto& operation : job.operations)
            if (was_made(operation) && seconds_of(operation.ended) > 240 &&
                seconds_of(operation.ended) < 480)
                ++made[key.substr(0, 5)];
    int least = count;
    for (const auto* lane : {"web-8", "old-8", "web-9", "old-9"})
        least = std::min(least, made[lane]);
    std::printf(
        "counted by %s, refused at %s: %.0f refusals per 1,000, share %.3f, the slowest "
        "lane %d of %d, %lld failed\n",
        std::string(simulator::words(span)[static_cast<int>(span)]).c_str(),
        std::string(simulator::words(place)[static_cast<int>(place)]).c_str(),
        got.refusals_per_1000, got.share, least, count,
        static_cast<long long>(seen.count(job_state::failed)));
    EXPECT_GE(got.share, 0.9);
    EXPECT_LE(got.refusals_per_1000, 150);
    EXPECT_GE(least, 5);
    expect_all_done(seen);
}

INSTANTIATE_TEST_SUITE_P(
    Spans,
    reading_06_what_is_counted,
    ::testing::Values(counted_row{capacity_span::lane, capacity_place::post, 32},
                      counted_row{capacity_span::cluster, capacity_place::post, 16},
                      counted_row{capacity_span::kind, capacity_place::post, 16},
                      counted_row{capacity_span::appliance, capacity_place::post, 8},
                      counted_row{capacity_span::cluster, capacity_place::task, 16},
                      counted_row{capacity_span::appliance, capacity_place::both, 8}));

}  // namespace
}  // namespace cloned::readings
