// VI JSON: a SystemError tells nothing of the work. It may come before it, after it was begun, or
// as the end of a task whose guest is customized all the same.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

class reading_17_system_error : public ::testing::TestWithParam<const char*> {
protected:
    reading_17_system_error() {
        s.upstream().vi.system_error = GetParam();
        s.add_vcenter();
        s.add_guests();
        s.power_on("on", "vm-42");
        s.customize("web", "vm-42", seconds_in(10));
        s.control(seconds_in(11), "/_sim/vi", R"({"vi_system_error":"no"})");
    }
    scene s;
};

TEST_P(reading_17_system_error, NeverCustomizesTwice) {
    const auto seen = s.run();

    const bool begun = GetParam() != std::string("before");
    const auto& job = seen.job("web");
    EXPECT_EQ(job.state(), job_state::succeeded) << job.words();
    EXPECT_EQ(seen.requests("CustomizeGuest_Task"), begun ? 1U : 2U);
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

// The work goes on behind a task that has failed, and the guest never tells of it.
TEST(reading_17_silent_guest, IsNotCustomizedOnTop) {
    for (const bool waits : {true, false}) {
        scene s;
        s.upstream().vi.system_error = "in_task";
        s.upstream().vi.guest_info = false;
        s.upstream().vi.guest_ms = 60'000;
        s.add_vcenter();
        s.add_guests();
        s.power_on("on", "vm-42");
        for (const auto* key : {"first", "second"}) {
            auto& job = s.customize(key, "vm-42", seconds_in(10));
            auto& spec = std::get<customize_guest_spec>(job.spec);
            spec.wait_for_guest = waits;
            spec.guest_timeout_ms = 300'000;
            if (!waits) break;
        }
        const auto seen = s.run();

        const auto& job = seen.job("first");
        EXPECT_EQ(job.state(), job_state::failed) << job.words();
        EXPECT_NE(job.words().find("SystemError"), std::string::npos) << job.words();
        EXPECT_NE(job.words().find("the guest does not report"), std::string::npos) << job.words();
        EXPECT_EQ(seen.requests("CustomizeGuest_Task"), waits ? 2U : 1U);
        for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
    }
}

INSTANTIATE_TEST_SUITE_P(Moments,
                         reading_17_system_error,
                         ::testing::Values("before", "after", "in_task"));

}  // namespace
}  // namespace cloned::readings
