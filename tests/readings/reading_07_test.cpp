// How long an upstream may refuse everything, as in maintenance or while it synchronizes: from
// seconds to hours. No job fails for it, no attempt is charged, and it is asked rarely meanwhile.

#include "tests/readings/capacity.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

using simulator::capacity_place;
using simulator::capacity_span;

struct closed_upstream {
    const char* name;
    bool snapservice;
    capacity_place place;
    const char* type;
    bool asks_to_wait = false;  // 503 with Retry-After
    std::int64_t closes_s = 0;  // in the midst of the work, where this is not 0
    std::int64_t closed_s = 3'600;
    double clone_ms = 60'000;
    int jobs = 60;

    std::int64_t opens_s() const { return closes_s + closed_s; }
};

class reading_07_all_refused : public ::testing::TestWithParam<closed_upstream> {};

void close_upstream(scene& s, const closed_upstream& how) {
    s.upstream().capacity_at = how.place;
    if (!how.asks_to_wait) {
        s.upstream().refuse_all_from_s = static_cast<double>(how.closes_s);
        s.upstream().refuse_all_s = static_cast<double>(how.closed_s);
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

// The seconds from the opening until so many operations have begun.
std::int64_t full_after_s(const outcome_of_scene& seen, std::int64_t opens_s, std::size_t wanted) {
    std::vector<double> begun;
    for (const auto& [key, job] : seen.jobs)
        for (const auto& operation : job.operations)
            if (was_made(operation) &&
                seconds_of(operation.started) >= static_cast<double>(opens_s))
                begun.push_back(seconds_of(operation.started));
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
        for (const auto& operation : job.operations) out += was_made(operation) ? 0U : 1U;
    return out;
}

TEST_P(reading_07_all_refused, FailsNoJobAndIsAtFullRateAMinuteAfterItOpens) {
    const auto& how = GetParam();
    scene s;
    s.upstream().linked_clone_limit = 8;
    s.upstream().linked_clone.ms = how.clone_ms;
    s.upstream().clone.ms = how.clone_ms;
    auto& vcenter = s.add_vcenter();
    for (auto& limit : vcenter.options.info.lane_limit) limit = 8;
    s.add_snapservice();
    for (int i = 0; i < how.jobs; ++i) {
        const auto name = "web-" + std::to_string(i);
        auto& job = how.snapservice ? s.linked_clone(name) : s.clone(name);
        job.max_attempts = 2;
    }
    close_upstream(s, how);
    s.trouble_until(seconds_in(how.opens_s()));

    const auto seen = s.run();

    const auto refused = refusals_in(seen);
    const auto full = full_after_s(seen, how.opens_s(), 8);
    std::printf("%s: %lld failed, %llu refused meanwhile, full rate after %lld s\n", how.name,
                static_cast<long long>(seen.count(job_state::failed)),
                static_cast<unsigned long long>(refused), static_cast<long long>(full));
    EXPECT_GE(full, 0);
    EXPECT_LE(full, 60);
    EXPECT_LE(refused, static_cast<std::uint64_t>(100 + how.closed_s / 20));
    expect_all_done(seen);
}

constexpr const char* not_allowed = "NOT_ALLOWED_IN_CURRENT_STATE";

INSTANTIATE_TEST_SUITE_P(
    Upstreams,
    reading_07_all_refused,
    ::testing::Values(
        closed_upstream{"at_post", true, capacity_place::post, not_allowed},
        closed_upstream{"in_task", true, capacity_place::task, not_allowed},
        closed_upstream{"now_here_now_there", true, capacity_place::both, not_allowed},
        closed_upstream{"busy", false, capacity_place::post, "RESOURCE_BUSY"},
        closed_upstream{"busy_in_task", false, capacity_place::task, "RESOURCE_BUSY"},
        closed_upstream{"unavailable", false, capacity_place::post, "SERVICE_UNAVAILABLE", true},
        closed_upstream{"untold", false, capacity_place::post, "SERVICE_UNAVAILABLE"},
        closed_upstream{"midst_at_post", true, capacity_place::post, not_allowed, false, 200,
                        3'600},
        closed_upstream{"midst_in_task", true, capacity_place::task, not_allowed, false, 200,
                        3'600},
        closed_upstream{"midst_busy", false, capacity_place::post, "RESOURCE_BUSY", false, 200,
                        3'600},
        closed_upstream{"seconds", true, capacity_place::post, not_allowed, false, 200, 10, 20'000,
                        200},
        closed_upstream{"minutes", true, capacity_place::task, not_allowed, false, 200, 180, 20'000,
                        200},
        closed_upstream{"hours", true, capacity_place::both, not_allowed, false, 100, 10'800, 5'000,
                        400}),
    [](const auto& which) { return which.param.name; });

// All lanes are closed at once, whatever they share.
class reading_07_lanes_refused : public ::testing::TestWithParam<capacity_span> {};

TEST_P(reading_07_lanes_refused, AllLanesAreAtFullRateAMinuteAfterItOpens) {
    constexpr std::int64_t closes_s = 100;
    constexpr std::int64_t opens_s = 3'700;
    const auto span = GetParam();
    const std::size_t lanes_of_its_own = span == capacity_span::lane        ? 4
                                         : span == capacity_span::appliance ? 1
                                                                            : 2;
    scene s;
    s.upstream().capacity_scope = span;
    s.upstream().linked_clone_limit = 8;
    s.upstream().restore_limit = 8;
    s.upstream().linked_clone.ms = 30'000;
    s.upstream().restore.ms = 30'000;
    s.upstream().refuse_all_from_s = closes_s;
    s.upstream().refuse_all_s = opens_s - closes_s;
    s.add_vcenter();
    s.add_snapservice();
    for (const int cluster : {8, 9})
        for (const auto kind : {job_kind::linked_clone, job_kind::restore})
            add_jobs(s, kind, cluster, 70);
    s.trouble_until(seconds_in(opens_s));

    const auto seen = s.run();

    const auto full = full_after_s(seen, opens_s, 8 * lanes_of_its_own);
    std::printf("counted by %s: %lld failed, full rate after %lld s\n",
                std::string(simulator::words(span)[static_cast<int>(span)]).c_str(),
                static_cast<long long>(seen.count(job_state::failed)),
                static_cast<long long>(full));
    EXPECT_GE(full, 0);
    EXPECT_LE(full, 60);
    expect_all_done(seen);
}

INSTANTIATE_TEST_SUITE_P(Spans,
                         reading_07_lanes_refused,
                         ::testing::Values(capacity_span::lane,
                                           capacity_span::cluster,
                                           capacity_span::kind,
                                           capacity_span::appliance));

}  // namespace
}  // namespace cloned::readings
