#include "daemon/scheduler/guest_wait.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using enum transition_event;

constexpr wall_time now{milliseconds(10'000'000)};

class GuestWait : public testing::Test {
protected:
    GuestWait() {
        power_on_spec power;
        power.vm = "vm-7";
        power.wait_for_tools = true;
        job.spec = power;
        waiting.only_waits = true;
    }
    std::optional<job_update> after(milliseconds waited) const {
        return on_wait(waiting, job, waited, now);
    }

    queued_job job;
    backends::task_status waiting;
};

// I5: no wait lasts forever, and its end tells how the VM was left.
TEST_F(GuestWait, EndWithTheTimeThatTheJobGrants) {
    EXPECT_FALSE(after(15min - 1ms));
    const auto usual = after(15min);
    ASSERT_TRUE(usual);
    EXPECT_EQ(usual->kind, failed_for_good);
    EXPECT_NE(usual->detail.find("VM vm-7, which is powered on"), std::string::npos);

    std::get<power_on_spec>(job.spec).tools_timeout_ms = 30'000;
    EXPECT_FALSE(after(29s));
    EXPECT_TRUE(after(30s));

    customize_guest_spec guest;
    guest.vm = "vm-7";
    job.spec = guest;
    EXPECT_FALSE(after(59min));
    EXPECT_TRUE(after(1h));
    std::get<customize_guest_spec>(job.spec).guest_timeout_ms = 30'000;
    EXPECT_TRUE(after(30s));
}

TEST_F(GuestWait, EndWithTheJobsDeadline) {
    job.deadline = now + 1s;
    EXPECT_FALSE(after(1s));
    job.deadline = now;
    const auto over = after(1s);
    ASSERT_TRUE(over);
    EXPECT_EQ(over->kind, failed_for_good);
    EXPECT_EQ(over->said->code(), errc::deadline_exceeded);
}

// The next job of its VM would come on top.
TEST_F(GuestWait, OfACustomizationGoOnOverTheDeadline) {
    customize_guest_spec guest;
    guest.vm = "vm-7";
    job.spec = guest;
    job.deadline = now;
    EXPECT_FALSE(after(1s));
}

TEST_F(GuestWait, EndWithTheJobsCancellation) {
    job.progress.cancel_requested = true;
    const auto over = after(0s);
    ASSERT_TRUE(over);
    EXPECT_EQ(over->kind, was_cancelled);
    EXPECT_NE(over->detail.find("powered on"), std::string::npos);
}

TEST_F(GuestWait, InVainEndSooner) {
    waiting.in_vain = error(errc::failed_precondition, "there are no Tools");
    EXPECT_FALSE(after(1min));
    const auto over = after(2min);
    ASSERT_TRUE(over);
    EXPECT_EQ(over->said->message(), "there are no Tools");
    std::get<power_on_spec>(job.spec).tools_timeout_ms = 5'000;
    EXPECT_TRUE(after(5s));
}

TEST_F(GuestWait, AreNotWhatTheUpstreamWorksOn) {
    job.progress.cancel_requested = true;
    job.deadline = now;
    waiting.only_waits = false;
    EXPECT_FALSE(after(24h));
    waiting.only_waits = true;
    waiting.phase = backends::task_phase::succeeded;
    EXPECT_FALSE(after(24h));
}

}  // namespace
}  // namespace cloned::scheduler
