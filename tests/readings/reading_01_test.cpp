// What a clone task's `target` is: the documents say "created by the operation or existing one it
// performed on", and no more.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

// An answer is dropped, the clone runs for a quarter of an hour: one request, whatever the target.
class reading_01_task_target : public ::testing::TestWithParam<const char*> {};

TEST_P(reading_01_task_target, ARunningCloneOfOursIsNeverOverlooked) {
    scene s;
    s.upstream().clone.ms = 900'000;
    s.upstream().names = simulator::name_mode::allow;
    s.add_vcenter();
    simulator::fault_rule dropped;
    dropped.method = "POST";
    dropped.path = "/api/vcenter/vm?action=clone*";
    dropped.fault = simulator::fault_kind::drop_after;
    dropped.max = 1;
    s.rule(dropped);
    s.clone("web-1");
    const auto seen = s.run();
    const auto& job = seen.job("web-1");
    EXPECT_EQ(job.operations.size(), 1U) << "sent again while the first still ran";
    EXPECT_EQ(job.state(), job_state::succeeded) << job.words();
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

INSTANTIATE_TEST_SUITE_P(Targets, reading_01_task_target, ::testing::Values("none"));

}  // namespace
}  // namespace cloned::readings
