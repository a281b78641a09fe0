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

INSTANTIATE_TEST_SUITE_P(Moments,
                         reading_17_system_error,
                         ::testing::Values("before", "after", "in_task"));

}  // namespace
}  // namespace cloned::readings
