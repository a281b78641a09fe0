// How long an upstream may refuse everything, as in maintenance or while it synchronizes: from
// seconds to hours. No job fails for it, no attempt is charged, and it is asked rarely meanwhile.

#include "tests/readings/capacity.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

using simulator::capacity_place;

constexpr std::int64_t opens_s = 3'600;

struct closed_upstream {
    const char* name;
    bool snapservice;
    capacity_place place;
    const char* type;
    bool asks_to_wait;  // 503 with Retry-After
};

class reading_07_all_refused : public ::testing::TestWithParam<closed_upstream> {};

void close_upstream(scene& s, const closed_upstream& how) {
    s.upstream().capacity_at = how.place;
    if (!how.asks_to_wait) {
        s.upstream().refuse_all_s = opens_s;
        s.upstream().refuse_all_vcenter = !how.snapservice;
        s.upstream().refuse_all_type = how.type;
        return;
    }
    simulator::fault_rule rule;
    rule.method = "POST";
    rule.path = "/api/vcenter/vm?action=clone*";
    rule.fault = simulator::fault_kind::status;
    rule.status = 503;
    rule.type = how.type;
    rule.retry_after_s = 3;
    s.rule(rule);
}

// The seconds from the opening until so many operations ran at once.
std::int64_t full_after_s(const outcome_of_scene& seen, std::size_t wanted) {
    std::vector<double> begun;
    for (const auto& [key, job] : seen.jobs)
        for (const auto& operation : job.operations)
            if (was_made(operation)) begun.push_back(seconds_of(operation.started));
    if (begun.size() < wanted) return -1;
    std::sort(begun.begin(), begun.end());
    return static_cast<std::int64_t>(begun[wanted - 1]) - opens_s;
}

// In answers and in tasks.
std::uint64_t refusals_in(const outcome_of_scene& seen) {
    std::uint64_t out = 0;
    for (const auto& [which, times] : seen.answers)
        if (which.first.find("clone") != std::string::npos && which.second >= 400) out += times;
    for (const auto& [key, job] : seen.jobs)
        for (const auto& operation : job.operations) out += was_made(operation) ? 0 : 1;
    return out;
}

TEST_P(reading_07_all_refused, FailsNoJobAndIsAtFullRateAMinuteAfterItOpens) {
    const auto& how = GetParam();
    scene s;
    s.upstream().linked_clone_limit = 8;
    s.upstream().linked_clone.ms = 60'000;
    s.upstream().clone.ms = 60'000;
    s.add_vcenter();
    s.add_snapservice();
    for (int i = 0; i < 60; ++i) {
        const auto name = "web-" + std::to_string(i);
        auto& job = how.snapservice ? s.linked_clone(name) : s.clone(name);
        job.max_attempts = 2;
    }
    close_upstream(s, how);
    s.trouble_until(seconds_in(opens_s));

    const auto seen = s.run();

    const auto refused = refusals_in(seen);
    const auto full = full_after_s(seen, 8);
    std::printf("%s: %lld failed, %llu refused in an hour, full rate after %lld s\n", how.name,
                static_cast<long long>(seen.count(job_state::failed)),
                static_cast<unsigned long long>(refused), static_cast<long long>(full));
    EXPECT_GE(full, 0);
    EXPECT_LE(full, 60);
    EXPECT_LE(refused, 250U);
    expect_all_done(seen);
}

constexpr const char* not_allowed = "NOT_ALLOWED_IN_CURRENT_STATE";

INSTANTIATE_TEST_SUITE_P(
    Upstreams,
    reading_07_all_refused,
    ::testing::Values(
        closed_upstream{"at_post", true, capacity_place::post, not_allowed, false},
        closed_upstream{"in_task", true, capacity_place::task, not_allowed, false},
        closed_upstream{"now_here_now_there", true, capacity_place::both, not_allowed, false},
        closed_upstream{"busy", false, capacity_place::post, "RESOURCE_BUSY", false},
        closed_upstream{"unavailable", false, capacity_place::post, "SERVICE_UNAVAILABLE", true}),
    [](const auto& which) { return which.param.name; });

}  // namespace
}  // namespace cloned::readings
