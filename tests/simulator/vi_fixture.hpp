#pragma once

#include "tests/simulator/model_client.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cloned::simulator {

inline const std::string sdk = "/sdk/vim25/8.0.3.0/";
inline const std::string customize_target =
    sdk + "VirtualMachineGuestCustomizationManager/GuestCustomizationManager/CustomizeGuest_Task";
inline const std::string retrieve_target =
    sdk + "PropertyCollector/propertyCollector/RetrievePropertiesEx";

inline const std::string login_auth =
    R"({"_typeName":"NamePasswordAuthentication","interactiveSession":false,"username":"root","password":"guest-secret"})";
inline const std::string linux_prep =
    R"({"_typeName":"CustomizationLinuxPrep","hostName":{"_typeName":"CustomizationFixedName","name":"web-1"},"domain":"d"})";

inline std::string spec_with(const std::string& identity) {
    return R"({"identity":)" + identity + R"(,"globalIPSettings":{}})";
}

inline std::string body_with(const std::string& auth,
                             const std::string& spec,
                             const std::string& more = "",
                             const std::string& vm = "vm-42") {
    return R"({"vm":{"type":"VirtualMachine","value":")" + vm + R"("},"auth":)" + auth +
           R"(,"spec":)" + spec + more + "}";
}

// Tests of VI JSON against a vCenter whose VM vm-42 is on, with Tools that run.
class ViTest : public ::testing::Test {
protected:
    ViTest() { power_on("vm-42"); }

    void power_on(const std::string& vm) {
        c.vcenter("POST", "/api/vcenter/vm/" + vm + "/power?action=start");
        c.pass(std::chrono::seconds(1));
    }
    answer customize(const std::string& body) { return c.vcenter("POST", customize_target, body); }
    answer customize() { return customize(body_with(login_auth, spec_with(linux_prep))); }
    static std::string type(const answer& a) {
        return model_client::text(model_client::parse(a), "_typeName");
    }
    static std::string id(const answer& a) {
        return model_client::text(model_client::parse(a), "value");
    }
    boost::json::value info(const std::string& task) {
        return model_client::parse(c.vcenter("GET", sdk + "Task/" + task + "/info"));
    }
    std::string state(const std::string& task) { return model_client::text(info(task), "state"); }
    answer retrieve(const std::string& spec, const std::string& options = "") {
        return c.vcenter("POST", retrieve_target,
                         R"({"specSet":[)" + spec + R"(],"options":{)" + options + "}}");
    }

    model_client c;
};

}  // namespace cloned::simulator
