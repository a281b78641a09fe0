#include "daemon/rpc/api/convert.hpp"
#include "daemon/rpc/api/validate_guest.hpp"
#include "daemon/rpc/api/vendor_json.hpp"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace cloned::rpc {
namespace {

constexpr auto whole = R"({
  "auth": {"namePassword": {"username": "root", "password": {"credential": "web-root"}}},
  "spec": {
    "identity": {"linuxPrep": {"hostName": {"fixed": {"name": "web-001"}}, "domain": "example.org",
                               "hwClockUTC": true, "scriptText": {"secret": {"credential": "s"}}}},
    "globalIPSettings": {"dnsServerList": ["10.0.0.2"]},
    "nicSettingMap": [{"adapter": {"ip": {"fixed": {"ipAddress": "10.0.1.21"}},
                                   "subnetMask": "255.255.255.0", "gateway": ["10.0.1.1"]}}]
  },
  "configParams": [{"key": "a", "value": {"flag": true}}],
  "waitForGuest": true,
  "bootGrace": "90s",
  "guestTimeout": "1800.500s"
})";

v1::CustomizeGuest message(std::string_view text = whole) {
    v1::CustomizeGuest out;
    const auto read = google::protobuf::util::JsonStringToMessage(std::string(text), &out);
    EXPECT_TRUE(read.ok()) << read.ToString();
    return out;
}

std::vector<field_problem> problems_of(const v1::CustomizeGuest& op,
                                       const std::vector<std::string>* credentials = nullptr) {
    problem_list problems;
    check_guest(op, credentials, field_place(problems));
    return problems.kept();
}

bool mentions(const std::vector<field_problem>& problems, std::string_view field) {
    return std::any_of(problems.begin(), problems.end(),
                       [&](const field_problem& p) { return p.field == field; });
}

// What a client has sent is what it is shown.
TEST(VendorJson, GoesBackToTheMessageThatItCameFrom) {
    v1::JobSpec sent;
    *sent.mutable_customize_guest() = message();
    sent.mutable_customize_guest()->set_vm("vm-1");
    sent.set_after("clone");
    auto request = read_job(sent, 0);

    v1::JobSpec shown;
    write_spec(request, shown);

    EXPECT_EQ(shown.after(), "clone");
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(sent.customize_guest(),
                                                                   shown.customize_guest()))
        << shown.DebugString();
}

TEST(VendorJson, OfNicParamsDoesNotDependOnTheOrderOfTheirMembers) {
    google::protobuf::Struct one;
    google::protobuf::Struct two;
    for (const auto* key : {"b", "a", "c"}) (*one.mutable_fields())[key].set_number_value(1);
    for (const auto* key : {"c", "b", "a"}) (*two.mutable_fields())[key].set_number_value(1);

    EXPECT_EQ(to_sorted_json(one), R"({"a":1,"b":1,"c":1})");
    EXPECT_EQ(to_sorted_json(two), to_sorted_json(one));
}

TEST(ValidateGuest, TakesWhatIsWhole) {
    const std::vector<std::string> credentials{"web-root", "s"};
    EXPECT_TRUE(problems_of(message(), &credentials).empty());
}

TEST(ValidateGuest, ReportsEveryMistakeAtItsPlace) {
    const auto wrong = problems_of(message(R"({
      "auth": {},
      "spec": {"identity": {"linuxPrep": {"hostName": {}}},
               "nicSettingMap": [{"adapter": {"ip": {"fixed": {}}}}, {}]},
      "configParams": [{"key": ""}],
      "bootGrace": "90000s",
      "guestTimeout": "-1s"
    })"));

    for (const auto* field :
         {"auth", "spec.global_ip_settings", "spec.identity.linux_prep.host_name",
          "spec.identity.linux_prep.domain", "spec.nic_setting_map[0].adapter.ip.fixed.ip_address",
          "spec.nic_setting_map[1].adapter", "config_params[0].key", "config_params[0].value",
          "boot_grace", "guest_timeout"})
        EXPECT_TRUE(mentions(wrong, field)) << field;
}

TEST(ValidateGuest, AProductIdMayBeEmptyButNotLeftOut) {
    const std::string windows = R"({
      "auth": {"namePassword": {"username": "a", "password": {"credential": "s"}}},
      "spec": {"identity": {"sysprep": {"guiUnattended": {}, "identification": {},
                                        "guiRunOnce": {"commandList": [COMMANDS]},
                                        "userData": {"fullName": "a", "orgName": "b", PRODUCT
                                                     "computerName": {"unknown": {}}}}},
               "globalIPSettings": {}}
    })";
    const auto with = [&](const std::string& product, const std::string& commands) {
        auto text = windows;
        text.replace(text.find("PRODUCT"), 7, product);
        text.replace(text.find("COMMANDS"), 8, commands);
        return problems_of(message(text));
    };

    EXPECT_TRUE(with(R"("productId": "",)", R"("a.bat")").empty());
    const auto wrong = with("", "");
    EXPECT_TRUE(mentions(wrong, "spec.identity.sysprep.user_data.product_id"));
    EXPECT_TRUE(mentions(wrong, "spec.identity.sysprep.gui_run_once.command_list"));
    EXPECT_EQ(wrong.size(), 2U);
}

TEST(ValidateGuest, WhatTheVendorTakesIsAClosedList) {
    auto job = message();
    auto* adapter = job.mutable_spec()->mutable_nic_setting_map(0)->mutable_adapter();
    adapter->set_net_bios("disableNetBIOS");
    EXPECT_TRUE(problems_of(job).empty());
    adapter->set_net_bios("off");
    job.mutable_spec()->mutable_options()->mutable_win_options()->set_reboot("later");

    const auto wrong = problems_of(job);

    EXPECT_TRUE(mentions(wrong, "spec.nic_setting_map[0].adapter.net_bios"));
    EXPECT_TRUE(mentions(wrong, "spec.options.win_options.reboot"));
}

TEST(ValidateGuest, RefusesACredentialThatIsNotConfigured) {
    const std::vector<std::string> credentials{"s"};

    EXPECT_TRUE(
        mentions(problems_of(message(), &credentials), "auth.name_password.password.credential"));
}

TEST(ValidateGuest, WantsAnAuthenticationAndASpecification) {
    const auto wrong = problems_of(v1::CustomizeGuest());

    EXPECT_TRUE(mentions(wrong, "auth"));
    EXPECT_TRUE(mentions(wrong, "spec"));
}

}  // namespace
}  // namespace cloned::rpc
