// VI JSON: nothing in a task tells whose it is, and clocks differ. An ended task of another job of
// ours on the same VM is not this one's, nor is what the guest reports of it.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

TEST(reading_28_other_jobs_task, IsNotTakenForThisJobs) {
    scene s;
    s.upstream().vi.customize_ms = 50;
    s.upstream().vi.guest_ms = 50;
    s.add_vcenter();
    s.add_guests().options.info.poll_interval_min = milliseconds(100);
    s.power_on("on", "vm-42");
    s.customize("first", "vm-42", seconds_in(10));
    s.customize("second", "vm-42", seconds_in(10));
    s.fault_once("*/CustomizeGuest_Task", simulator::fault_kind::drop_before).skip = 1;

    const auto seen = s.run();

    for (const auto* key : {"first", "second"})
        EXPECT_EQ(seen.job(key).state(), job_state::succeeded) << seen.job(key).words();
    EXPECT_EQ(seen.requests("CustomizeGuest_Task", 200), 2U) << "one of them was never done";
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

}  // namespace
}  // namespace cloned::readings
