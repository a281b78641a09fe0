#include "daemon/rpc/transport/status.hpp"

#include "daemon/rpc/api/error_details.hpp"

#include <google/rpc/error_details.pb.h>
#include <grpcpp/support/error_details.h>
#include <gtest/gtest.h>

#include <set>

namespace cloned::rpc {
namespace {

// The detail of that type; the number of such details must be one.
template <class Message>
Message detail_of(const google::rpc::Status& status) {
    Message out;
    int found = 0;
    for (const auto& detail : status.details())
        if (detail.UnpackTo(&out)) ++found;
    EXPECT_EQ(found, 1) << Message::descriptor()->full_name();
    return out;
}

google::rpc::Status parsed(const grpc::Status& status) {
    google::rpc::Status out;
    EXPECT_TRUE(grpc::ExtractErrorDetails(status, &out).ok());
    EXPECT_EQ(out.code(), static_cast<int>(status.error_code()));
    EXPECT_EQ(out.message(), status.error_message());
    return out;
}

problem_list problems_of(std::size_t count, const std::string& words = "is bad") {
    problem_list out;
    for (std::size_t i = 0; i < count; ++i) out.add("jobs[" + std::to_string(i) + "].key", words);
    return out;
}

TEST(Status, OfBadFieldsListsThemInWordsAndInDetails) {
    const auto status = to_status(invalid(problems_of(5)));

    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(status.error_message(),
              "5 problems: jobs[0].key: is bad; jobs[1].key: is bad; jobs[2].key: is bad; "
              "and 2 more");
    const auto details = parsed(status);
    const auto bad = detail_of<google::rpc::BadRequest>(details);
    ASSERT_EQ(bad.field_violations_size(), 5);
    EXPECT_EQ(bad.field_violations(4).field(), "jobs[4].key");
    EXPECT_EQ(bad.field_violations(4).description(), "is bad");
    const auto info = detail_of<google::rpc::ErrorInfo>(details);
    EXPECT_EQ(info.reason(), "INVALID_FIELDS");
    EXPECT_EQ(info.domain(), "cloned");
    EXPECT_EQ(info.metadata().at("problems"), "5");
    EXPECT_EQ(info.metadata().at("listed"), "5");
}

TEST(Status, OfOneBadFieldIsOneSentence) {
    EXPECT_EQ(to_status(invalid("name", "is required")).error_message(), "name: is required");
}

TEST(Status, StaysBelowTheLimitOfTrailersAndTellsWhatItLeavesOut) {
    const auto status = to_status(invalid(problems_of(9000, std::string(290, 'w'))));

    const std::size_t base64 = status.error_details().size() * 4 / 3;
    EXPECT_LT(base64 + 3 * status.error_message().size(), 7U << 10U);
    const auto details = parsed(status);
    const auto bad = detail_of<google::rpc::BadRequest>(details);
    EXPECT_GE(bad.field_violations_size(), 5);
    const auto info = detail_of<google::rpc::ErrorInfo>(details);
    EXPECT_EQ(info.metadata().at("problems"), "9000");
    EXPECT_EQ(info.metadata().at("listed"), std::to_string(bad.field_violations_size()));
}

TEST(Status, OfAMessageInAnyScriptStaysBelowTheLimitAsWell) {
    std::string words;
    for (int i = 0; i < 3000; ++i) words += "語";
    const auto status = to_status(failure(errc::internal, words));

    EXPECT_LT(status.error_details().size() * 4 / 3 + 3 * status.error_message().size(), 7U << 10U);
    parsed(status);
}

TEST(Status, OfAPassingTroubleSaysWhenToTryAgain) {
    const auto status = to_status(failure_from(error(errc::unavailable, "the disk is full")));

    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    const auto retry = detail_of<google::rpc::RetryInfo>(parsed(status));
    EXPECT_EQ(retry.retry_delay().seconds(), 1);
}

TEST(Status, HasACodeForEveryError) {
    const std::pair<errc, grpc::StatusCode> expected[] = {
        {errc::internal, grpc::INTERNAL},
        {errc::invalid_argument, grpc::INVALID_ARGUMENT},
        {errc::not_found, grpc::NOT_FOUND},
        {errc::already_exists, grpc::ALREADY_EXISTS},
        {errc::failed_precondition, grpc::FAILED_PRECONDITION},
        {errc::permission_denied, grpc::PERMISSION_DENIED},
        {errc::unauthenticated, grpc::UNAUTHENTICATED},
        {errc::resource_exhausted, grpc::RESOURCE_EXHAUSTED},
        {errc::unavailable, grpc::UNAVAILABLE},
        {errc::deadline_exceeded, grpc::DEADLINE_EXCEEDED},
        {errc::cancelled, grpc::CANCELLED},
        {errc::aborted, grpc::ABORTED},
        {errc::upstream_failed, grpc::UNKNOWN},
        {errc::protocol_error, grpc::INTERNAL},
        {errc::in_doubt, grpc::UNAVAILABLE},
    };
    for (const auto& [code, status] : expected) {
        const auto made = to_status(failure(code, "words"));
        EXPECT_EQ(made.error_code(), status) << to_string(code);
        const auto info = detail_of<google::rpc::ErrorInfo>(parsed(made));
        EXPECT_EQ(info.domain(), "cloned");
        EXPECT_NE(info.reason(), "");
        EXPECT_EQ(info.reason().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"),
                  std::string::npos);
    }
}

}  // namespace
}  // namespace cloned::rpc
