#include "clonectl/status.hpp"
#include "cloned/v1/error_details.pb.h"

#include <gtest/gtest.h>

namespace cloned::clonectl {
namespace {

void add(v1::RpcStatus& to, const std::string& type, const google::protobuf::Message& detail) {
    auto* any = to.add_details();
    any->set_type_url("type.googleapis.com/google.rpc." + type);
    any->set_value(detail.SerializeAsString());
}

TEST(ClonectlStatus, PrintsEveryFieldViolationAndTheRetryDelay) {
    v1::BadRequest bad;
    for (int i = 0; i < 2; ++i) {
        auto* violation = bad.add_field_violations();
        violation->set_field("jobs[" + std::to_string(i) + "].restore.name");
        violation->set_description("is required");
    }
    v1::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(3);
    v1::RpcStatus details;
    add(details, "BadRequest", bad);
    add(details, "RetryInfo", retry);
    add(details, "Unheard", bad);

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
