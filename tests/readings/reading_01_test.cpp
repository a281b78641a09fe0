// What a clone task's `target` is: the documents say "created by the operation or existing one it
// performed on", and no more.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

using simulator::target_reading;

void expect_one_request(const outcome_of_scene& seen) {
    const auto& job = seen.job("web-1");
    EXPECT_EQ(job.operations.size(), 1U) << "sent again while the first still ran";
    EXPECT_EQ(job.state(), job_state::succeeded) << job.words();
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

// An answer is dropped, the clone runs for a quarter of an hour: one request, whatever the target.
class Reading01 : public ::testing::TestWithParam<target_reading> {};

TEST_P(Reading01, ARunningCloneOfOursIsNeverOverlooked) {
    scene s;
    s.upstream().task_target = GetParam();
    s.upstream().clone.ms = 900'000;
    s.upstream().list_lag_ms = 0;
    s.upstream().names = simulator::name_mode::allow;
    s.add_vcenter();
    s.fault_once(clone_calls, simulator::fault_kind::drop_after);
    s.clone("web-1");
    expect_one_request(s.run());
}

TEST_P(Reading01, ARunningLinkedCloneOfOursIsNeverOverlooked) {
    scene s;
    s.upstream().task_target = GetParam();
    s.upstream().linked_clone.ms = 900'000;
    s.upstream().list_lag_ms = 0;
    s.upstream().names = simulator::name_mode::allow;
    s.add_vcenter();
    s.add_snapservice();
    s.fault_once("/api/snapservice/clusters/*", simulator::fault_kind::drop_after);
    s.linked_clone("web-1");
    expect_one_request(s.run());
}

INSTANTIATE_TEST_SUITE_P(Targets,
                         Reading01,
                         ::testing::Values(target_reading::none,
                                           target_reading::source,
                                           target_reading::source_uuid,
                                           target_reading::vm,
                                           target_reading::folder),
                         [](const auto& of) {
                             return std::string(
                                 words(of.param)[static_cast<std::size_t>(of.param)]);
                         });

}  // namespace
}  // namespace cloned::readings
