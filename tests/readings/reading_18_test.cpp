// vCenter answers the start of a VM with an empty 204. What anything else means that calls itself a
// success, only the VM knows.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

struct proxy_answer {
    int status;
    bool processed;  // the proxy has handed the request on
};

class reading_18_start : public ::testing::TestWithParam<proxy_answer> {};

TEST_P(reading_18_start, SucceedsOnlyWithAVmThatIsOn) {
    scene s;
    s.add_vcenter();
    auto& proxy = s.fault_once("*/power", simulator::fault_kind::proxy);
    proxy.status = GetParam().status;
    proxy.processed = GetParam().processed;
    s.power_on("on", "vm-42");

    const auto seen = s.run();

    const auto& job = seen.job("on");
    EXPECT_EQ(job.state(), job_state::succeeded) << job.words();
    // What was not done is done by another attempt.
    EXPECT_EQ(seen.requests("power", 204), GetParam().processed ? 0U : 1U);
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

INSTANTIATE_TEST_SUITE_P(Answers,
                         reading_18_start,
                         ::testing::Values(proxy_answer{200, false},
                                           proxy_answer{200, true},
                                           proxy_answer{202, false},
                                           proxy_answer{204, false}));

}  // namespace
}  // namespace cloned::readings
