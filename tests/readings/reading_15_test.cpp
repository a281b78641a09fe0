// Whether a task that has succeeded tells its result: the member is optional.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

class Reading15 : public ::testing::TestWithParam<double> {};

// The chain goes on with the VM that the list shows, at once or later.
TEST_P(Reading15, AResultThatIsNotToldIsLookedUp) {
    scene s;
    s.upstream().result_told = false;
    s.upstream().list_lag_ms = GetParam();
    s.add_vcenter();
    s.clone("web-1");
    auto clone = s.plan().batches.back().jobs.front().request;
    s.plan().batches.pop_back();
    job_request on;
    on.key = "web-1-on";
    on.endpoint = "vc";
    on.cluster = clone.cluster;
    on.spec = power_on_spec{};
    on.after = clone.key;
    s.add_batch({clone, on});
    const auto seen = s.run();
    EXPECT_EQ(seen.job("web-1").state(), job_state::succeeded) << seen.job("web-1").words();
    EXPECT_FALSE(seen.job("web-1").vm().empty());
    EXPECT_EQ(seen.job("web-1-on").state(), job_state::succeeded) << seen.job("web-1-on").words();
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

INSTANTIATE_TEST_SUITE_P(Lags, Reading15, ::testing::Values(-1.0, 400.0, 30'000.0));

// A list that lags hides a VM that was made: no second one is asked for.
TEST(Reading15, AVmThatTheListShowsLateIsMadeOnce) {
    scene s;
    s.upstream().list_lag_ms = 120'000;
    s.upstream().names = simulator::name_mode::allow;
    s.add_vcenter();
    s.fault_once(clone_calls, simulator::fault_kind::drop_after);
    s.clone("web-1");
    const auto seen = s.run();
    EXPECT_EQ(seen.job("web-1").operations.size(), 1U) << "sent again";
    EXPECT_EQ(seen.job("web-1").state(), job_state::succeeded) << seen.job("web-1").words();
}

}  // namespace
}  // namespace cloned::readings
