#include "clonectl/tables.hpp"

#include <gtest/gtest.h>

namespace cloned::clonectl {
namespace {

TEST(ClonectlTables, ColumnsAreAlignedAndNumbersSetToTheRight) {
    text_table table({"NAME", "JOBS", "NOTE"});
    table.add({"a", "5", "x"});
    table.add({"grün", "1200", ""});

    EXPECT_EQ(table.text(),
              "NAME  JOBS  NOTE\n"
              "a        5  x\n"
              "grün  1200\n");
}

TEST(ClonectlTables, ATableWithoutRowsIsItsTitles) {
    EXPECT_EQ(text_table({"A", "B"}).text(), "A  B\n");
}

TEST(ClonectlTables, StatesAreReadableAndReadBack) {
    for (int i = v1::JOB_STATE_BLOCKED; i <= v1::JOB_STATE_CANCELLED; ++i) {
        const auto state = static_cast<v1::JobState>(i);
        EXPECT_EQ(parse_state(state_name(state)), state);
    }
    EXPECT_EQ(parse_state("needs-operator"), v1::JOB_STATE_NEEDS_OPERATOR);
    EXPECT_EQ(parse_state("IN_DOUBT"), v1::JOB_STATE_IN_DOUBT);
    EXPECT_EQ(parse_state("fine"), v1::JOB_STATE_UNSPECIFIED);
}

TEST(ClonectlTables, CountsNameOnlyTheStatesThatOccur) {
    v1::StateCounts counts;
    counts.set_succeeded(12);
    counts.set_needs_operator(1);

    EXPECT_EQ(counts_text(counts), "12 succeeded, 1 needs operator");
}

TEST(ClonectlTables, AJobTellsWhyItWaitsAndWhatHappened) {
    v1::Job job;
    job.set_name("batches/u/jobs/k");
    job.mutable_spec()->mutable_restore()->set_name("new-vm");
    job.set_state(v1::JOB_STATE_QUEUED);
    job.set_waiting_reason("the lane is full");
    auto* event = job.add_history();
    event->mutable_time()->set_seconds(0);
    event->set_state(v1::JOB_STATE_QUEUED);
    event->set_attempt(1);
    event->set_detail("refused\nfor capacity");

    const std::string text = job_text(job);

    EXPECT_NE(text.find("VM name:          new-vm\n"), std::string::npos) << text;
    EXPECT_NE(text.find("waits:            the lane is full\n"), std::string::npos) << text;
    EXPECT_NE(text.find("  1970-01-01 00:00:00Z  queued, attempt 1: refused for capacity\n"),
              std::string::npos)
        << text;
}

TEST(ClonectlTables, AJobForTheOperatorNamesTheRemedies) {
    v1::Job job;
    job.set_name("batches/u/jobs/k");
    job.set_state(v1::JOB_STATE_NEEDS_OPERATOR);

    const std::string text = job_text(job);

    for (const auto* remedy : {"clonectl resolve u/k --adopt VM", "clonectl resolve u/k --abandon",
                               "clonectl resolve u/k --look-again"})
        EXPECT_NE(text.find(remedy), std::string::npos) << text;
    job.set_state(v1::JOB_STATE_IN_DOUBT);
    EXPECT_EQ(job_text(job).find("resolve"), std::string::npos);
}

TEST(ClonectlTables, ALaneShowsWhereItsCeilingComesFrom) {
    v1::Lane lane;
    lane.set_name("lanes/3");
    lane.set_ceiling(8);
    lane.set_ceiling_learned(true);
    lane.set_limit(20);
    lane.set_limit_overridden(true);
    lane.set_paused(true);
    lane.set_pause_reason("maintenance");

    const std::string text = lanes_text({lane});

    EXPECT_NE(text.find("8 learned"), std::string::npos) << text;
    EXPECT_NE(text.find("20 set"), std::string::npos) << text;
    EXPECT_NE(text.find("paused: maintenance"), std::string::npos) << text;
}

}  // namespace
}  // namespace cloned::clonectl
