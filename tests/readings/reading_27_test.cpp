// VI JSON: the tasks that have ended are soon forgotten. After a longer absence the guest's own
// report is what is left, and where Tools give none, nobody knows.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

class reading_27_long_absence : public ::testing::Test {
protected:
    reading_27_long_absence() {
        s.add_vcenter();
        s.add_guests();
        s.power_on("on", "vm-42");
        s.customize("web", "vm-42", sent);
        s.trouble_until(sent + seconds_in(20));
    }
    // The answer is lost, and so is the daemon, for longer than any task is remembered.
    simulator::fault_rule& lose(simulator::fault_kind how) {
        s.kill(sent + moment(300), std::chrono::hours(2));
        return s.fault_once("*/CustomizeGuest_Task", how);
    }
    void expect(job_state state, std::uint64_t requests) {
        const auto seen = s.run();
        EXPECT_EQ(seen.job("web").state(), state) << seen.job("web").words();
        EXPECT_EQ(seen.requests("CustomizeGuest_Task"), requests);
        for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
    }

    const moment sent = seconds_in(600);
    scene s;
};

TEST_F(reading_27_long_absence, TheGuestTellsThatItWasDone) {
    lose(simulator::fault_kind::drop_after);
    expect(job_state::succeeded, 1);
}

TEST_F(reading_27_long_absence, TheGuestTellsThatItFailed) {
    s.upstream().vi.guest_fails = true;
    lose(simulator::fault_kind::drop_after);
    expect(job_state::failed, 1);
}

TEST_F(reading_27_long_absence, AGuestThatTellsNothingLeavesItToTheOperator) {
    s.upstream().vi.guest_info = false;
    lose(simulator::fault_kind::drop_after);
    expect(job_state::needs_operator, 1);
}

// An older report proves that nothing was begun since.
TEST_F(reading_27_long_absence, WhatNeverArrivedIsSentAgain) {
    s.customize("before", "vm-42", seconds_in(10));
    lose(simulator::fault_kind::drop_before).skip = 1;
    expect(job_state::succeeded, 2);
}

}  // namespace
}  // namespace cloned::readings
