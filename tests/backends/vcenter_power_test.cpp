#include "tests/backends/vcenter_fixture.hpp"

#include <map>
#include <string>
#include <vector>

namespace cloned::testing {
namespace {

using namespace cloned::backends;

class VcenterPower : public VcenterFixture {
protected:
    static submission power_on(bool tools) {
        power_on_spec spec;
        spec.vm = "vm-7";
        spec.wait_for_tools = tools;
        submission out;
        out.spec = spec;
        return out;
    }
};

TEST_F(VcenterPower, PowerOnWithoutToolsIsDoneAtOnce) {
    on("POST /api/vcenter/vm/vm-7/power?action=start", 204);

    const auto outcome = submit(power_on(false));

    ASSERT_TRUE(std::holds_alternative<finished>(outcome));
    EXPECT_EQ(std::get<finished>(outcome).vm, "vm-7");
}

TEST_F(VcenterPower, AVmThatIsOnAlreadyCountsAsPoweredOn) {
    on("POST /api/vcenter/vm/vm-7/power?action=start", 400,
       R"({"error_type":"ALREADY_IN_DESIRED_STATE","messages":[]})");

    const auto outcome = submit(power_on(true));

    ASSERT_TRUE(std::holds_alternative<started>(outcome));
    EXPECT_EQ(std::get<started>(outcome).task_id, "power:vm-7");
}

struct odd_answer {
    int status;
    const char* body;
    const char* state;  // of the VM then
};

// Only the empty 204 is vCenter's own word; whatever else a proxy makes of it, the VM knows better.
TEST_F(VcenterPower, AStartThatIsAnsweredByAProxyIsJudgedByTheVm) {
    for (const auto& odd :
         {odd_answer{200, "<html>Welcome</html>", "POWERED_ON"},
          odd_answer{204, "{}", "POWERED_OFF"}, odd_answer{200, "", "POWERED_OFF"},
          odd_answer{202, "", "SUSPENDED"}, odd_answer{207, "x", "MELTED"}}) {
        on("POST /api/vcenter/vm/vm-7/power?action=start", odd.status, odd.body);
        on("GET /api/vcenter/vm/vm-7/power", 200,
           R"({"state":")" + std::string(odd.state) + R"("})");

        const auto outcome = submit(power_on(false));

        const std::string state = odd.state;
        if (state == "POWERED_ON") {
            EXPECT_TRUE(std::holds_alternative<finished>(outcome));
        } else if (state == "POWERED_OFF") {
            ASSERT_TRUE(std::holds_alternative<failed>(outcome)) << odd.status;
            EXPECT_TRUE(std::get<failed>(outcome).later);
        } else {
            EXPECT_TRUE(std::holds_alternative<uncertain>(outcome)) << state;
        }
    }
}

TEST_F(VcenterPower, AStartThatIsAnsweredByAProxyIsInDoubtIfTheVmCannotBeSeen) {
    on("POST /api/vcenter/vm/vm-7/power?action=start", 200, "<html>");
    on("GET /api/vcenter/vm/vm-7/power", 200, "<html>");

    EXPECT_TRUE(std::holds_alternative<uncertain>(submit(power_on(true))));
}

TEST_F(VcenterPower, ABusyVmIsARefusal) {
    on("POST /api/vcenter/vm/vm-7/power?action=start", 500,
       R"({"error_type":"RESOURCE_BUSY","messages":[]})");

    const auto outcome = submit(power_on(false));

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).why, refusal::busy);
}

TEST_F(VcenterPower, APowerTaskEndsWhenTheToolsRun) {
    always("GET /api/vcenter/vm/vm-7/power", 200, R"({"state":"POWERED_ON"})");
    on("GET /api/vcenter/vm/vm-7/tools", 200, R"({"run_state":"NOT_RUNNING"})");
    on("GET /api/vcenter/vm/vm-7/tools", 200, R"({"run_state":"RUNNING"})");

    const auto waiting = poll({"power:vm-7"})["power:vm-7"];
    EXPECT_EQ(waiting.phase, task_phase::running);
    EXPECT_TRUE(waiting.only_waits);
    EXPECT_FALSE(waiting.in_vain);

    const auto end = poll({"power:vm-7"})["power:vm-7"];
    EXPECT_EQ(end.phase, task_phase::succeeded);
    EXPECT_EQ(end.vm, "vm-7");
}

TEST_F(VcenterPower, AVmWithoutToolsIsWaitedForInVain) {
    always("GET /api/vcenter/vm/vm-7/power", 200, R"({"state":"POWERED_ON"})");
    on("GET /api/vcenter/vm/vm-7/tools", 200,
       R"({"run_state":"NOT_RUNNING","version_status":"NOT_INSTALLED"})");

    const auto waiting = poll({"power:vm-7"})["power:vm-7"];

    EXPECT_EQ(waiting.phase, task_phase::running);
    ASSERT_TRUE(waiting.in_vain);
    EXPECT_NE(waiting.in_vain->message().find("VM vm-7 has no VMware Tools installed"),
              std::string::npos);
    EXPECT_NE(waiting.in_vain->message().find("powered on"), std::string::npos);
}

TEST_F(VcenterPower, APowerTaskFailsWhenTheVmIsOffAgainOrGone) {
    on("GET /api/vcenter/vm/vm-7/power", 200, R"({"state":"POWERED_OFF"})");
    on("GET /api/vcenter/vm/vm-8/power", 404, R"({"error_type":"NOT_FOUND","messages":[]})");

    auto polled = poll({"power:vm-7", "power:vm-8"});

    EXPECT_EQ(polled["power:vm-7"].phase, task_phase::failed);
    EXPECT_TRUE(polled["power:vm-7"].later);
    EXPECT_EQ(polled["power:vm-8"].phase, task_phase::failed);
    EXPECT_FALSE(polled["power:vm-8"].later);
}

TEST_F(VcenterPower, EvidenceOfAPowerOnIsTheStateOfTheVm) {
    on("GET /api/vcenter/vm/vm-7/power", 200, R"({"state":"POWERED_OFF"})");
    EXPECT_EQ(look(power_on(false).spec).presence, evidence::vm_presence::absent);

    on("GET /api/vcenter/vm/vm-7/power", 200, R"({"state":"POWERED_ON"})");
    EXPECT_EQ(look(power_on(false).spec).presence, evidence::vm_presence::present);

    on("GET /api/vcenter/vm/vm-7/power", 200, R"({"state":"POWERED_ON"})");
    on("GET /api/vcenter/vm/vm-7/tools", 200, R"({"run_state":"NOT_RUNNING"})");
    const auto waiting = look(power_on(true).spec);
    ASSERT_TRUE(waiting.own_task);
    EXPECT_EQ(waiting.own_task->task_id, "power:vm-7");
    EXPECT_EQ(waiting.own_task->phase, task_phase::running);

    on("GET /api/vcenter/vm/vm-7/power", 200, R"({"state":"MELTED"})");
    EXPECT_EQ(look(power_on(false).spec).presence, evidence::vm_presence::ambiguous);
}

TEST_F(VcenterPower, AWaitIsOursToEnd) {
    EXPECT_EQ(*world.run(upstream->cancel("power:vm-7")), cancel_outcome::only_waits);
}

}  // namespace
}  // namespace cloned::testing
