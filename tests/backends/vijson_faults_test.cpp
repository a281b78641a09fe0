#include "backends/vijson/faults.hpp"
#include "tests/backends/fake_client.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace cloned::testing {
namespace {

using namespace cloned::backends;
using namespace cloned::backends::vijson;

fault of_body(std::string body, int status = 500) {
    return read_fault(answer(status, std::move(body)));
}

fault of_type(const std::string& type) {
    return of_body(R"({"_typeName":")" + type + R"("})");
}

TEST(VijsonFaults, EachTypeHasItsVerdict) {
    const std::vector<std::pair<const char*, verdict>> table{
        {"TaskInProgress", verdict::busy},
        {"ConcurrentAccess", verdict::busy},
        {"CustomizationPending", verdict::busy},
        {"InvalidPowerState", verdict::not_ready},
        {"InvalidState", verdict::not_ready},
        {"ToolsUnavailable", verdict::not_ready},
        {"GuestOperationsUnavailable", verdict::not_ready},
        {"InvalidGuestLogin", verdict::not_ready},
        {"GuestPermissionDenied", verdict::final},
        {"CustomizationFault", verdict::final},
        {"NicSettingMismatch", verdict::final},
        {"UncustomizableGuest", verdict::final},
        {"LinuxVolumeNotClean", verdict::final},
        {"MissingLinuxCustResources", verdict::final},
        {"NoPermission", verdict::final},
        {"InvalidArgument", verdict::final},
        {"InvalidRequest", verdict::final},
        {"NotSupported", verdict::final},
        {"ManagedObjectNotFound", verdict::final},
        {"InsufficientResourcesFault", verdict::later},
        {"MethodDisabled", verdict::later},
        {"TooManyGuestLogons", verdict::busy},
        {"VAppOperationInProgress", verdict::busy},
        {"SecurityError", verdict::final},
        {"HostNotConnected", verdict::unknown},
        {"HostNotReachable", verdict::unknown},
        {"HostCommunication", verdict::unknown},
        {"NoDiskSpace", verdict::unknown},
        {"FileFault", verdict::unknown},
        {"Timedout", verdict::unknown},
        {"UnexpectedCustomizationFault", verdict::unknown},
        {"RuntimeFault", verdict::unknown},
        {"UnexpectedFault", verdict::unknown},
        {"VimFault", verdict::unknown},
        {"SystemError", verdict::unknown},
        {"NotAuthenticated", verdict::no_session},
        {"RequestCanceled", verdict::cancelled},
        {"SomethingOfNextYear", verdict::unknown},
    };
    for (const auto& [type, means] : table) EXPECT_EQ(judge(of_type(type)), means) << type;
}

TEST(VijsonFaults, OnlyTheVmsOwnAbsenceIsFinal) {
    const auto vm = of_body(
        R"({"_typeName":"ManagedObjectNotFound","obj":{"type":"VirtualMachine","value":"vm-1"}})");
    const auto other = of_body(
        R"({"_typeName":"ManagedObjectNotFound","obj":{"type":"PropertyCollector","value":"p"}})");

    EXPECT_EQ(judge(vm), verdict::final);
    EXPECT_EQ(judge(other), verdict::later);
}

TEST(VijsonFaults, AllFormsOfAFaultAreRead) {
    const std::vector<std::string> forms{
        R"({"_typeName":"InvalidState","faultstring":"no Tools"})",
        R"({"faultMessage":[{"key":"k","message":"no Tools"}],"_typeName":"InvalidState"})",
        R"({"_typeName":"LocalizedMethodFault","fault":{"_typeName":"InvalidState"},"localizedMessage":"no Tools"})",
        R"({"localizedMessage":"no Tools","fault":{"fault":{"_typeName":"InvalidState"}}})",
        R"({"_typeName":"InvalidState","faultCause":{"fault":{"_typeName":"X"},"localizedMessage":"no Tools"}})",
    };
    for (const auto& form : forms) {
        const auto read = of_body(form);
        EXPECT_EQ(read.type, "InvalidState") << form;
        EXPECT_EQ(read.words, "no Tools") << form;
    }
}

TEST(VijsonFaults, WhatIsNoFaultIsJudgedByItsStatus) {
    EXPECT_EQ(judge(of_body("<html>", 502)), verdict::unknown);
    EXPECT_EQ(judge(of_body("", 504)), verdict::unknown);
    EXPECT_EQ(judge(of_body("{}", 500)), verdict::unknown);
    EXPECT_EQ(judge(of_body("", 401)), verdict::no_session);
    for (const int status : {302, 400, 403, 404, 407, 413, 429, 511})
        for (const auto* body : {"", "<html>", "no route", R"({"message":"no route"})"})
            EXPECT_EQ(judge(of_body(body, status)), verdict::turned_back) << status << body;
    EXPECT_EQ(judge(of_body(R"({"_typeName":"Inv)", 403)), verdict::unknown);
    EXPECT_EQ(judge(of_body(R"({"faultstring":"no such thing"})", 404)), verdict::later);
}

TEST(VijsonFaults, TheSessionIsDeadWhateverTheStatus) {
    const std::string fault = R"({"_typeName":"NotAuthenticated","faultMessage":[]})";
    for (const int status : {401, 403, 500}) EXPECT_TRUE(is_dead_session(answer(status, fault)));
    EXPECT_TRUE(is_dead_session(answer(401, "")));
    EXPECT_TRUE(is_dead_session(
        answer(500, R"({"fault":{"_typeName":"NotAuthenticated"},"localizedMessage":"x"})")));
}

TEST(VijsonFaults, OtherFaultsLeaveTheSessionAlive) {
    EXPECT_FALSE(is_dead_session(answer(500, R"({"_typeName":"NoPermission"})")));
    EXPECT_FALSE(is_dead_session(answer(403, "")));
    EXPECT_FALSE(
        is_dead_session(answer(500, R"({"_typeName":"SystemError","reason":"NotAuthenticated"})")));
}

TEST(VijsonFaults, AFailedLoginIsNeverAMistakeOfTheJob) {
    for (const auto* type : {"InvalidLogin", "NoPermission", "InvalidLocale"})
        EXPECT_EQ(
            explain_login(answer(500, R"({"_typeName":")" + std::string(type) + R"("})")).code(),
            errc::unauthenticated)
            << type;
    EXPECT_EQ(explain_login(answer(500, R"({"_typeName":"InvalidRequest"})")).code(),
              errc::upstream_failed);
    EXPECT_EQ(explain_login(answer(503, "")).code(), errc::unavailable);
}

}  // namespace
}  // namespace cloned::testing
