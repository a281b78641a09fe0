#include "tests/rpc/served.hpp"

#include <gtest/gtest.h>

namespace cloned::rpc::test {
namespace {

using verdict = scheduler::resolution::verdict;

// A server with a batch of linked clones of vm-42, of which the first job needs an operator.
class ResolveJob : public ::testing::Test {
protected:
    ResolveJob() {
        v1::SubmitBatchResponse accepted;
        const auto context = patient();
        const auto done = server.jobs()->SubmitBatch(context.get(), good_batch(2), &accepted);
        EXPECT_TRUE(done.ok()) << done.error_message();
        batch = accepted.batch().name();
        server.move_job(batch, "job-1", job_state::needs_operator);
    }

    v1::ResolveJobRequest about(const std::string& key = "job-1") const {
        v1::ResolveJobRequest request;
        request.set_name(batch + "/jobs/" + key);
        return request;
    }
    grpc::Status say(const v1::ResolveJobRequest& request, const std::string& tenant = "") {
        const auto context = patient(tenant);
        v1::Job job;
        return server.jobs()->ResolveJob(context.get(), request, &job);
    }
    std::vector<std::pair<job_id, scheduler::resolution>> heard() {
        return server.on_loop([&] { return server.control.resolved; });
    }
    void expect_wrong(const v1::ResolveJobRequest& request, const std::string& field) {
        const auto status = say(request);
        EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT) << field;
        EXPECT_NE(status.error_message().find(field), std::string::npos) << status.error_message();
        EXPECT_TRUE(heard().empty());
    }

    served server;
    std::string batch;
};

TEST_F(ResolveJob, HandsEachOfTheThreeWordsOn) {
    auto adopt = about();
    adopt.mutable_adopt()->set_vm("vm-77");
    auto abandon = about();
    abandon.mutable_abandon()->set_reason("not wanted");
    auto again = about();
    again.mutable_look_again();

    EXPECT_TRUE(say(adopt).ok());
    EXPECT_TRUE(say(abandon).ok());
    EXPECT_TRUE(say(again).ok());

    const auto words = heard();
    ASSERT_EQ(words.size(), 3U);
    EXPECT_EQ(words[0].second.what, verdict::adopt);
    EXPECT_EQ(words[0].second.vm, "vm-77");
    EXPECT_EQ(words[1].second.what, verdict::abandon);
    EXPECT_EQ(words[1].second.reason, "not wanted");
    EXPECT_EQ(words[2].second.what, verdict::look_again);
}

TEST_F(ResolveJob, NamesTheFieldThatIsWrong) {
    expect_wrong(about(), "resolution");
    auto nothing = about();
    nothing.mutable_adopt();
    expect_wrong(nothing, "adopt.vm");
    auto blank = about();
    blank.mutable_adopt()->set_vm("vm 1");
    expect_wrong(blank, "adopt.vm");
    auto wordy = about();
    wordy.mutable_abandon()->set_reason(std::string(201, 'x'));
    expect_wrong(wordy, "abandon.reason");
    auto nowhere = about();
    nowhere.set_name("batches/x");
    nowhere.mutable_look_again();
    expect_wrong(nowhere, "name");
}

// The slip of the hand that the operator would regret.
TEST_F(ResolveJob, TheSourceIsNotAdoptedAsTheClone) {
    v1::GetJobRequest get;
    get.set_name(batch + "/jobs/job-1");
    v1::Job job;
    const auto context = patient();
    ASSERT_TRUE(server.jobs()->GetJob(context.get(), get, &job).ok());
    auto request = about();
    request.mutable_adopt()->set_vm(job.spec().linked_clone().vm());

    expect_wrong(request, "adopt.vm");
}

TEST_F(ResolveJob, AnotherTenantsJobIsUnknown) {
    auto request = about();
    request.mutable_look_again();

    EXPECT_EQ(say(request, "blue").error_code(), grpc::NOT_FOUND);
    EXPECT_EQ(say([&] {
                  auto other = request;
                  other.set_name(batch + "/jobs/none");
                  return other;
              }())
                  .error_code(),
              grpc::NOT_FOUND);
    EXPECT_TRUE(heard().empty());
}

}  // namespace
}  // namespace cloned::rpc::test
