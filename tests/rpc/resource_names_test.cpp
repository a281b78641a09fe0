#include "daemon/rpc/api/resource_names.hpp"

#include "daemon/rpc/api/page_token.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>

namespace cloned::rpc {
namespace {

const std::string uid = "0f8fad5b-d9cb-469f-a165-70867728950e";

TEST(Names, AreReadAsTheyAreWritten) {
    EXPECT_EQ(parse_batch(format_batch(uid)), uid);
    EXPECT_EQ(parse_job(format_job(uid, "a.b_c-1")), (job_path{uid, "a.b_c-1"}));
    EXPECT_EQ(parse_lane(format_lane(lane_id{42})), lane_id{42});
    EXPECT_EQ(parse_parent("batches/-"), "");
    EXPECT_EQ(parse_parent(format_batch(uid)), uid);
}

TEST(Names, OfABatchMayHaveItsUuidInUpperCase) {
    EXPECT_EQ(parse_batch("batches/0F8FAD5B-D9CB-469F-A165-70867728950E"), uid);
}

TEST(Names, WithoutTheirFormAreRefused) {
    for (const auto* bad : {"", "batches/", "batches/-", "batches/1", "batch/x",
                            "batches/0f8fad5b-d9cb-469f-a165-70867728950e/",
                            "batches/0f8fad5b-d9cb-469f-a165-70867728950e/jobs/a"})
        EXPECT_FALSE(parse_batch(bad)) << bad;
    const std::string prefix = "batches/" + uid;
    for (const auto& bad :
         {prefix, prefix + "/jobs/", prefix + "/jobs/a/b", prefix + "/jobs/a b", prefix + "/job/a",
          std::string("batches/-/jobs/a"), prefix + "/jobs/" + std::string(64, 'k')})
        EXPECT_FALSE(parse_job(bad)) << bad;
    for (const auto* bad : {"lanes/", "lanes/0", "lanes/-1", "lanes/+1", "lanes/01", "lanes/1x",
                            "lanes/ 1", "lanes/99999999999999999999", "lane/1"})
        EXPECT_FALSE(parse_lane(bad)) << bad;
    EXPECT_FALSE(parse_parent("-"));
}

TEST(PageToken, GivesBackItsPosition) {
    for (const std::int64_t position :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{1} << 40, std::int64_t{INT64_MAX}}) {
        const auto token = make_token(token_purpose::list_jobs, "filter", position);
        EXPECT_EQ(read_token(token, token_purpose::list_jobs, "filter"), position);
    }
}

TEST(PageToken, IsRefusedForAnotherFilterOrPurpose) {
    const auto token = make_token(token_purpose::list_jobs, "filter", 7);
    EXPECT_FALSE(read_token(token, token_purpose::list_jobs, "other"));
    EXPECT_FALSE(read_token(token, token_purpose::list_batches, "filter"));
    EXPECT_FALSE(read_token(token, token_purpose::watch, "filter"));
}

TEST(PageToken, IsRefusedWhenCutOrLengthened) {
    const auto token = make_token(token_purpose::watch, "filter", 7);
    for (std::size_t length = 0; length < token.size(); ++length)
        EXPECT_FALSE(read_token(token.substr(0, length), token_purpose::watch, "filter")) << length;
    EXPECT_FALSE(read_token(token + "A", token_purpose::watch, "filter"));
    EXPECT_FALSE(read_token(std::string(100'000, 'A'), token_purpose::watch, "filter"));
    EXPECT_FALSE(read_token("not base64!", token_purpose::watch, "filter"));
}

TEST(PageToken, IsFitForUrlsAndCommandLines) {
    for (std::int64_t position = 0; position < 300; ++position) {
        const auto token = make_token(token_purpose::watch, "f", position * 7919);
        EXPECT_EQ(token.find_first_of("+/= "), std::string::npos);
    }
}

}  // namespace
}  // namespace cloned::rpc
