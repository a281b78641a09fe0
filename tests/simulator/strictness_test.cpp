#include "simulator/model/text.hpp"
#include "tests/simulator/model_client.hpp"

#include <gtest/gtest.h>

using namespace cloned::simulator;
using namespace std::chrono_literals;
using client = model_client;

namespace {

struct refused {
    const char* body;
    const char* error_type;
};

const std::string api_clone = "/api/vcenter/vm?action=clone&vmw-task=true";
const std::string rest_clone = "/rest/vcenter/vm?action=clone&vmw-task=true";
const std::string linked =
    "/api/snapservice/clusters/domain-c8/virtual-machines/vm-42"
    "?action=linked-clone&vmw-task=true";

}  // namespace

TEST(Strictness, CloneSpecIsCheckedFieldByField) {
    client c;
    for (
        const auto& [body, type] : {
            refused{R"({"source":"vm-42"})", "INVALID_ARGUMENT"},
            refused{R"({"name":"x"})", "INVALID_ARGUMENT"},
            refused{R"({"source":"vm-42","name":""})", "INVALID_ARGUMENT"},
            refused{R"({"source":"vm-42","name":7})", "INVALID_ARGUMENT"},
            refused{R"({"source":"vm-42","name":"x","power_on":"yes"})", "INVALID_ARGUMENT"},
            refused{R"({"source":"vm-42","name":"x","color":"red"})", "UNEXPECTED_INPUT"},
            refused{R"({"spec":{"source":"vm-42","name":"x"}})", "INVALID_ARGUMENT"},
            refused{R"({"source":"vm-77","name":"x"})", "NOT_FOUND"},
            refused{R"({"source":"vm-42","name":"x","placement":{"folder":"group-v99"}})",
                    "NOT_FOUND"},
            refused{R"({"source":"vm-42","name":"x","placement":{"rack":"1"}})",
                    "UNEXPECTED_INPUT"},
            refused{
                R"({"source":"vm-42","name":"x","placement":{"cluster":"domain-c8","host":"host-901"}})",
                "INVALID_ARGUMENT"},
            refused{
                R"({"source":"vm-42","name":"x","disks_to_remove":["2000"],"disks_to_update":{"2000":{"datastore":"datastore-11"}}})",
                "INVALID_ARGUMENT"},
            refused{R"({"source":"vm-42","name":"x","disks_to_update":{"2000":{}}})",
                    "INVALID_ARGUMENT"},
            refused{
                R"({"source":"vm-42","name":"x","disks_to_update":[{"key":"2000","value":{"datastore":"datastore-11"}}]})",
                "INVALID_ARGUMENT"},
            refused{R"({"source":"vm-42","name":"x","guest_customization_spec":{"name":"none"}})",
                    "NOT_FOUND"},
            refused{"[]", "INVALID_ARGUMENT"},
            refused{"{", "INVALID_REQUEST"},
            refused{"", "INVALID_REQUEST"},
        }) {
        EXPECT_EQ(client::error_type(c.vcenter("POST", api_clone, body)), type) << body;
    }
}

TEST(Strictness, LegacyCloneWantsItsWrapperAndItsKindOfMap) {
    client c;
    for (
        const auto& [body, type] : {
            refused{R"({"source":"vm-42","name":"x"})", "INVALID_ARGUMENT"},
            refused{R"({"spec":{"source":"vm-42","name":"x"},"more":1})", "UNEXPECTED_INPUT"},
            refused{
                R"({"spec":{"source":"vm-42","name":"x","disks_to_update":{"2000":{"datastore":"datastore-11"}}}})",
                "INVALID_ARGUMENT"},
        }) {
        const answer a = c.vcenter("POST", rest_clone, body);
        EXPECT_EQ(a.status, 400) << body;
        EXPECT_EQ(client::error_type(a), type) << body;
    }
}

TEST(Strictness, LinkedCloneSpecIsCheckedFieldByField) {
    client c;
    const std::string snapshot = R"("snapshot":"00000042-0000-4000-8000-000000000001")";
    for (const auto& [body, type] : {
             refused{R"("name":"x","snapshot":"00000042-0000-4000-8000-000000000009")",
                     "NOT_FOUND"},
             refused{R"("name":"x","snapshot":"00000044-0000-4000-8000-000000000001")",
                     "INVALID_ARGUMENT"},
             refused{R"("name":"x")", "INVALID_ARGUMENT"},
         }) {
        EXPECT_EQ(client::error_type(c.snap("POST", linked, "{" + std::string(body) + "}")), type)
            << body;
    }
    EXPECT_EQ(client::error_type(c.snap("POST", linked, "{" + snapshot + "}")), "INVALID_ARGUMENT");
    EXPECT_EQ(client::error_type(
                  c.snap("POST", linked, "{" + snapshot + R"(,"name":"x","power_on":true})")),
              "UNEXPECTED_INPUT");
    EXPECT_EQ(
        client::error_type(c.snap(
            "POST", linked, "{" + snapshot + R"(,"name":"x","placement":{"host":"host-901"}})")),
        "INVALID_ARGUMENT");
}

TEST(Strictness, RestoreOfALivingVmIsNotAllowed) {
    client c;
    const answer a = c.snap("POST",
                            "/api/snapservice/clusters/domain-c8/virtual-machines/vm-42"
                            "?action=restore&vmw-task=true",
                            R"({"snapshot":"00000042-0000-4000-8000-000000000001","name":"x"})");

    EXPECT_EQ(client::error_type(a), "NOT_ALLOWED_IN_CURRENT_STATE");
    EXPECT_EQ(c.lane("restore").at("refused").as_int64(), 0);
}

TEST(Strictness, UnknownQueryParametersAndRoutesAreRefused) {
    client c;
    EXPECT_EQ(client::error_type(c.vcenter("GET", "/api/vcenter/vm?name=x")), "UNEXPECTED_INPUT");
    EXPECT_EQ(client::error_type(c.vcenter("GET", "/rest/vcenter/vm?names=x")), "UNEXPECTED_INPUT");
    EXPECT_EQ(client::error_type(c.vcenter("POST", api_clone + "&x=1", "{}")), "UNEXPECTED_INPUT");
    const answer unknown = c.vcenter("GET", "/api/cis/tasks");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(client::error_type(unknown), "OPERATION_NOT_FOUND");
    EXPECT_EQ(c.snap("GET", "/api/cis/tasks/x").status, 404);
}

TEST(Strictness, FilterWithoutTasksAndServicesIsRefused) {
    client c;
    EXPECT_EQ(client::error_type(
                  c.vcenter("POST", "/api/cis/tasks?action=list", R"({"filter_spec":{}})")),
              "INVALID_ARGUMENT");
    EXPECT_EQ(client::error_type(c.snap("GET", "/api/snapservice/tasks")), "INVALID_ARGUMENT");
}

TEST(Strictness, CallsWithoutASessionAreRefused) {
    client c;
    c.token = "unknown";

    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm").status, 401);
    EXPECT_EQ(c.vcenter("GET", "/rest/vcenter/vm").status, 401);
    EXPECT_EQ(c.snap("GET", "/api/snapservice/tasks?tasks=x").status, 401);
}

TEST(Strictness, IdleSessionEndsAndActivityKeepsIt) {
    config settings = client::quick();
    settings.session_idle_s = 10;
    client c(settings);

    c.pass(9s);
    EXPECT_EQ(c.vcenter("GET", "/api/session").status, 200);
    c.pass(9s);
    EXPECT_EQ(c.vcenter("GET", "/api/session").status, 200);
    c.pass(10s);
    EXPECT_EQ(c.vcenter("GET", "/api/session").status, 401);
}

TEST(Strictness, SessionsAreLimitedWithTheDocumentedMessage) {
    config settings = client::quick();
    settings.session_limit = 1;
    client c(settings);
    const request in{server_kind::vcenter,
                     "POST",
                     "/api/session",
                     {{"authorization", "Basic c3ZjQHZzcGhlcmUubG9jYWw6c2VjcmV0"}},
                     {}};

    const answer a = c.world.handle(in, c.now);

    EXPECT_EQ(a.status, 503);
    EXPECT_NE(a.body.find("failedToLoginMaxUserSessionCountReached"), std::string::npos);
}

TEST(Strictness, ControlCanExpireEverySession) {
    client c;
    c.sim("POST", "expire-sessions");

    EXPECT_EQ(c.vcenter("GET", "/api/session").status, 401);
}

TEST(Strictness, SnapserviceTakesItsOwnSessionTheVcentersAndAFixedHeader) {
    config settings = client::quick();
    settings.static_header = "X-Auth";
    settings.static_header_value = "open";
    client c(settings);
    const auto status = [&](std::vector<header_view> headers) {
        return c.world
            .handle({server_kind::snapservice,
                     "GET",
                     "/api/snapservice/tasks?tasks=x",
                     std::move(headers),
                     {}},
                    c.now)
            .status;
    };

    const answer own =
        c.world.handle({server_kind::snapservice,
                        "POST",
                        "/api/snapservice/sessions",
                        {{"Authorization", "Basic c3ZjQHZzcGhlcmUubG9jYWw6c2VjcmV0"}},
                        {}},
                       c.now);

    EXPECT_EQ(own.status, 201);
    const std::string token = client::id(own);
    EXPECT_EQ(status({{"vmware-api-session-id", token}}), 200);
    EXPECT_EQ(status({{"vmware-api-session-id", c.token}}), 200);
    EXPECT_EQ(status({{"x-auth", "open"}}), 200);
    EXPECT_EQ(status({{"x-auth", "shut"}}), 401);
    EXPECT_EQ(c.world
                  .handle({server_kind::vcenter,
                           "GET",
                           "/api/vcenter/vm",
                           {{"vmware-api-session-id", token}},
                           {}},
                          c.now)
                  .status,
              401);
}

TEST(Strictness, NamesAreComparedInStoredForm) {
    client c;
    c.clone("a/b");

    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm?names=a%2Fb").body, "[]");
    EXPECT_NE(c.vcenter("GET", "/api/vcenter/vm?names=a%252fb").body, "[]");
}

TEST(Strictness, BodyThatWasCutAnywhereIsRefused) {
    client c;
    const std::string body =
        R"({"spec":{"source":"vm-42","name":"x","disks_to_update":[{"key":"2000","value":)"
        R"({"datastore":"datastore-11"}}]}})";
    for (std::size_t size = 0; size < body.size(); ++size) {
        EXPECT_EQ(c.vcenter("POST", rest_clone, body.substr(0, size)).status, 400) << size;
    }
    EXPECT_EQ(c.vcenter("POST", rest_clone, body).status, 200);
}

TEST(Strictness, TargetThatCannotBeReadIsRefused) {
    client c;
    for (const char* target : {"", "*", "/%", "/%2", "/api/vcenter/vm?names=%zz"}) {
        EXPECT_EQ(c.vcenter("GET", target).status, 400) << target;
    }
    for (const char* target : {"/", "//", "/?", "/api", "/rest", "/api/vcenter/vm/", "/_sim"}) {
        EXPECT_EQ(c.vcenter("GET", target).status, 404) << target;
    }
}

TEST(Text, EncodesBase64WithPadding) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foob"), "Zm9vYg==");
}

TEST(Text, MatchesGlobs) {
    EXPECT_TRUE(glob_match("*", ""));
    EXPECT_TRUE(glob_match("a*c", "abbc"));
    EXPECT_TRUE(glob_match("*vm/*/power*", "/api/vcenter/vm/vm-1/power"));
    EXPECT_FALSE(glob_match("a*c", "abb"));
    EXPECT_FALSE(glob_match("", "a"));
}

TEST(Text, WritesTimesInUtc) {
    std::string out;
    append_time(out, 1'772'446'500'120);
    EXPECT_EQ(out, "2026-03-02T10:15:00.120Z");
}
