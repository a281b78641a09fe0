// Whether a failed clone leaves its VM: it was seen to after a failed customization.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

using simulator::leftover_reading;
using simulator::target_reading;

simulator::fault_rule its_task_fails(const char* type) {
    simulator::fault_rule out;
    out.method = "POST";
    out.path = clone_calls;
    out.fault = simulator::fault_kind::task_fail;
    out.type = type;
    out.message = "The disk of the datastore is full.";
    return out;
}

class Reading03 : public ::testing::TestWithParam<std::tuple<leftover_reading, target_reading>> {
protected:
    Reading03() {
        s.upstream().failed_leaves_vm = std::get<0>(GetParam());
        s.upstream().task_target = std::get<1>(GetParam());
        s.add_vcenter();
    }
    scene s;
};

// A retry would meet it: the job says so, with its id and with the true cause.
TEST_P(Reading03, WhatAFailedAttemptLeftIsSaidToBeThat) {
    s.rule(its_task_fails("RESOURCE_INACCESSIBLE"));
    s.clone("web-1");
    const auto seen = s.run();
    const auto& job = seen.job("web-1");
    EXPECT_EQ(job.state(), job_state::failed) << job.words();
    EXPECT_TRUE(job.told("The disk of the datastore is full")) << job.words();
    EXPECT_FALSE(job.told("was there before")) << job.words();
    EXPECT_EQ(job.operations.size(), 1U);
    ASSERT_FALSE(job.operations.empty());
    EXPECT_EQ(job.vm(), simulator::inventory::vm_id(job.operations.front().vm));
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

// Also where its words are those of a refusal, which charges no attempt and is tried again at once.
TEST_P(Reading03, WhatARefusedTaskLeftIsSaidToBeThat) {
    s.rule(its_task_fails("RESOURCE_BUSY"));
    s.clone("web-1");
    const auto seen = s.run();
    const auto& job = seen.job("web-1");
    EXPECT_EQ(job.state(), job_state::failed) << job.words();
    EXPECT_TRUE(job.told("RESOURCE_BUSY")) << job.words();
    EXPECT_FALSE(job.told("was there before")) << job.words();
    ASSERT_EQ(job.operations.size(), 1U);
    EXPECT_EQ(job.vm(), simulator::inventory::vm_id(job.operations.front().vm));
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

// After a lost answer it must not be taken for the job's success.
TEST_P(Reading03, WhatAFailedAttemptLeftIsNoSuccessAfterADoubt) {
    s.rule(its_task_fails("RESOURCE_INACCESSIBLE"));
    simulation::planned_weather lost;
    lost.lost_after = 1;
    lost.reads = 0;
    s.plan().weather.push_back(lost);
    s.clone("web-1");
    const auto seen = s.run();
    const auto& job = seen.job("web-1");
    EXPECT_EQ(job.state(), job_state::failed) << job.words();
    EXPECT_TRUE(job.told("The disk of the datastore is full")) << job.words();
    EXPECT_EQ(job.operations.size(), 1U);
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

// Where the batch asks for it, what is complete is adopted, and nothing else.
TEST_P(Reading03, WhatAFailedAttemptLeftIsAdoptedWhereThatIsAskedFor) {
    s.rule(its_task_fails("RESOURCE_INACCESSIBLE"));
    s.clone("web-1");
    s.plan().batches.back().leftovers = leftover_policy::adopt_if_complete;
    const auto seen = s.run();
    const auto& job = seen.job("web-1");
    const bool whole = std::get<0>(GetParam()) != leftover_reading::half;
    EXPECT_EQ(job.state(), whole ? job_state::succeeded : job_state::failed) << job.words();
    EXPECT_TRUE(job.told("The disk of the datastore is full")) << job.words();
    EXPECT_EQ(job.operations.size(), 1U);
    ASSERT_FALSE(job.operations.empty());
    EXPECT_EQ(job.vm(), simulator::inventory::vm_id(job.operations.front().vm));
    if (whole) return;
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

INSTANTIATE_TEST_SUITE_P(
    Leftovers,
    Reading03,
    ::testing::Combine(
        ::testing::Values(leftover_reading::off, leftover_reading::on, leftover_reading::half),
        ::testing::Values(target_reading::none, target_reading::source, target_reading::vm)));

// Another try that a client asks for meets it knowingly.
TEST(Reading03, AnotherTryKnowsWhoseTheVmIs) {
    scene s;
    s.upstream().failed_leaves_vm = leftover_reading::off;
    s.add_vcenter();
    s.rule(its_task_fails("INVALID_ARGUMENT"));
    s.clone("web-1");
    simulation::planned_wish again;
    again.at = seconds_in(30);
    again.what = simulation::wish::retry_batch;
    s.plan().wishes.push_back(again);
    const auto seen = s.run();
    const auto& job = seen.job("web-1");
    EXPECT_EQ(job.state(), job_state::failed) << job.words();
    EXPECT_TRUE(job.told("The disk of the datastore is full")) << job.words();
    EXPECT_FALSE(job.told("was there before")) << job.words();
    EXPECT_EQ(job.operations.size(), 1U);
}

}  // namespace
}  // namespace cloned::readings
