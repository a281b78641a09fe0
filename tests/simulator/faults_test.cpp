#include "tests/simulator/model_client.hpp"

#include <gtest/gtest.h>

using namespace cloned::simulator;
using namespace std::chrono_literals;
using client = model_client;

namespace {

std::string rules(std::string_view rule) {
    return "[" + std::string(rule) + "]";
}

}  // namespace

TEST(Faults, StatusAndTypeAreFree) {
    client c;
    c.sim("POST", "rules", rules(R"({"path":"*/vcenter/vm","fault":"status","status":500,
        "error_type":"RESOURCE_BUSY","is_transient":true,"max":1})"));

    const answer hit = c.clone("web-1");

    EXPECT_EQ(hit.status, 500);
    EXPECT_EQ(client::error_type(hit), "RESOURCE_BUSY");
    EXPECT_TRUE(client::parse(hit).at("data").at("is_transient").as_bool());
    EXPECT_EQ(c.clone("web-1").status, 202);
}

TEST(Faults, SkipAndMaxCountMatchingRequests) {
    client c;
    c.sim("POST", "rules",
          rules(R"({"path":"/api/session","fault":"unauthenticated","skip":1,"max":1})"));

    EXPECT_EQ(c.vcenter("GET", "/api/session").status, 200);
    EXPECT_EQ(c.vcenter("GET", "/api/session").status, 401);
    EXPECT_EQ(c.vcenter("GET", "/api/session").status, 200);
    const auto list = c.sim("GET", "rules");
    EXPECT_EQ(list.at("rules").at(0).at("seen").as_int64(), 3);
    EXPECT_EQ(list.at("rules").at(0).at("hits").as_int64(), 1);
}

TEST(Faults, FirstMatchWinsAndASpentRuleDoesNotShadow) {
    client c;
    c.sim("POST", "rules", R"([{"path":"/api/session","fault":"proxy","status":502,"max":1},
                               {"path":"/api/session","fault":"proxy","status":504}])");

    EXPECT_EQ(c.vcenter("GET", "/api/session").status, 502);
    EXPECT_EQ(c.vcenter("GET", "/api/session").status, 504);
}

TEST(Faults, ObjectIsTheNameOrTheSource) {
    client c;
    c.sim("POST", "rules", rules(R"({"object":"web-*","fault":"drop_before"})"));

    EXPECT_EQ(c.clone("web-1").what, fate::drop_before);
    EXPECT_EQ(c.clone("db-1").what, fate::normal);
    EXPECT_EQ(c.linked_clone("web-2").what, fate::drop_before);
    c.sim("POST", "rules", rules(R"({"object":"vm-44","fault":"drop_before"})"));
    EXPECT_EQ(c.clone("db-2", "vm-44").what, fate::drop_before);
    EXPECT_EQ(c.clone("db-3", "vm-42").what, fate::normal);
}

TEST(Faults, DropBeforeDoesNothingAndDropAfterDoesTheWork) {
    client c;
    c.sim("POST", "rules", R"([{"object":"before","fault":"drop_before"},
                               {"object":"after","fault":"drop_after"}])");
    c.clone("before");
    c.clone("after");

    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm?names=before").body, "[]");
    EXPECT_NE(c.vcenter("GET", "/api/vcenter/vm?names=after").body, "[]");
}

TEST(Faults, ErrorAfterTheWorkLeavesTheVm) {
    client c;
    c.sim(
        "POST", "rules",
        rules(
            R"({"method":"POST","fault":"status","status":504,"error_type":"TIMED_OUT","processed":true})"));

    EXPECT_EQ(c.clone("web-1").status, 504);
    EXPECT_NE(c.vcenter("GET", "/api/vcenter/vm?names=web-1").body, "[]");
}

TEST(Faults, ProxyAnswersInPlainTextWithRetryAfter) {
    client c;
    c.sim("POST", "rules", rules(R"({"server":"vcenter","fault":"proxy","retry_after_s":3})"));

    const answer a = c.vcenter("GET", "/api/session");

    EXPECT_EQ(a.status, 503);
    EXPECT_EQ(a.content_type, "text/plain");
    EXPECT_EQ(a.header("Retry-After"), "3");
}

TEST(Faults, DelayHoldsTheAnswerBackButNotTheWork) {
    client c;
    c.sim("POST", "rules", rules(R"({"fault":"slow","delay_ms":250})"));

    EXPECT_EQ(c.clone("web-1").delay, 250ms);
}

TEST(Faults, TaskCanBeMadeToFailWithoutAVm) {
    client c;
    c.sim("POST", "rules", rules(R"({"fault":"task_fail","error_type":"RESOURCE_INACCESSIBLE"})"));
    const answer started = c.clone("web-1");
    c.pass(1s);

    EXPECT_EQ(c.status(started), "FAILED");
    EXPECT_EQ(client::text(c.task(started).at("error"), "error_type"), "RESOURCE_INACCESSIBLE");
    EXPECT_EQ(c.task(started).at("progress").at("completed").as_int64(), 99) << "it is kept";
    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm?names=web-1").body, "[]");
    EXPECT_EQ(c.lane("clone").at("failed").as_int64(), 1);
}

TEST(Faults, BlockedTaskGoesOnLater) {
    client c;
    c.sim("POST", "rules", rules(R"({"fault":"task_blocked","blocked_ms":5000})"));
    const answer started = c.clone("web-1");

    c.pass(3s);
    EXPECT_EQ(c.status(started), "BLOCKED");
    c.pass(3s);
    EXPECT_EQ(c.status(started), "SUCCEEDED");
}

TEST(Faults, VanishedTaskStillMakesItsVm) {
    client c;
    c.sim("POST", "rules", rules(R"({"fault":"task_vanish","after_ms":500})"));
    const answer started = c.clone("web-1");

    EXPECT_EQ(c.status(started), "PENDING");
    c.pass(500ms);
    EXPECT_EQ(c.vcenter("GET", "/api/cis/tasks/" + client::id(started)).status, 404);
    c.pass(500ms);
    EXPECT_NE(c.vcenter("GET", "/api/vcenter/vm?names=web-1").body.find("cpu_count"),
              std::string::npos);
}

TEST(Faults, ProbabilityFollowsTheSeed) {
    config settings = client::quick();
    const auto history = [&] {
        client c(settings);
        c.sim("POST", "rules",
              rules(R"({"path":"/api/session","fault":"proxy","probability":0.5})"));
        std::string out;
        for (int i = 0; i < 200; ++i) {
            out += c.vcenter("GET", "/api/session").status == 200 ? '.' : 'x';
        }
        return out;
    };

    const std::string first = history();

    EXPECT_EQ(first, history());
    const auto hits = std::count(first.begin(), first.end(), 'x');
    EXPECT_GT(hits, 60);
    EXPECT_LT(hits, 140);
}

TEST(Faults, MistakenRuleIsRefusedAndTheOldOnesStay) {
    client c;
    c.sim("POST", "rules", rules(R"({"fault":"slow"})"));

    const answer unknown =
        c.call(server_kind::control, "POST", "/_sim/rules", rules(R"({"fault":"nonsense"})"));
    const answer extra =
        c.call(server_kind::control, "POST", "/_sim/rules", rules(R"({"fault":"slow","often":1})"));

    EXPECT_EQ(unknown.status, 400);
    EXPECT_EQ(extra.status, 400);
    EXPECT_EQ(c.sim("GET", "rules").at("rules").as_array().size(), 1U);
}
