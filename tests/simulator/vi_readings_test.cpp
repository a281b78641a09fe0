#include "tests/simulator/vi_fixture.hpp"

#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace cloned::simulator;
using namespace std::chrono_literals;

namespace {

class ViReadings : public ViTest {
protected:
    // The members of CustomizationSysprep, less one of its parts.
    static std::string sysprep(const std::string& user_data, const std::string& more = "") {
        return R"({"_typeName":"CustomizationSysprep","guiUnattended":{"timeZone":85,"autoLogon":false,"autoLogonCount":0},"userData":)" +
               user_data + R"(,"identification":{})" + more + "}";
    }
    static std::string with_nic(const std::string& adapter) {
        return R"({"identity":)" + linux_prep +
               R"(,"globalIPSettings":{},"nicSettingMap":[{"adapter":)" + adapter + "}]}";
    }
    answer newest(const std::string& spec) {
        std::string target = customize_target;
        target.replace(target.find("8.0.3.0"), 7, "9.1.0.0");
        return c.vcenter("POST", target, body_with(login_auth, spec));
    }
    std::uint64_t begun() {
        return c.sim("GET", "ledger")
            .at("customizations")
            .at("accepted")
            .to_number<std::uint64_t>();
    }
    std::string guest_status() {
        const auto value =
            model_client::parse(c.vcenter("GET", sdk + "VirtualMachine/vm-42/guest"));
        const auto* info = value.as_object().if_contains("customizationInfo");
        return info != nullptr ? model_client::text(*info, "customizationStatus") : "";
    }
    static constexpr const char* user_data =
        R"({"fullName":"f","orgName":"o","computerName":{"_typeName":"CustomizationVirtualMachineName"},"productId":""})";
    static constexpr const char* guest_of_42 =
        R"({"propSet":[{"type":"VirtualMachine","pathSet":["guest.customizationInfo","name"]}],"objectSet":[{"obj":{"type":"VirtualMachine","value":"vm-42"}}]})";
};

// Only the status 500 is documented; a host was seen to answer per property.
TEST_F(ViReadings, Reading16NotAuthenticatedMayComePerProperty) {
    c.sim("POST", "vi", R"({"vi_unauthenticated":"missing_set"})");
    EXPECT_EQ(retrieve(guest_of_42).body.find("missingSet"), std::string::npos);
    c.sim("POST", "expire-sessions");

    const answer a = retrieve(guest_of_42);

    EXPECT_EQ(a.status, 200);
    const auto object = model_client::parse(a).at("objects").at(0);
    EXPECT_FALSE(object.as_object().contains("propSet"));
    ASSERT_EQ(object.at("missingSet").as_array().size(), 2U);
    EXPECT_EQ(model_client::text(object.at("missingSet").at(1), "path"), "name");
    EXPECT_EQ(model_client::text(object.at("missingSet").at(1).at("fault"), "_typeName"),
              "NotAuthenticated");
    EXPECT_EQ(customize().status, 500) << "other calls are refused as a whole";
}

TEST_F(ViReadings, Reading16ARuleMakesItComePerPropertyAsWell) {
    c.sim("POST", "vi", R"({"vi_unauthenticated":"missing_set"})");
    c.sim("POST", "rules", R"([{"path":"*/RetrievePropertiesEx","fault":"unauthenticated"}])");

    EXPECT_NE(retrieve(guest_of_42).body.find("missingSet"), std::string::npos);
}

TEST_F(ViReadings, Reading16TheStatusOfNotAuthenticatedIsASetting) {
    c.sim("POST", "expire-sessions");
    for (const auto& [word, status] :
         std::vector<std::pair<std::string, int>>{{"status_500", 500}, {"status_401", 401}}) {
        c.sim("POST", "vi", R"({"vi_unauthenticated":")" + word + "\"}");
        EXPECT_EQ(retrieve(guest_of_42).status, status);
        EXPECT_EQ(type(retrieve(guest_of_42)), "NotAuthenticated");
    }
    const answer a =
        c.call(server_kind::control, "POST", "/_sim/vi", R"({"vi_unauthenticated":"418"})");
    EXPECT_EQ(a.status, 400);
}

// No document says whether a SystemError comes before or after the work.
TEST_F(ViReadings, Reading17ASystemErrorComesBeforeTheWorkOrAfterIt) {
    c.sim("POST", "vi", R"({"vi_system_error":"before"})");
    EXPECT_EQ(type(customize()), "SystemError");
    EXPECT_EQ(begun(), 0U);

    c.sim("POST", "vi", R"({"vi_system_error":"after"})");
    EXPECT_EQ(type(customize()), "SystemError");
    EXPECT_EQ(begun(), 1U);
    c.pass(2s);
    EXPECT_EQ(guest_status(), "TOOLSDEPLOYPKG_SUCCEEDED");
}

TEST_F(ViReadings, Reading17ATaskMayFailAlthoughTheGuestIsCustomized) {
    c.sim("POST", "vi", R"({"vi_system_error":"in_task"})");
    const std::string task = id(customize());
    c.pass(2s);

    EXPECT_EQ(model_client::text(info(task).at("error"), "_typeName"), "SystemError");
    EXPECT_EQ(guest_status(), "TOOLSDEPLOYPKG_SUCCEEDED");
}

TEST_F(ViReadings, Reading17HitsThePartOfTheCallsThatIsSet) {
    c.sim("POST", "vi", R"({"vi_system_error":"before","vi_system_error_share":0.5})");
    int hit = 0;
    for (int i = 0; i < 100; ++i) {
        hit += type(customize()) == "SystemError" ? 1 : 0;
        c.pass(2s);
    }
    EXPECT_GT(hit, 25);
    EXPECT_LT(hit, 75);
}

TEST_F(ViReadings, Reading25RequiredMembersOfACustomizationMustBeThere) {
    const std::string no_key =
        R"({"fullName":"f","orgName":"o","computerName":{"_typeName":"CustomizationVirtualMachineName"}})";
    const std::vector<std::string> lacking{
        spec_with(sysprep(no_key)),
        spec_with(sysprep(user_data, R"(,"guiRunOnce":{})")),
        spec_with(sysprep(user_data, R"(,"licenseFilePrintData":{})")),
        spec_with(R"({"_typeName":"CustomizationCloudinitPrep","userdata":"x"})"),
        spec_with(R"({"_typeName":"CustomizationSysprepText"})"),
        with_nic("{}"),
        with_nic(R"({"ip":{"_typeName":"CustomizationFixedIp"}})"),
    };
    for (const std::string& spec : lacking) {
        EXPECT_EQ(type(newest(spec)), "InvalidRequest") << spec;
    }
    EXPECT_EQ(newest(spec_with(sysprep(user_data))).status, 200);
    c.sim("POST", "vi", R"({"vi_strict_members":false,"customize_allow_overlap":true})");
    for (const std::string& spec : lacking) {
        EXPECT_EQ(newest(spec).status, 200) << spec;
    }
}

TEST_F(ViReadings, Reading26WhatTheNewestReleaseHasIsKnown) {
    c.sim("POST", "vi", R"({"customize_allow_overlap":true})");
    const std::string option = R"([{"key":"k","value":{"_typeName":"string","_value":"v"}}])";
    const std::vector<std::string> fitting{
        R"({"identity":)" + linux_prep + R"(,"globalIPSettings":{},"encryptionKey":"AQI="})",
        spec_with(
            R"({"_typeName":"CustomizationLinuxPrep","hostName":{"_typeName":"CustomizationCustomName","argument":"a"},"domain":"d","resetPassword":true,"password":{"value":"p","plainText":true},"extraConfig":)" +
            option + "}"),
        spec_with(sysprep(user_data,
                          R"(,"scriptText":"s","resetPassword":true,"extraConfig":)" + option)),
        spec_with(
            R"({"_typeName":"CustomizationSysprep","guiUnattended":{"timeZone":85,"autoLogon":false,"autoLogonCount":0},"userData":)" +
            std::string(user_data) + R"(,"identification":{"joinDomain":"d","domainOU":"OU=x"}})"),
        with_nic(
            R"({"ip":{"_typeName":"CustomizationDhcpIpGenerator"},"primary":true,"netBIOS":"disableNetBIOS","ipV6Spec":{"ip":[{"_typeName":"CustomizationCustomIpV6Generator","argument":"a"},{"_typeName":"CustomizationUnknownIpV6Generator"}]}})"),
    };
    for (const std::string& spec : fitting) {
        EXPECT_EQ(newest(spec).status, 200) << newest(spec).body << spec;
    }
    EXPECT_EQ(type(newest(with_nic(
                  R"({"ip":{"_typeName":"CustomizationDhcpIpGenerator"},"netBIOS":"off"})"))),
              "InvalidRequest")
        << "not a word of the enumeration";
    EXPECT_EQ(type(customize(body_with(login_auth, fitting[2]))), "InvalidRequest")
        << "8.0.3 has no script of Sysprep's";
}

TEST_F(ViReadings, Reading27AGuestTellsOfItsCustomizationWhenTheTaskIsForgotten) {
    const std::string task = id(customize());
    c.pass(1h);
    c.log_in();
    ASSERT_EQ(type(c.vcenter("GET", sdk + "Task/" + task + "/info")), "ManagedObjectNotFound");

    const auto told = model_client::parse(retrieve(guest_of_42))
                          .at("objects")
                          .at(0)
                          .at("propSet")
                          .at(0)
                          .at("val");

    EXPECT_EQ(model_client::text(told, "customizationStatus"), "TOOLSDEPLOYPKG_SUCCEEDED");
    EXPECT_EQ(model_client::text(told, "startTime"), "2026-03-02T10:15:02.000Z");
    EXPECT_EQ(model_client::text(told, "endTime"), "2026-03-02T10:15:02.500Z");
    EXPECT_EQ(guest_status(), "TOOLSDEPLOYPKG_SUCCEEDED");
}

TEST_F(ViReadings, Reading27ToolsThatAreTooOldTellNothing) {
    c.sim("POST", "vi", R"({"vi_guest_info":false})");
    customize();
    c.pass(2s);

    EXPECT_EQ(guest_status(), "");
    EXPECT_EQ(retrieve(guest_of_42).body.find("customizationInfo"), std::string::npos);
}

TEST_F(ViReadings, Reading28EndedTasksOfOthersOnTheSameVmAreListed) {
    const std::string first = id(customize());
    c.pass(2s);
    const std::string second = id(customize());
    c.pass(2s);

    for (const std::string& of :
         {sdk + "VirtualMachine/vm-42/recentTask", sdk + "TaskManager/TaskManager/recentTask"}) {
        const std::string listed = c.vcenter("GET", of).body;
        EXPECT_NE(listed.find('"' + first + '"'), std::string::npos) << listed;
        EXPECT_NE(listed.find('"' + second + '"'), std::string::npos) << listed;
    }
    EXPECT_EQ(model_client::text(info(first).at("entity"), "value"), "vm-42");
    EXPECT_EQ(state(first), "success");
}

}  // namespace
