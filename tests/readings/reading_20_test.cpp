// A task that hangs, at an upstream that does not cancel it: whoever asked is told so.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

TEST(reading_20_hanging_task, TellsThatItsCancellationWasDeclined) {
    scene s;
    s.upstream().cancelable = false;
    s.add_vcenter();
    simulator::fault_rule hangs;
    hangs.method = "POST";
    hangs.path = "/api/vcenter/vm*";
    hangs.fault = simulator::fault_kind::task_blocked;
    hangs.blocked_ms = 600'000;
    s.rule(hangs);
    s.clone("web-1");
    s.cancel(seconds_in(30), "web-1");

    const auto seen = s.run();

    const auto& job = seen.job("web-1");
    EXPECT_TRUE(job.told("does not support the cancellation of this task")) << job.words();
    EXPECT_EQ(job.state(), job_state::succeeded) << job.words();
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

TEST(reading_20_guest_without_end, IsWaitedForNoLongerThanItIsWanted) {
    scene s;
    s.upstream().vi.guest_ms = 1e9;
    s.add_vcenter();
    s.add_guests();
    s.power_on("on", "vm-42");
    auto& job = s.customize("web", "vm-42", seconds_in(10));
    std::get<customize_guest_spec>(job.spec).wait_for_guest = true;
    s.cancel(seconds_in(60), "web");

    const auto seen = s.run();

    EXPECT_EQ(seen.job("web").state(), job_state::cancelled) << seen.job("web").words();
    EXPECT_TRUE(seen.job("web").told("while it waited for the guest of VM vm-42"));
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

}  // namespace
}  // namespace cloned::readings
