#include "tests/simulator/vi_fixture.hpp"

#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace cloned::simulator;
using namespace std::chrono_literals;

namespace {

class Vi : public ViTest {};

struct mistake {
    std::string auth;
    std::string spec;
    std::string more;
    const char* type;
};

TEST_F(Vi, CustomizationSpecsAreCheckedMemberByMember) {
    const std::string spec = spec_with(linux_prep);
    const std::vector<mistake> table{
        {R"({"interactiveSession":false,"username":"root","password":"x"})", spec, "",
         "InvalidRequest"},
        {R"({"_typeName":"GuestAuthentication","interactiveSession":false})", spec, "",
         "InvalidType"},
        {R"({"_typeName":"CustomizationSpec","interactiveSession":false})", spec, "",
         "InvalidType"},
        {R"({"_typeName":"NamePasswordAuthentication","username":"root","password":"x"})", spec, "",
         "InvalidRequest"},
        {R"({"_typeName":"NamePasswordAuthentication","interactiveSession":"no","username":"root","password":"x"})",
         spec, "", "InvalidRequest"},
        {"[]", spec, "", "InvalidRequest"},
        {login_auth, R"({"identity":)" + linux_prep + "}", "", "InvalidRequest"},
        {login_auth,
         spec_with(
             R"({"hostName":{"_typeName":"CustomizationFixedName","name":"w"},"domain":"d"})"),
         "", "InvalidRequest"},
        {login_auth,
         spec_with(
             R"({"_typeName":"CustomizationLinuxPrep","hostName":{"name":"w"},"domain":"d"})"),
         "", "InvalidRequest"},
        {login_auth,
         spec_with(
             R"({"_typeName":"CustomizationLinuxPrep","hostName":{"_typeName":"CustomizationFixedName"},"domain":"d"})"),
         "", "InvalidRequest"},
        {login_auth,
         spec_with(
             R"({"_typeName":"CustomizationLinuxPrep","hostName":{"_typeName":"CustomizationFixedName","name":"w"}})"),
         "", "InvalidRequest"},
        {login_auth,
         spec_with(
             R"({"_typeName":"CustomizationLinuxPrep","hostName":{"_typeName":"CustomizationFixedName","name":"w"},"domain":"d","color":"red"})"),
         "", "InvalidRequest"},
        {login_auth, spec_with(R"({"_typeName":"CustomizationMacPrep","domain":"d"})"), "",
         "InvalidType"},
        {login_auth,
         spec_with(
             R"({"_typeName":"CustomizationLinuxPrep","hostName":{"_typeName":"CustomizationFixedName","name":"w"},"domain":"d","resetPassword":true})"),
         "", "InvalidRequest"},
        {login_auth, spec, R"(,"configParams":{})", "InvalidRequest"},
        {login_auth, spec, R"(,"configParams":[{"key":"k","value":"bare"}])", "InvalidRequest"},
        {login_auth, spec,
         R"(,"configParams":[{"key":"k","value":{"_typeName":"int","_value":"7"}}])",
         "InvalidRequest"},
        {login_auth, spec, R"(,"more":1)", "InvalidRequest"},
        {login_auth, spec, R"(,"_typeName":"CloneVMRequestType")", "InvalidType"},
    };
    for (const auto& [auth, given, more, wanted] : table) {
        const answer a = customize(body_with(auth, given, more));
        EXPECT_EQ(a.status, 500) << auth << given << more;
        EXPECT_EQ(type(a), wanted) << auth << given << more;
    }
    EXPECT_EQ(type(customize("")), "InvalidRequest");
    EXPECT_EQ(type(customize("{")), "InvalidRequest");
}

TEST_F(Vi, WhatALaterReleaseBroughtIsKnownThere) {
    const std::string body = body_with(
        login_auth,
        spec_with(
            R"({"_typeName":"CustomizationLinuxPrep","hostName":{"_typeName":"CustomizationFixedName","name":"w"},"domain":"d","resetPassword":true})"));
    std::string target = customize_target;
    target.replace(target.find("8.0.3.0"), 7, "9.1.0.0");

    EXPECT_EQ(c.vcenter("POST", target, body).status, 200);
}

TEST_F(Vi, AReleaseThatIsNotServedIsNotFound) {
    EXPECT_EQ(c.vcenter("GET", "/sdk/vim25/7.0.0.0/ServiceInstance/ServiceInstance/content").status,
              404);
}

TEST_F(Vi, TheStateOfTheVmDecidesFirst) {
    const std::string ok = spec_with(linux_prep);
    EXPECT_EQ(type(customize(body_with(login_auth, ok, "", "vm-43"))), "InvalidPowerState");
    c.vcenter("POST", "/api/vcenter/vm/vm-43/power?action=start");
    EXPECT_EQ(type(customize(body_with(login_auth, ok, "", "vm-43"))), "InvalidState");
    c.pass(1s);
    EXPECT_EQ(customize(body_with(login_auth, ok, "", "vm-43")).status, 200);
    EXPECT_EQ(type(customize(body_with(login_auth, ok, "", "vm-43"))), "TaskInProgress");
    c.pass(1s);
    EXPECT_EQ(type(customize(body_with(login_auth, ok, "", "vm-43"))), "CustomizationPending");
    EXPECT_EQ(type(customize(body_with(login_auth, ok, "", "vm-77"))), "ManagedObjectNotFound");
}

TEST_F(Vi, AWrongGuestPasswordIsRefused) {
    const std::string wrong =
        R"({"_typeName":"NamePasswordAuthentication","interactiveSession":false,"username":"root","password":"x"})";

    EXPECT_EQ(type(customize(body_with(wrong, spec_with(linux_prep)))), "InvalidGuestLogin");
}

TEST_F(Vi, TheNumberOfAdaptersMustFit) {
    const std::string adapter =
        R"({"adapter":{"ip":{"_typeName":"CustomizationDhcpIpGenerator"}}})";
    const auto with = [&](const std::string& map) {
        return body_with(login_auth, R"({"identity":)" + linux_prep +
                                         R"(,"globalIPSettings":{},"nicSettingMap":[)" + map +
                                         "]}");
    };

    EXPECT_EQ(type(customize(with(adapter + "," + adapter))), "NicSettingMismatch");
    EXPECT_EQ(customize(with(adapter)).status, 200);
}

TEST_F(Vi, EveryCallButTheOpenOnesNeedsASession) {
    const std::string token = std::exchange(c.token, "");
    for (const char* open : {"ServiceInstance/ServiceInstance/content",
                             "SessionManager/SessionManager/currentSession"}) {
        EXPECT_EQ(c.vcenter("GET", sdk + open).status, 200) << open;
    }
    EXPECT_EQ(type(customize()), "NotAuthenticated");
    EXPECT_EQ(type(retrieve("")), "NotAuthenticated");
    EXPECT_EQ(type(c.vcenter("GET", sdk + "Task/task-1/info")), "NotAuthenticated");
    EXPECT_EQ(type(c.vcenter("POST", sdk + "ServiceInstance/ServiceInstance/CurrentTime")),
              "NotAuthenticated");
}

TEST_F(Vi, ALoginAnswersItsTokenInAHeaderOnly) {
    const std::string target = sdk + "SessionManager/SessionManager/Login";
    const std::string good = R"({"userName":"svc@vsphere.local","password":"secret"})";
    EXPECT_EQ(type(c.vcenter("POST", target, good)), "InvalidLogin");
    c.token.clear();
    EXPECT_EQ(type(c.vcenter("POST", target, R"({"userName":"svc@vsphere.local","password":"x"})")),
              "InvalidLogin");

    const answer a = c.vcenter("POST", target, good);

    const std::string token(a.header("vmware-api-session-id"));
    ASSERT_FALSE(token.empty());
    EXPECT_EQ(a.body.find(token), std::string::npos);
    c.token = token;
    EXPECT_EQ(customize().status, 200);
    EXPECT_EQ(c.vcenter("POST", sdk + "SessionManager/SessionManager/Logout").body, "");
    EXPECT_EQ(type(customize()), "NotAuthenticated");
}

TEST_F(Vi, SessionsAreSharedUnlessTheyAreNot) {
    EXPECT_EQ(customize().status, 200);
    c.sim("POST", "vi", R"({"vi_shared_sessions":false})");
    EXPECT_EQ(type(customize()), "NotAuthenticated");
}

TEST_F(Vi, HelloChoosesTheFirstReleaseThatIsServed) {
    c.token.clear();
    const std::string target = "/api/vcenter/system?action=hello";

    EXPECT_EQ(
        c.vcenter("POST", target, R"({"api_releases":["99.0.0.0","8.0.3.0","8.0.2.0"]})").body,
        R"({"api_release":"8.0.3.0"})");
    EXPECT_EQ(c.vcenter("POST", target, R"({"api_releases":["99.0.0.0"]})").body,
              R"({"api_release":""})");
}

TEST_F(Vi, ATaskGoesThroughItsStates) {
    c.sim("POST", "vi", R"({"customize_limit":1})");
    power_on("vm-43");
    const std::string first = id(customize());
    const std::string second =
        id(customize(body_with(login_auth, spec_with(linux_prep), "", "vm-43")));

    EXPECT_EQ(state(first), "running");
    EXPECT_EQ(state(second), "queued");
    c.pass(1s);
    EXPECT_EQ(state(first), "success");
    EXPECT_EQ(state(second), "running");
    c.pass(1s);
    EXPECT_EQ(state(second), "success");
    const auto book = c.sim("GET", "ledger").at("customizations");
    EXPECT_EQ(book.at("peak").as_int64(), 2);
    EXPECT_EQ(book.at("peak_running").as_int64(), 1);
}

TEST_F(Vi, AFinishedTaskIsForgottenAfterTenMinutes) {
    const std::string task = id(customize());
    c.pass(1s);
    EXPECT_EQ(state(task), "success");
    c.pass(601s);

    EXPECT_EQ(type(c.vcenter("GET", sdk + "Task/" + task + "/info")), "ManagedObjectNotFound");
}

TEST_F(Vi, OneMissingObjectSpoilsTheReadUnlessItMayBeMissing) {
    const std::string sets =
        R"("propSet":[{"type":"VirtualMachine","pathSet":["name"]}],"objectSet":[{"obj":{"type":"VirtualMachine","value":"vm-42"}},{"obj":{"type":"VirtualMachine","value":"vm-77"}}])";

    EXPECT_EQ(type(retrieve("{" + sets + "}")), "ManagedObjectNotFound");
    const answer a = retrieve(R"({"reportMissingObjectsInResults":true,)" + sets + "}");
    EXPECT_EQ(a.status, 200);
    EXPECT_EQ(model_client::parse(a).at("objects").as_array().size(), 1U);
}

TEST_F(Vi, APropertyThatNobodyKnowsIsRefused) {
    EXPECT_EQ(
        type(retrieve(
            R"({"propSet":[{"type":"VirtualMachine","pathSet":["colour"]}],"objectSet":[{"obj":{"type":"VirtualMachine","value":"vm-42"}}]})")),
        "InvalidProperty");
}

TEST_F(Vi, OptionsOfARetrievalAreRequired) {
    EXPECT_EQ(type(c.vcenter("POST", retrieve_target, R"({"specSet":[]})")), "InvalidRequest");
}

TEST_F(Vi, ValuesOfNoDeclaredTypeAreBoxed) {
    const answer a = retrieve(
        R"({"propSet":[{"type":"VirtualMachine","pathSet":["runtime.powerState"]}],"objectSet":[{"obj":{"type":"VirtualMachine","value":"vm-42"}}]})");

    EXPECT_NE(a.body.find(R"({"_typeName":"VirtualMachinePowerState","_value":"poweredOn"})"),
              std::string::npos)
        << a.body;
}

TEST_F(Vi, PagesAreToldOneAfterTheOther) {
    const std::string all =
        R"({"propSet":[{"type":"VirtualMachine","pathSet":["name"]}],"objectSet":[{"obj":{"type":"Folder","value":"group-v3"},"skip":true,"selectSet":[{"_typeName":"TraversalSpec","type":"Folder","path":"childEntity"}]}]})";
    const auto first = model_client::parse(retrieve(all, R"("maxObjects":3)"));
    const std::string token = model_client::text(first, "token");
    const auto second = model_client::parse(
        c.vcenter("POST", sdk + "PropertyCollector/propertyCollector/ContinueRetrievePropertiesEx",
                  R"({"token":")" + token + R"("})"));

    EXPECT_EQ(first.at("objects").as_array().size(), 3U);
    EXPECT_EQ(second.at("objects").as_array().size(), 1U);
    EXPECT_EQ(model_client::text(second, "token"), "");
}

TEST_F(Vi, AWatchTellsWhatHasChangedOnly) {
    const std::string task = id(customize());
    const std::string pc =
        id(c.vcenter("POST", sdk + "PropertyCollector/propertyCollector/CreatePropertyCollector"));
    const std::string at = sdk + "PropertyCollector/" + pc + "/";
    c.vcenter(
        "POST", at + "CreateFilter",
        R"({"partialUpdates":false,"spec":{"propSet":[{"type":"Task","pathSet":["info.state"]}],"objectSet":[{"obj":{"type":"Task","value":")" +
            task + R"("}}]}})");

    const auto first =
        model_client::parse(c.vcenter("POST", at + "WaitForUpdatesEx", R"({"version":""})"));
    const std::string seen = R"({"version":")" + model_client::text(first, "version") + R"("})";
    const answer nothing = c.vcenter("POST", at + "WaitForUpdatesEx", seen);
    c.pass(1s);
    const answer changed = c.vcenter("POST", at + "WaitForUpdatesEx", seen);

    EXPECT_NE(boost::json::serialize(first).find("running"), std::string::npos);
    EXPECT_EQ(nothing.body, "");
    EXPECT_NE(changed.body.find("success"), std::string::npos);
    EXPECT_EQ(type(c.vcenter("POST", at + "WaitForUpdatesEx", R"({"version":"77"})")),
              "InvalidCollectorVersion");
    c.vcenter("POST", at + "DestroyPropertyCollector");
    EXPECT_EQ(type(c.vcenter("POST", at + "WaitForUpdatesEx", seen)), "ManagedObjectNotFound");
}

TEST_F(Vi, ACloneWithATakenNameFailsInItsTaskAndNamesWhoHasIt) {
    const std::string body =
        R"({"folder":{"type":"Folder","value":"group-v3"},"name":"template-43","spec":{"location":{},"template":false,"powerOn":false}})";
    const std::string task = id(c.vcenter("POST", sdk + "VirtualMachine/vm-42/CloneVM_Task", body));
    c.pass(2s);

    const auto error = info(task).at("error");
    EXPECT_EQ(model_client::text(error, "_typeName"), "DuplicateName");
    EXPECT_EQ(model_client::text(error.at("object"), "value"), "vm-43");
}

TEST_F(Vi, ACloneIsSeenByBothSidesUnderItsOwnId) {
    const std::string body =
        R"({"folder":{"type":"Folder","value":"group-v3"},"name":"new-1","spec":{"location":{},"template":false,"powerOn":true}})";
    const std::string task = id(c.vcenter("POST", sdk + "VirtualMachine/vm-42/CloneVM_Task", body));
    c.pass(2s);

    const std::string vm = model_client::text(info(task).at("result"), "value");
    EXPECT_NE(c.vcenter("GET", "/api/vcenter/vm?names=new-1").body.find('"' + vm + '"'),
              std::string::npos);
    EXPECT_EQ(customize(body_with(login_auth, spec_with(linux_prep), "", vm)).status, 200);
    EXPECT_EQ(c.lane("clone").at("succeeded").as_int64(), 1);
}

TEST_F(Vi, AnOverlapIsAViolationWhereItIsAllowed) {
    c.sim("POST", "vi", R"({"customize_allow_overlap":true})");
    customize();
    customize();

    const auto ledger = c.sim("GET", "ledger");
    EXPECT_EQ(ledger.at("violations").as_int64(), 1);
    const auto vm = ledger.at("customizations").at("vms").as_array()[0];
    EXPECT_EQ(vm.at("begun").as_int64(), 2);
    EXPECT_EQ(vm.at("overlapping").as_int64(), 1);
    EXPECT_EQ(model_client::text(vm, "host_name"), "web-1");
}

TEST_F(Vi, RulesSpeakItsWords) {
    c.sim(
        "POST", "rules",
        R"([{"path":"*/CustomizeGuest_Task","fault":"status","status":500,"error_type":"HostNotConnected","max":1},)"
        R"({"path":"*/CustomizeGuest_Task","fault":"unauthenticated","max":1},)"
        R"({"path":"*/CustomizeGuest_Task","object":"vm-42","fault":"task_fail","error_type":"UncustomizableGuest"}])");

    EXPECT_EQ(type(customize()), "HostNotConnected");
    EXPECT_EQ(type(customize()), "NotAuthenticated");
    const std::string task = id(customize());
    c.pass(1s);
    EXPECT_EQ(model_client::text(info(task).at("error"), "_typeName"), "UncustomizableGuest");
}

}  // namespace
