// VI JSON: where the session is not known any more, a server may refuse the call, or answer it and
// refuse each property by itself.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

class reading_16_dead_session : public ::testing::TestWithParam<const char*> {};

TEST_P(reading_16_dead_session, LeadsToANewLoginAtOnce) {
    scene s;
    s.upstream().vi.unauthenticated = GetParam();
    s.upstream().vi.customize_ms = 30'000;
    s.add_vcenter();
    s.add_guests();
    s.power_on("on", "vm-42");
    s.customize("web", "vm-42", seconds_in(10));
    s.control(seconds_in(20), "/_sim/expire-sessions", "{}");

    const auto seen = s.run();

    const auto& job = seen.job("web");
    EXPECT_EQ(job.state(), job_state::succeeded) << job.words();
    EXPECT_LT(job.record.ended_at.value() - job.record.accepted_at, std::chrono::minutes(1));
    EXPECT_EQ(seen.requests("CustomizeGuest_Task"), 1U);
    EXPECT_LE(seen.logins, 4U);
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

INSTANTIATE_TEST_SUITE_P(
    Ways,
    reading_16_dead_session,
    ::testing::Values("status_500", "status_401", "status_403", "missing_set"));

}  // namespace
}  // namespace cloned::readings
