#include "base/clock.hpp"

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <optional>

namespace cloned {
namespace {

using namespace std::chrono_literals;

class SystemAlarm : public ::testing::Test {
protected:
    asio::io_context loop{1};
    std::unique_ptr<clock> time = make_system_clock(loop);
    std::unique_ptr<alarm> sleeper = time->make_alarm();
    asio::cancellation_signal stop;
    std::optional<bool> answer;
    std::exception_ptr thrown;

    void sleep_until(steady_time when) {
        answer.reset();
        asio::co_spawn(
            loop.get_executor(), sleeper->sleep_until(when),
            asio::bind_cancellation_slot(stop.slot(), [this](std::exception_ptr e, bool came) {
                thrown = e;
                if (!e) answer = came;
            }));
    }
    void run() {
        loop.restart();
        loop.run();
    }
    void settle() {
        loop.restart();
        loop.poll();
    }
};

TEST_F(SystemAlarm, SaysThatTheTimeCame) {
    sleep_until(time->now() - 1ms);
    run();

    EXPECT_EQ(answer, true);
}

TEST_F(SystemAlarm, IsWokenEarly) {
    sleep_until(time->now() + 1h);
    settle();
    EXPECT_FALSE(answer);

    sleeper->wake();
    run();

    EXPECT_EQ(answer, false);
}

TEST_F(SystemAlarm, RemembersAWakeThatCameWhileNobodySlept) {
    sleeper->wake();

    sleep_until(time->now() + 1h);
    run();

    EXPECT_EQ(answer, false);
}

TEST_F(SystemAlarm, RemembersManyWakesAsOne) {
    sleeper->wake();
    sleeper->wake();

    sleep_until(time->now() + 1h);
    run();
    sleep_until(time->now() - 1ms);
    run();

    EXPECT_EQ(answer, true);
}

TEST_F(SystemAlarm, ThrowsWhenItsTaskIsCancelled) {
    sleep_until(time->now() + 1h);
    settle();

    stop.emit(asio::cancellation_type::terminal);
    run();

    EXPECT_FALSE(answer);
    EXPECT_TRUE(thrown);
}

TEST(SystemClock, NeverGoesBack) {
    asio::io_context loop{1};
    const auto time = make_system_clock(loop);
    auto last = time->now();
    for (int i = 0; i < 1000; ++i) {
        const auto now = time->now();
        ASSERT_GE(now, last);
        last = now;
    }
}

TEST(SystemClock, TellsTheTimeOfDay) {
    asio::io_context loop{1};
    const auto time = make_system_clock(loop);

    EXPECT_GT(time->wall(), std::chrono::sys_days(std::chrono::year(2020) / 1 / 1));
}

}  // namespace
}  // namespace cloned
