#include "backends/http/json_reader.hpp"
#include "backends/zstack/access_key.hpp"
#include "backends/zstack/node_time.hpp"
#include "backends/zstack/requests.hpp"
#include "backends/zstack/task_name.hpp"
#include "tests/backends/fake_client.hpp"

#include <gtest/gtest.h>

namespace cloned::backends::zstack {
namespace {

using namespace std::chrono_literals;
using cloned::testing::answer;
using cloned::testing::fake_client;

constexpr const char* source = "5f2c9a7e1d3b4c6f8a90b1c2d3e4f506";
constexpr const char* uuid = "4d89929b96374b318af338577e77faec";

zstack_clone_spec whole_spec() {
    zstack_clone_spec out;
    out.vm_instance = source;
    out.strategy = "CreateStopped";
    out.full = false;
    out.primary_storage_for_root_volume = "c2a27c5268493a5cba84b94e37b86b4d";
    out.primary_storage_for_data_volume = "d2a27c5268493a5cba84b94e37b86b4d";
    out.root_volume_system_tags = {"volumeProvisioningStrategy::ThinProvisioning", "a::b"};
    out.data_volume_system_tags = {"c::d"};
    out.cluster = "1a82b64867b949e483598cee2b9b856c";
    out.host = "70c0f5223d083dfea2f1a02f69906306";
    out.vm_nic_params = R"([{"l3NetworkUuid":"2ac5","ip":"10.0.0.9","isDefaultNic":true}])";
    out.system_tags = {"volume::fastCreate"};
    out.user_tags = {"night \"shift\""};
    return out;
}

wall_time wall(int year, unsigned month, unsigned day, std::chrono::seconds of_day) {
    return wall_time(std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) /
                                           std::chrono::day(day)) +
                     of_day);
}

TEST(ZstackRequest, NicParametersThatAreNoArrayAreNotSplicedIn) {
    for (const auto* text : {"{}", "[1],\"userTags\":[", "[", "[]]", "[] []", "\"x\"", "1"}) {
        auto spec = whole_spec();
        spec.vm_nic_params = text;

        const auto made = clone_request(spec, {"web-01"}, uuid);

        ASSERT_FALSE(made) << text;
        EXPECT_EQ(made.error().code(), errc::invalid_argument);
        EXPECT_EQ(made.error().message(), "vmNicParams is no JSON array");
    }
}

TEST(ZstackRequest, NicParametersAreWrittenAsTheBuildTakesThem) {
    const auto as_list = clone_request(whole_spec(), {"web-01"}, uuid, nic_form::list)->body;
    const auto as_text = clone_request(whole_spec(), {"web-01"}, uuid, nic_form::text)->body;

    EXPECT_NE(as_list.find(R"("vmNicParams":[{"l3NetworkUuid":"2ac5","ip":"10.0.0.9",)"),
              std::string::npos)
        << as_list;
    EXPECT_NE(as_text.find(R"("vmNicParams":"[{\"l3NetworkUuid\":\"2ac5\",\"ip\":\"10.0.0.9\",)"),
              std::string::npos)
        << as_text;
}

TEST(ZstackRequest, ASourceIdCannotLeaveItsSegment) {
    auto spec = whole_spec();
    spec.vm_instance = "../x?y";

    EXPECT_EQ(clone_request(spec, {"web-01"}, uuid)->target,
              "/zstack/v1/vm-instances/..%2Fx%3Fy/actions");
}

TEST(ZstackRequest, NamesByWhichAVmCouldNotBeFoundAgainAreRefused) {
    for (const auto* name :
         {"", " web", "web ", "web\u00a0", "\u3000web", "a=b", "a>=b", "a~=b", "a\nb", "a\x7f"})
        EXPECT_NE(name_problem(name), "") << name;
    EXPECT_NE(name_problem(std::string(256, 'x')), "");
    for (const auto* name : {"web-01", "a b", "a>b", "虚拟机", "a/b", "a%b"})
        EXPECT_EQ(name_problem(name), "") << name;
}

TEST(ZstackRequest, ALoginSendsTheDigestAndNotThePassword) {
    EXPECT_EQ(login_body("admin", "abc"),
              R"({"logInByAccount":{"accountName":"admin","password":")"
              "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
              "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
              R"("}})");
}

TEST(ZstackRequest, TheSessionIsTheInventorysUuid) {
    const auto told = read_login(answer(
        200, R"({"inventory":{"uuid":"093d22e300fc4574bff71b405f55ebf9","accountUuid":"36c2"}})"));

    EXPECT_EQ(*told, "093d22e300fc4574bff71b405f55ebf9");
    EXPECT_EQ(session_header(*told), "OAuth 093d22e300fc4574bff71b405f55ebf9");
    EXPECT_EQ(logout(*told).target,
              "/zstack/v1/accounts/sessions/093d22e300fc4574bff71b405f55ebf9");
}

TEST(ZstackAccessKey, TheSignatureLeavesOutContextPathAndQuery) {
    for (const auto* query : {"", "?limit=1"})
        EXPECT_EQ(signed_authorization(
                      "composedKeyId", "composedSecretKey0123456789abcdefghij", "PUT",
                      "Fri, 13 Feb 2026 09:15:00 GMT",
                      std::string("/zstack/v1/vm-instances/") + source + "/actions" + query),
                  "ZStack composedKeyId:dcZ5frD+SXsfNvQ1n6Poy9DsAJg=");
}

TEST(ZstackNodeTime, TheDateIsTheNodesWallClock) {
    const auto now = wall(2026, 2, 13, 9h + 15min);

    EXPECT_EQ(date_header(now, 0min), "Fri, 13 Feb 2026 09:15:00 GMT");
    EXPECT_EQ(date_header(now, 480min), "Fri, 13 Feb 2026 17:15:00 GMT+08:00");
    EXPECT_EQ(date_header(now, -570min), "Thu, 12 Feb 2026 23:45:00 GMT-09:30");
}

TEST(ZstackNodeTime, DatesOfTheApiAreReadInTheNodesZone) {
    EXPECT_EQ(read_node_time("Feb 13, 2026 9:16:02 AM", 0min), wall(2026, 2, 13, 9h + 16min + 2s));
    EXPECT_EQ(read_node_time("Feb 13, 2026 9:16:02 PM", 480min),
              wall(2026, 2, 13, 13h + 16min + 2s));
    EXPECT_EQ(read_node_time("Nov 14, 2017 12:00:01 AM", 0min), wall(2017, 11, 14, 1s));
    EXPECT_EQ(read_node_time("Nov 14, 2017 12:00:01 PM", 0min), wall(2017, 11, 14, 12h + 1s));
    EXPECT_EQ(read_node_time("Nov 14, 2017, 9:00:01\u202fAM", 0min), wall(2017, 11, 14, 9h + 1s));
}

TEST(ZstackNodeTime, WhatIsNoDateIsNotTakenForOne) {
    for (const auto* text :
         {"", "yesterday", "Feb 30, 2026 9:16:02 AM", "Fev 13, 2026 9:16:02 AM",
          "Feb 13, 2026 13:16:02 AM", "Feb 13, 2026 9:61:02 AM", "Feb 13, 2026 9:16:02 XM",
          "Feb 13, 2026 9:16:02", "2026-02-13T09:16:02Z", "Feb 13, 99999999999 9:16:02 AM"})
        EXPECT_FALSE(read_node_time(text, 0min)) << text;
}

TEST(ZstackTaskName, IsTheUuidAndTheNameBehindTheFirstSlash) {
    const auto both = task_name::from(std::string(uuid) + "/a/b");
    EXPECT_EQ(both.uuid, uuid);
    EXPECT_EQ(both.name, "a/b");
    EXPECT_EQ(both.text(), std::string(uuid) + "/a/b");

    const auto bare = task_name::from(uuid);
    EXPECT_EQ(bare.uuid, uuid);
    EXPECT_EQ(bare.name, "");

    for (const auto* other : {"", "task-1", "4D89929B96374B318AF338577E77FAEC",
                              "4d89929b96374b318af338577e77faecx", "4d89929b/web"})
        EXPECT_EQ(task_name::from(other).uuid, "") << other;
}

}  // namespace
}  // namespace cloned::backends::zstack
