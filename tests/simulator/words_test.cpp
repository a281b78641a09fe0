#include "tests/simulator/vi_fixture.hpp"
#include "tests/simulator/zstack_client.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace cloned::simulator;
using namespace std::chrono_literals;

namespace {

// What a terminal obeys: an escape, a C1 control, a bidirectional override, a line's end.
const std::string hostile =
    "\x1b[2J \xC2\x9B"
    "31m \xE2\x80\xAE live \xE2\x81\xA6 \r\nevent=forged";
const std::string in_json = R"(\u001b[2J \u009b31m \u202e live \u2066 \r\nevent=forged)";

std::string rule(const std::string& fault, const std::string& more = "") {
    return R"([{"fault":")" + fault + R"(","words":")" + in_json + "\"" + more + "}]";
}

bool says(const boost::json::value& v, const std::string& text) {
    if (v.is_string()) {
        return std::string(v.get_string().c_str()).find(text) != std::string::npos;
    }
    bool out = false;
    if (v.is_array()) {
        for (const auto& item : v.get_array()) {
            out = out || says(item, text);
        }
    } else if (v.is_object()) {
        for (const auto& member : v.get_object()) {
            out = out || says(member.value(), text);
        }
    }
    return out;
}

bool says(const answer& a, const std::string& text) {
    return says(model_client::parse(a), text);
}

}  // namespace

TEST(Words, Reading30ErrorsOfEachKindOfServerHoldAnyBytes) {
    zstack_client c;
    c.sim("POST", "rules", rule("status", R"(,"status":500,"error_type":"SYS.1000")"));

    EXPECT_TRUE(says(c.vcenter("GET", "/api/session"), hostile));
    EXPECT_TRUE(says(c.vcenter("GET", "/rest/vcenter/vm"), hostile));
    EXPECT_TRUE(says(c.snap("GET", "/api/snapservice/tasks"), hostile));
    EXPECT_TRUE(says(c.vcenter("GET", sdk + "VirtualMachine/vm-42/guest"), hostile));
    EXPECT_TRUE(says(c.zstack("GET", "vm-instances"), hostile));
    c.sim("POST", "rules", rule("proxy"));
    EXPECT_NE(c.zstack("GET", "vm-instances").body.find(hostile), std::string::npos);
    c.sim("POST", "rules", rule("unauthenticated"));
    EXPECT_TRUE(says(c.vcenter("GET", "/api/session"), hostile));
    EXPECT_TRUE(says(c.vcenter("GET", sdk + "VirtualMachine/vm-42/guest"), hostile));
}

TEST(Words, Reading30ErrorsOfTasksHoldAnyBytes) {
    zstack_client c;
    c.sim("POST", "rules", rule("task_fail"));
    const answer clone = c.clone("web-1");
    const answer linked = c.linked_clone("web-2");
    c.clone_there(R"("web-3")");
    c.pass(2s);

    EXPECT_TRUE(says(c.task(clone), hostile));
    EXPECT_TRUE(says(c.snap_task(linked), hostile));
    EXPECT_TRUE(says(c.job(), hostile));
}

class WordsOfVi : public ViTest {};

TEST_F(WordsOfVi, Reading30ErrorsOfTasksHoldAnyBytes) {
    c.sim("POST", "rules", rule("task_fail"));
    const std::string task = id(customize());
    c.pass(2s);

    EXPECT_TRUE(says(info(task), hostile));
}

TEST_F(WordsOfVi, Reading30AnErrorRepeatsTheRequestsOwnSecrets) {
    const std::string echo = R"([{"fault":")";
    c.sim("POST", "rules", echo + R"(task_fail","echo":true}])");
    const std::string task = id(customize());
    c.pass(2s);
    EXPECT_TRUE(says(info(task), "guest-secret")) << "in a task's error";
    EXPECT_TRUE(says(info(task), c.token));

    c.sim("POST", "rules", echo + R"(status","status":400,"echo":true,"words":"you sent"}])");
    const std::string basic = "Basic c3ZjQHZzcGhlcmUubG9jYWw6c2VjcmV0";
    const answer a = c.world.handle(
        {server_kind::vcenter, "POST", "/api/session", {{"Authorization", basic}}, {}}, c.now);
    EXPECT_TRUE(says(a, "you sent authorization: " + basic)) << a.body;
    EXPECT_TRUE(says(a, "svc@vsphere.local:secret")) << a.body;
    const answer refused = customize();
    EXPECT_TRUE(says(refused, R"("password":"guest-secret")")) << refused.body;
    EXPECT_TRUE(says(refused, c.token));
}
