#include "clonectl/status.hpp"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>

namespace cloned::clonectl {
namespace {

TEST(ClonectlStatus, PrintsEveryFieldViolationAndTheRetryDelay) {
    google::rpc::BadRequest bad;
    for (int i = 0; i < 2; ++i) {
        auto* violation = bad.add_field_violations();
        violation->set_field("jobs[" + std::to_string(i) + "].restore.name");
        violation->set_description("is required");
    }
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(3);
    google::rpc::Status details;
    details.add_details()->PackFrom(bad);
    details.add_details()->PackFrom(retry);
    details.add_details()->set_type_url("type.googleapis.com/google.rpc.Unheard");

    const auto lines = lines_of(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "2 mistakes",
                                             details.SerializeAsString()));

    EXPECT_EQ(lines, (std::vector<std::string>{"2 mistakes", "  jobs[0].restore.name: is required",
                                               "  jobs[1].restore.name: is required",
                                               "  try again in 3 s"}));
}

TEST(ClonectlStatus, DetailsThatAreNoneAreLeftOut) {
    const auto lines = lines_of(grpc::Status(grpc::StatusCode::INTERNAL, "broken", "\xff\xff"));

    EXPECT_EQ(lines, std::vector<std::string>{"broken"});
}

TEST(ClonectlStatus, ADaemonThatDoesNotAnswerComesWithARemedy) {
    const auto unreachable =
        grpc::Status(grpc::StatusCode::UNAVAILABLE, "failed to connect to all addresses");
    const auto forbidden = grpc::Status(grpc::StatusCode::UNAVAILABLE,
                                        "Failed to connect to remote host: Permission denied");

    ASSERT_EQ(lines_of(unreachable).size(), 2U);
    EXPECT_NE(lines_of(unreachable)[1].find("systemctl status cloned"), std::string::npos);
    EXPECT_TRUE(is_unreachable(unreachable));
    ASSERT_EQ(lines_of(forbidden).size(), 2U);
    EXPECT_NE(lines_of(forbidden)[1].find("group"), std::string::npos);
    EXPECT_FALSE(is_unreachable(forbidden)) << "waiting does not help";
}

TEST(ClonectlStatus, ExitCodesTellRefusedFromUnreachable) {
    EXPECT_EQ(exit_code_of(grpc::Status::OK), exit_ok);
    EXPECT_EQ(exit_code_of(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "")), exit_refused);
    EXPECT_EQ(exit_code_of(grpc::Status(grpc::StatusCode::NOT_FOUND, "")), exit_refused);
    EXPECT_EQ(exit_code_of(grpc::Status(grpc::StatusCode::UNAVAILABLE, "")), exit_unreachable);
    EXPECT_EQ(exit_code_of(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "")), exit_other);
    EXPECT_EQ(exit_code_of(grpc::Status(grpc::StatusCode::INTERNAL, "")), exit_other);
}

}  // namespace
}  // namespace cloned::clonectl
