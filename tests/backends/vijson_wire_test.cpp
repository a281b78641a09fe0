#include "backends/vijson/customize_body.hpp"
#include "backends/vijson/task_name.hpp"
#include "backends/vijson/wire.hpp"
#include "base/date_time.hpp"
#include "tests/backends/fake_client.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cloned::testing {
namespace {

using namespace cloned::backends;
using namespace cloned::backends::vijson;

const wire speaks("8.0.3.0");

customize_guest_spec small_spec() {
    customize_guest_spec out;
    out.vm = "vm-5021";
    out.auth =
        R"({"_typeName":"NamePasswordAuthentication","interactiveSession":false,"username":"root","password":{"_credential":"guest"}})";
    out.customization = R"({"_typeName":"CustomizationSpec","list":[1,{"_credential":"guest"}]})";
    return out;
}

const credential_map guest{{"guest", "pa\"ss"}};

TEST(VijsonBody, HoldsTheVendorsFormWithTheSecretsInPlace) {
    EXPECT_EQ(
        *customize_body(small_spec(), guest),
        R"({"_typeName":"CustomizeGuestRequestType",)"
        R"("vm":{"_typeName":"ManagedObjectReference","type":"VirtualMachine","value":"vm-5021"},)"
        R"("auth":{"_typeName":"NamePasswordAuthentication","interactiveSession":false,"username":"root","password":"pa\"ss"},)"
        R"("spec":{"_typeName":"CustomizationSpec","list":[1,"pa\"ss"]}})");
}

TEST(VijsonBody, HoldsConfigParamsIfThereAreAny) {
    auto spec = small_spec();
    spec.config_params =
        R"([{"_typeName":"OptionValue","key":"k","value":{"_typeName":"string","_value":{"_credential":"guest"}}}])";

    EXPECT_TRUE(
        customize_body(spec, guest)
            ->ends_with(
                R"("configParams":[{"_typeName":"OptionValue","key":"k","value":{"_typeName":"string","_value":"pa\"ss"}}]})"));
}

TEST(VijsonBody, AnUnknownCredentialIsNamedWithItsPlace) {
    const auto made = customize_body(small_spec(), {});

    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), errc::invalid_argument);
    EXPECT_EQ(made.error().message(),
              "auth.password names the credential \"guest\", which is not configured for this "
              "endpoint");
}

TEST(VijsonBody, MistakesAreNamedWithoutTheirContent) {
    struct mistake {
        std::string auth;
        std::string says;
    };
    const std::vector<mistake> table{
        {"", "auth "},
        {"{", "auth is not valid JSON"},
        {"[]", "auth is no object"},
        {R"({"_credential":"guest"})", "auth cannot be a credential as a whole"},
        {R"({"p":{"_credential":"guest","x":1}})", "auth.p must be"},
        {R"({"p":[{"_credential":7}]})", "auth.p[0] must be"},
    };
    for (const auto& [auth, says] : table) {
        auto spec = small_spec();
        spec.auth = auth;
        const auto made = customize_body(spec, guest);
        ASSERT_FALSE(made) << auth;
        EXPECT_EQ(made.error().code(), errc::invalid_argument) << auth;
        EXPECT_TRUE(made.error().message().starts_with(says)) << made.error().message();
        EXPECT_EQ(made.error().message().find("pa\"ss"), std::string::npos);
    }
}

TEST(VijsonBody, DepthAndSizeAreBounded) {
    auto deep = small_spec();
    deep.auth = R"({"a":)" + std::string(100, '[') + std::string(100, ']') + "}";
    auto large = small_spec();
    large.auth = R"({"a":")" + std::string(2'000'000, 'x') + R"("})";

    EXPECT_FALSE(customize_body(deep, guest));
    EXPECT_FALSE(customize_body(large, guest));
}

TEST(VijsonWire, TheCallGoesToTheManagersOwnId) {
    const auto ask = speaks.customize("Guest Manager", "{}", "op-1");

    EXPECT_EQ(ask.target,
              "/sdk/vim25/8.0.3.0/VirtualMachineGuestCustomizationManager/Guest%20Manager/"
              "CustomizeGuest_Task");
    EXPECT_EQ(ask.verb, http::method::post);
    EXPECT_FALSE(ask.repeatable);
    EXPECT_EQ(fake_client::header(ask, "X-Request-ID"), "op-1");
}

TEST(VijsonWire, TheTokenOfALoginStandsInAHeader) {
    auto said = answer(200, R"({"_typeName":"UserSession","key":"52-x"})");
    EXPECT_FALSE(wire::read_login(said));

    said.headers.emplace_back("vmware-api-session-id", "0123");
    EXPECT_EQ(*wire::read_login(said), "0123");
}

TEST(VijsonWire, TheLoginsBodyQuotesWhatItHolds) {
    EXPECT_EQ(
        wire::login_body("a\"b", "c\\d"),
        R"({"_typeName":"LoginRequestType","userName":"a\"b","password":"c\\d","locale":"en"})");
}

TEST(VijsonWire, ServiceContentNamesTheObjectsThatServeUs) {
    const std::string body =
        R"({"rootFolder":{"type":"Folder","value":"group-d1"},"sessionManager":{"type":"SessionManager","value":"S"},)"
        R"("propertyCollector":{"type":"PropertyCollector","value":"P"},)"
        R"("guestCustomizationManager":{"type":"VirtualMachineGuestCustomizationManager","value":"G"},"_typeName":"ServiceContent"})";

    const auto read = wire::read_content(body);

    ASSERT_TRUE(read);
    EXPECT_EQ(read->session_manager, "S");
    EXPECT_EQ(read->property_collector, "P");
    EXPECT_EQ(read->customization_manager, "G");
}

TEST(VijsonWire, AServerMayHaveNoGuestCustomizationManager) {
    const auto read =
        wire::read_content(R"({"sessionManager":{"value":"S"},"propertyCollector":{"value":"P"}})");

    ASSERT_TRUE(read);
    EXPECT_TRUE(read->customization_manager.empty());
}

TEST(VijsonWire, ATaskReferenceIsReadWhole) {
    const std::string body =
        R"({"type":"Task","value":"task-5312","_typeName":"ManagedObjectReference"})";

    EXPECT_EQ(*wire::read_task(body), "task-5312");
    EXPECT_FALSE(wire::read_task(R"({"type":"VirtualMachine","value":"vm-1"})"));
    EXPECT_FALSE(wire::read_task("null"));
}

TEST(VijsonWire, HelloOffersTheNewestReleaseFirst) {
    const auto ask = say_hello();

    EXPECT_EQ(ask.target, "/api/vcenter/system?action=hello");
    EXPECT_TRUE(ask.body.starts_with(R"({"api_releases":["9.1.1.0","9.1.0.0",)"));
    EXPECT_EQ(*read_hello(R"({"api_release":"8.0.3.0"})"), "8.0.3.0");
    EXPECT_EQ(*read_hello(R"({"api_release":""})"), "");
    EXPECT_FALSE(read_hello(R"({"api_release":"../x"})"));
    EXPECT_FALSE(read_hello("{}"));
}

TEST(VijsonWire, ReleasesAreComparedByNumbers) {
    EXPECT_TRUE(is_older("8.0.2.0", "8.0.3.0"));
    EXPECT_TRUE(is_older("8.0.3", "8.0.3.1"));
    EXPECT_FALSE(is_older("8.0.10.0", "8.0.3.0"));
    EXPECT_FALSE(is_older("8.0.3.0", "8.0.3.0"));
}

TEST(VijsonWire, TheTimeMayStandInABox) {
    EXPECT_EQ(*wire::read_current_time(R"("2026-03-02T10:15:04Z")"),
              *wire::read_current_time(
                  R"({"_typeName":"dateTime","_value":"2026-03-02T10:15:04.000Z"})"));
    EXPECT_FALSE(wire::read_current_time("7"));
}

TEST(VijsonTime, ReadsOffsetsAndFractions) {
    const auto noon =
        wall_time(std::chrono::sys_days(std::chrono::year(2026) / 3 / 2)) + std::chrono::hours(12);
    EXPECT_EQ(parse_rfc3339("2026-03-02T12:00:00Z"), noon);
    EXPECT_EQ(parse_rfc3339("2026-03-02T12:00:00.123456Z"), noon + milliseconds(123));
    EXPECT_EQ(parse_rfc3339("2026-03-02T14:30:00+02:30"), noon);
    EXPECT_EQ(parse_rfc3339("2026-03-02T10:00:00.5-02:00"), noon + milliseconds(500));
    for (const auto* bad :
         {"", "2026-03-02", "2026-13-02T12:00:00Z", "2026-03-02T12:00:00", "2026-03-02T25:00:00Z",
          "2026-03-02T12:00:00Zx", "2026-03-02T12:00:00.Z"})
        EXPECT_FALSE(parse_rfc3339(bad)) << bad;
}

TEST(VijsonTaskName, KnowsItsOwnPrefixOnly) {
    const auto plain = task_name::from("task-5312");
    const auto followed = task_name::from("guest:vm-7:task-5312");
    const auto global = task_name::from("guest:vm-7:0f-a1:task-5312");

    EXPECT_FALSE(plain.follows_guest());
    EXPECT_EQ(plain.task_id, "task-5312");
    EXPECT_EQ(followed.vm, "vm-7");
    EXPECT_EQ(followed.task_id, "task-5312");
    EXPECT_EQ(global.vm, "vm-7:0f-a1");
    for (const auto* id : {"task-5312", "guest:vm-7:task-5312", "guest:", "guest:x", "a:b:c"})
        EXPECT_EQ(task_name::from(id).text(), id);
}

}  // namespace
}  // namespace cloned::testing
