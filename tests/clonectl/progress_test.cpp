#include "clonectl/progress.hpp"

#include <gtest/gtest.h>

namespace cloned::clonectl {
namespace {

using std::chrono::seconds;

const batch_progress::time start = batch_progress::time(seconds(1'000'000));

v1::WatchBatchResponse news(std::int64_t succeeded, std::int64_t failed, std::int64_t jobs) {
    v1::WatchBatchResponse out;
    out.mutable_batch()->set_name("batches/u");
    out.mutable_batch()->set_job_count(jobs);
    out.mutable_batch()->mutable_counts()->set_succeeded(succeeded);
    out.mutable_batch()->mutable_counts()->set_failed(failed);
    out.mutable_batch()->mutable_counts()->set_queued(jobs - succeeded - failed);
    out.mutable_batch()->set_done(succeeded + failed == jobs);
    return out;
}

TEST(ClonectlProgress, ShowsCountsRateAndTimeLeft) {
    batch_progress progress;
    progress.update(news(0, 0, 100), start);
    progress.update(news(40, 0, 100), start + seconds(10));

    EXPECT_EQ(progress.line(start + seconds(10)),
              "40/100  40 %  4.0/s  16 s left  40 succeeded, 60 queued");
}

TEST(ClonectlProgress, ClaimsNoRateFromASingleLook) {
    batch_progress progress;
    progress.update(news(40, 0, 100), start);

    EXPECT_EQ(progress.line(start + seconds(10)), "40/100  40 %  40 succeeded, 60 queued");
}

TEST(ClonectlProgress, TheRateIsThatOfTheLastMinute) {
    batch_progress progress;
    progress.update(news(0, 0, 1000), start);
    progress.update(news(100, 0, 1000), start + seconds(1000));
    progress.update(news(200, 0, 1000), start + seconds(1050));

    EXPECT_NE(progress.line(start + seconds(1050)).find("2.0/s"), std::string::npos);
}

TEST(ClonectlProgress, KeepsTheNewestFiveFailures) {
    batch_progress progress;
    auto response = news(0, 7, 10);
    for (int i = 0; i < 7; ++i) {
        auto* event = response.add_events();
        event->set_job("batches/u/jobs/k" + std::to_string(i));
        event->set_state(v1::JOB_STATE_FAILED);
        event->set_detail("no\nspace");
    }
    response.add_events()->set_state(v1::JOB_STATE_RUNNING);
    progress.update(response, start);

    const auto lines = progress.screen(200, start);

    ASSERT_EQ(lines.size(), 7U);
    EXPECT_EQ(lines[2], "  ! k2 failed: no space");
    EXPECT_EQ(lines[6], "  ! k6 failed: no space");
}

TEST(ClonectlProgress, NoLineIsWiderThanTheTerminal) {
    batch_progress progress;
    auto response = news(3, 1, 10);
    response.add_events()->set_state(v1::JOB_STATE_FAILED);
    response.mutable_events(0)->set_detail(std::string(500, 'x') + "ü");
    progress.update(response, start);
    progress.set_trouble("the daemon does not answer");

    for (const std::size_t width : {20U, 79U, 300U}) {
        for (const auto& line : progress.screen(width, start)) EXPECT_LE(line.size(), width + 3);
    }
}

TEST(ClonectlProgress, TheBarIsFullAtTheEndOnly) {
    batch_progress progress;
    progress.update(news(9, 0, 10), start);
    EXPECT_NE(progress.screen(80, start)[0].find('.'), std::string::npos);

    progress.update(news(10, 0, 10), start);
    EXPECT_EQ(progress.screen(80, start)[0].find('.'), std::string::npos);
    EXPECT_TRUE(progress.done());
    EXPECT_TRUE(progress.all_succeeded());
}

TEST(ClonectlProgress, AFailureIsDoneButNotASuccess) {
    batch_progress progress;
    progress.update(news(9, 1, 10), start);

    EXPECT_TRUE(progress.done());
    EXPECT_FALSE(progress.all_succeeded());
}

TEST(ClonectlProgress, TroubleIsShownUntilTheNextNews) {
    batch_progress progress;
    progress.set_trouble("no answer");
    EXPECT_EQ(progress.line(start), "no answer");

    progress.update(news(1, 0, 2), start);
    EXPECT_EQ(progress.line(start).find("no answer"), std::string::npos);
}

}  // namespace
}  // namespace cloned::clonectl
