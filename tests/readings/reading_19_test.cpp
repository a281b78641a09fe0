// A VM whose Tools never run, or that has none: the wait for them ends, and tells that the VM is
// on.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

class reading_19_wait_for_tools : public ::testing::Test {
protected:
    reading_19_wait_for_tools() {
        s.upstream().tools_ms = 1e9;
        s.add_vcenter();
    }
    power_on_spec& wait_for_tools() {
        auto& job = s.power_on("on", "vm-42");
        auto& spec = std::get<power_on_spec>(job.spec);
        spec.wait_for_tools = true;
        return spec;
    }
    // How the wait ended, and after how long.
    std::string expect_end(job_state state, milliseconds earliest, milliseconds latest) {
        const auto seen = s.run();
        const auto& job = seen.job("on");
        EXPECT_EQ(job.state(), state) << job.words();
        EXPECT_NE(job.words().find("powered on"), std::string::npos) << job.words();
        const auto took = job.record.ended_at.value() - job.record.accepted_at;
        EXPECT_GE(took, earliest);
        EXPECT_LE(took, latest);
        for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
        return job.words();
    }

    scene s;
};

TEST_F(reading_19_wait_for_tools, EndsByItself) {
    wait_for_tools();
    expect_end(job_state::failed, std::chrono::minutes(15), std::chrono::minutes(16));
}

TEST_F(reading_19_wait_for_tools, EndsSoonForAVmThatHasNone) {
    s.upstream().tools_ms = 1'000;
    s.upstream().tools_missing = s.upstream().templates;
    wait_for_tools();
    const auto words = expect_end(job_state::failed, seconds_in(60), std::chrono::minutes(3));
    EXPECT_NE(words.find("VM vm-42 has no VMware Tools installed"), std::string::npos) << words;
}

TEST_F(reading_19_wait_for_tools, EndsWithTheDeadline) {
    auto& job = s.power_on("on", "vm-42");
    std::get<power_on_spec>(job.spec).wait_for_tools = true;
    job.deadline = from_ms(s.upstream().epoch_ms + 60'000);
    expect_end(job_state::failed, seconds_in(60), seconds_in(80));
}

TEST_F(reading_19_wait_for_tools, EndsAfterTheTimeThatTheJobGrants) {
    wait_for_tools().tools_timeout_ms = 60'000;
    expect_end(job_state::failed, seconds_in(60), seconds_in(80));
}

TEST_F(reading_19_wait_for_tools, EndsWithACancellation) {
    wait_for_tools();
    s.cancel(seconds_in(20), "on");
    expect_end(job_state::cancelled, seconds_in(19), seconds_in(22));
}

TEST_F(reading_19_wait_for_tools, EndsAlthoughTheStartWasInDoubt) {
    s.fault_once("*/power", simulator::fault_kind::drop_after);
    wait_for_tools().tools_timeout_ms = 60'000;
    expect_end(job_state::failed, seconds_in(60), seconds_in(120));
}

TEST_F(reading_19_wait_for_tools, EndsAfterARestartAsWell) {
    wait_for_tools();
    s.kill(seconds_in(20), seconds_in(5));
    s.cancel(seconds_in(60), "on");
    expect_end(job_state::cancelled, seconds_in(59), seconds_in(62));
}

}  // namespace
}  // namespace cloned::readings
