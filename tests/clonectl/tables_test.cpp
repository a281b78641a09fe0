#include "clonectl/tables.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace cloned::clonectl {
namespace {

v1::Job job_of(const std::string& key, const std::string& vm_name, v1::JobState state) {
    v1::Job job;
    job.set_name("batches/0c5b8f0e-5d0b-4a55-9e8c-0a4a2f6b4b11/jobs/" + key);
    job.mutable_spec()->mutable_linked_clone()->set_name(vm_name);
    job.set_state(state);
    job.set_vm("vm-100001");
    return job;
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

    EXPECT_NE(text.find("VM name:    new-vm\n"), std::string::npos) << text;
    EXPECT_NE(text.find("waits:      the lane is full\n"), std::string::npos) << text;
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

TEST(ClonectlTables, ABatchThatWaitsForAnOperatorSaysWhereToLook) {
    v1::Batch batch;
    batch.set_name("batches/u");
    batch.mutable_counts()->set_needs_operator(2);

    EXPECT_NE(batch_text(batch).find("clonectl list jobs u --state needs-operator"),
              std::string::npos);
}

TEST(ClonectlTables, TheJobsOfOneBatchAreListedByTheirKeys) {
    const auto job = job_of("web-1", "web-1", v1::JOB_STATE_QUEUED);

    EXPECT_NE(jobs_text({job}).find("\n0c5b8f0e-5d0b-4a55-9e8c-0a4a2f6b4b11/web-1  "),
              std::string::npos);
    EXPECT_NE(jobs_of_batch_text({job}).find("\nweb-1  "), std::string::npos);
}

TEST(ClonectlTables, FitsIntoEightyColumns) {
    auto job = job_of("web-0042", "a-rather-long-name-of-a-vm", v1::JOB_STATE_FAILED);
    job.mutable_error()->set_message(std::string(200, 'x'));
    v1::Batch batch;
    batch.set_name("batches/0c5b8f0e-5d0b-4a55-9e8c-0a4a2f6b4b11");
    batch.set_display_name("the web servers of the new site");
    batch.mutable_counts()->set_succeeded(4000);
    batch.mutable_counts()->set_failed(17);
    v1::Lane lane;
    lane.set_name("lanes/3");
    lane.set_endpoint("vcenter-frankfurt");
    lane.set_cluster("domain-c8");
    lane.set_kind("customize_guest");
    lane.set_ceiling(100);
    lane.set_ceiling_learned(true);
    lane.set_limit(200);
    lane.set_paused(true);
    lane.set_pause_reason("maintenance of the storage until six");
    v1::Endpoint endpoint;
    endpoint.set_name("endpoints/vcenter-frankfurt");
    endpoint.set_kind("snapservice");
    endpoint.set_address("https://vcenter.frankfurt.example.com");
    endpoint.set_trouble("the certificate has expired, and that a good while ago");

    for (const std::string& text : {jobs_text({job}, 80), jobs_of_batch_text({job}, 80),
                                    lanes_text({lane}, 80), endpoints_text({endpoint}, 80)}) {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << text;
    }
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
