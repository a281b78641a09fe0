#include "tests/simulator/model_client.hpp"

#include <gtest/gtest.h>

using namespace cloned::simulator;
using namespace std::chrono_literals;
using client = model_client;

TEST(Model, TaskGoesFromPendingThroughRunningToTheIdOfTheVm) {
    client c;

    const answer started = c.clone("web-1");

    EXPECT_EQ(started.status, 202);
    EXPECT_EQ(c.status(started), "PENDING");
    EXPECT_FALSE(c.task(started).as_object().contains("progress"));
    c.pass(500ms);
    EXPECT_EQ(c.status(started), "RUNNING");
    c.pass(500ms);
    EXPECT_EQ(c.status(started), "SUCCEEDED");
    EXPECT_EQ(client::text(c.task(started), "result"), "vm-100001");
}

TEST(Model, TaskOfNoDurationHasEndedAtTheFirstPoll) {
    config settings = client::quick();
    settings.clone.ms = 0;
    client c(settings);

    EXPECT_EQ(c.status(c.clone("web-1")), "SUCCEEDED");
}

TEST(Model, ListedVmHasNoSizeUntilItsTaskHasEnded) {
    client c;
    c.clone("web-1");

    const answer early = c.vcenter("GET", "/api/vcenter/vm?names=web-1&folders=group-v3");
    c.pass(1s);
    const answer late = c.vcenter("GET", "/api/vcenter/vm?names=web-1&folders=group-v3");

    EXPECT_EQ(early.body, R"([{"vm":"vm-100001","name":"web-1","power_state":"POWERED_OFF"}])");
    EXPECT_NE(late.body.find(R"("cpu_count":2)"), std::string::npos);
}

TEST(Model, LegacyDialectWrapsWhatTheOtherSendsBare) {
    client c;

    const answer started = c.vcenter("POST", "/rest/vcenter/vm?vmw-task=true&action=clone",
                                     R"({"spec":{"source":"vm-42","name":"web-1"}})");
    const answer listed = c.vcenter("GET", "/rest/vcenter/vm?filter.names=web-1");
    const answer missing = c.vcenter("GET", "/rest/cis/tasks/none");

    EXPECT_EQ(started.status, 200);
    EXPECT_TRUE(started.body.starts_with(R"({"value":"task-1001:)"));
    EXPECT_TRUE(listed.body.starts_with(R"({"value":[{"vm":)"));
    EXPECT_EQ(missing.status, 404);
    EXPECT_TRUE(missing.body.starts_with(R"({"type":"com.vmware.vapi.std.errors.not_found")"));
}

TEST(Model, TaskListLeavesOutWhatItDoesNotKnow) {
    client c;
    const std::string id = client::id(c.clone("web-1"));

    const answer api = c.vcenter("POST", "/api/cis/tasks?action=list",
                                 R"({"filter_spec":{"tasks":["gone",")" + id + R"("]}})");
    const answer rest = c.vcenter("GET", "/rest/cis/tasks?filter_spec.tasks=" + id);

    EXPECT_EQ(client::parse(api).as_object().size(), 1U);
    EXPECT_TRUE(api.body.starts_with("{\"" + id));
    EXPECT_TRUE(rest.body.starts_with(R"({"value":[{"key":")" + id));
}

TEST(Model, TaskListHonoursEveryFieldOfItsFilter) {
    client c;
    c.clone("web-1");
    c.clone("web-2", "vm-44");
    const auto count = [&](std::string_view fields) {
        const answer a = c.vcenter(
            "POST", "/api/cis/tasks?action=list",
            R"({"filter_spec":{"services":["com.vmware.vcenter.VM"])" + std::string(fields) + "}}");
        return client::parse(a).as_object().size();
    };

    EXPECT_EQ(count(""), 2U);
    EXPECT_EQ(count(R"(,"status":["PENDING"])"), 2U);
    EXPECT_EQ(count(R"(,"status":["SUCCEEDED"])"), 0U);
    EXPECT_EQ(count(R"(,"users":["VSPHERE.LOCAL\\svc"])"), 2U);
    EXPECT_EQ(count(R"(,"users":["svc@vsphere.local"])"), 0U);
    EXPECT_EQ(count(R"(,"operations":["clone$task"])"), 2U);
    EXPECT_EQ(count(R"(,"operations":["relocate"])"), 0U);
    EXPECT_EQ(count(R"(,"targets":[{"type":"VirtualMachine","id":"vm-44"}])"), 1U);
}

TEST(Model, MoreThanAThousandMatchingTasksAreInaccessible) {
    client c;
    for (int i = 0; i < 1001; ++i) {
        c.clone("web-" + std::to_string(i));
    }

    const answer a = c.vcenter("POST", "/api/cis/tasks?action=list",
                               R"({"filter_spec":{"services":["com.vmware.vcenter.VM"]}})");

    EXPECT_EQ(a.status, 500);
    EXPECT_EQ(client::error_type(a), "RESOURCE_INACCESSIBLE");
}

TEST(Model, FinishedTaskIsUnknownAfterItsRetention) {
    client c;
    const answer started = c.clone("web-1");

    c.pass(600s);
    EXPECT_EQ(c.status(started), "SUCCEEDED");
    c.pass(2s);
    EXPECT_EQ(c.vcenter("GET", "/api/cis/tasks/" + client::id(started)).status, 404);
}

TEST(Model, CancelledCloneFailsAndLeavesNoVm) {
    client c;
    const answer started = c.clone("web-1");

    const answer cancel =
        c.vcenter("POST", "/api/cis/tasks/" + client::id(started) + "?action=cancel");

    EXPECT_EQ(cancel.status, 204);
    EXPECT_EQ(c.status(started), "FAILED");
    EXPECT_EQ(client::text(c.task(started).at("error"), "error_type"), "CANCELED");
    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm?names=web-1").body, "[]");
    const answer again =
        c.vcenter("POST", "/api/cis/tasks/" + client::id(started) + "?action=cancel");
    EXPECT_EQ(client::error_type(again), "NOT_ALLOWED_IN_CURRENT_STATE");
}

TEST(Model, RefusesACloneAboveTheHiddenLimit) {
    client c;
    c.linked_clone("a");
    c.linked_clone("b");

    const answer third = c.linked_clone("c");
    c.pass(1s);
    const answer later = c.linked_clone("c");

    EXPECT_EQ(third.status, 400);
    EXPECT_EQ(client::error_type(third), "NOT_ALLOWED_IN_CURRENT_STATE");
    EXPECT_EQ(later.status, 202);
    EXPECT_EQ(c.lane("linked_clone").at("refused").as_int64(), 1);
    EXPECT_EQ(c.lane("linked_clone").at("peak").as_int64(), 2);
}

TEST(Model, KindsHaveLimitsOfTheirOwn) {
    client c;
    c.linked_clone("a");
    c.linked_clone("b");

    EXPECT_EQ(c.restore("r").status, 202);
    EXPECT_EQ(c.restore("s").status, 400);
}

TEST(Model, StrangersTakeSlots) {
    client c;
    c.sim("POST", "limits", R"({"cluster":"domain-c8","kind":"linked_clone","strangers":1})");

    EXPECT_EQ(c.linked_clone("a").status, 202);
    EXPECT_EQ(c.linked_clone("b").status, 400);
    EXPECT_EQ(c.lane("linked_clone").at("peak").as_int64(), 1);
    EXPECT_EQ(c.lane("linked_clone").at("peak_with_strangers").as_int64(), 2);
}

TEST(Model, PassingStrangersComeAndGoByTheSeed) {
    config settings = client::quick();
    settings.strangers_per_s = 20;
    settings.strangers_ms = 300;
    settings.linked_clone_limit = 50;
    const auto history = [&] {
        client c(settings);
        std::string out;
        for (int i = 0; i < 20; ++i) {
            c.pass(100ms);
            out += std::to_string(c.lane("linked_clone").at("passing_strangers").as_int64()) + " ";
        }
        return out;
    };

    const std::string first = history();

    EXPECT_EQ(first, history());
    EXPECT_NE(first.find_first_not_of("0 "), std::string::npos);
}

TEST(Model, LimitThatIsNotEnforcedIsStillJudged) {
    client c;
    c.sim("POST", "limits", R"({"enforce":false})");
    c.linked_clone("a");
    c.linked_clone("b");

    EXPECT_EQ(c.linked_clone("c").status, 202);
    EXPECT_EQ(c.lane("linked_clone").at("violations").as_int64(), 1);
}

TEST(Model, VcenterLetsClonesAboveItsLimitWaitInSilence) {
    client c;
    c.sim("POST", "limits", R"({"kind":"clone","limit":1})");
    const answer first = c.clone("a");
    const answer second = c.clone("b");

    c.pass(999ms);
    EXPECT_EQ(c.status(second), "PENDING");
    c.pass(101ms);
    EXPECT_EQ(c.status(first), "SUCCEEDED");
    EXPECT_EQ(c.status(second), "RUNNING");
    c.pass(900ms);
    EXPECT_EQ(c.status(second), "SUCCEEDED");
}

TEST(Model, TakenNameIsRefusedAtThePost) {
    client c;
    c.clone("web-1");

    const answer again = c.clone("web-1");

    EXPECT_EQ(again.status, 400);
    EXPECT_EQ(client::error_type(again), "ALREADY_EXISTS");
}

TEST(Model, TakenNameCanFailTheTaskInstead) {
    config settings = client::quick();
    settings.names = name_mode::in_task;
    client c(settings);
    c.clone("web-1");

    const answer again = c.clone("web-1");
    c.pass(1s);

    EXPECT_EQ(again.status, 202);
    EXPECT_EQ(client::text(c.task(again).at("error"), "error_type"), "ALREADY_EXISTS");
    EXPECT_EQ(c.sim("GET", "ledger").at("doubles_ever").as_int64(), 0);
}

TEST(Model, LedgerShowsANameThatWasMadeTwice) {
    config settings = client::quick();
    settings.names = name_mode::allow;
    client c(settings);
    c.clone("web-1");
    c.pass(1s);
    c.linked_clone("web-1");
    c.pass(1s);

    const auto ledger = c.sim("GET", "ledger");

    EXPECT_EQ(ledger.at("doubles").as_int64(), 1);
    EXPECT_EQ(ledger.at("double_names").at(0).at("count").as_int64(), 2);
}

TEST(Model, DoubleThatWasDeletedIsRememberedButNoLongerPresent) {
    config settings = client::quick();
    settings.names = name_mode::allow;
    client c(settings);
    c.clone("web-1");
    c.clone("web-1");
    c.sim("DELETE", "vms/vm-100002");

    const auto ledger = c.sim("GET", "ledger");

    EXPECT_EQ(ledger.at("doubles").as_int64(), 0);
    EXPECT_EQ(ledger.at("doubles_ever").as_int64(), 1);
}

TEST(Model, NameMadeAgainAfterADeletionIsNoDouble) {
    client c;
    c.clone("web-1");
    c.pass(1s);
    c.sim("DELETE", "vms/vm-100001");

    EXPECT_EQ(c.clone("web-1").status, 202);
    EXPECT_EQ(c.sim("GET", "ledger").at("doubles_ever").as_int64(), 0);
}

TEST(Model, StrangersVmTakesANameButIsNoDouble) {
    config settings = client::quick();
    settings.names = name_mode::allow;
    client c(settings);
    c.sim("POST", "vms", R"({"name":"web-1","folder":"group-v3"})");
    c.clone("web-1");

    EXPECT_EQ(c.sim("GET", "ledger").at("doubles_ever").as_int64(), 0);
}

TEST(Model, LedgerListsWhatWasMadeAndByWhichRequest) {
    client c;
    const request in{server_kind::vcenter,
                     "POST",
                     "/api/vcenter/vm?action=clone&vmw-task=true",
                     {{"vmware-api-session-id", c.token}, {"X-Request-ID", "job-7"}},
                     R"({"source":"vm-42","name":"web-1"})"};
    c.world.handle(in, c.now);
    c.pass(1s);

    const auto vm = c.sim("GET", "ledger?vms=1").at("vms").at(0);

    EXPECT_EQ(client::text(vm, "vm"), "vm-100001");
    EXPECT_EQ(client::text(vm, "request_id"), "job-7");
    EXPECT_EQ(client::text(vm, "state"), "made");
    EXPECT_EQ(vm.at("ended_ms").as_int64() - vm.at("made_at_ms").as_int64(), 1000);
}

TEST(Model, FullLedgerKeepsItsCountersExact) {
    config settings = client::quick();
    settings.ledger_max = 1;
    client c(settings);
    c.clone("a");
    c.clone("b");
    c.pass(1s);

    const auto ledger = c.sim("GET", "ledger?vms=1");

    EXPECT_EQ(ledger.at("succeeded").as_int64(), 2);
    EXPECT_EQ(ledger.at("vms").as_array().size(), 1U);
    EXPECT_EQ(ledger.at("unlisted").as_int64(), 1);
}

TEST(Model, LinkedCloneIsSeenByVcenter) {
    client c;
    const answer started = c.linked_clone("lc-1");
    c.pass(1s);

    EXPECT_EQ(client::text(c.snap_task(started), "result"), "vm-100001");
    EXPECT_NE(c.vcenter("GET", "/api/vcenter/vm?names=lc-1").body, "[]");
}

TEST(Model, ToolsRunSomeTimeAfterPowerOn) {
    client c;
    const answer on = c.vcenter("POST", "/rest/vcenter/vm/vm-42/power/start");
    const answer early = c.vcenter("GET", "/api/vcenter/vm/vm-42/tools");
    c.pass(1s);
    const answer late = c.vcenter("GET", "/api/vcenter/vm/vm-42/tools");

    EXPECT_EQ(on.status, 200);
    EXPECT_NE(early.body.find("NOT_RUNNING"), std::string::npos);
    EXPECT_EQ(late.body.find("NOT_RUNNING"), std::string::npos);
    EXPECT_EQ(client::error_type(c.vcenter("POST", "/api/vcenter/vm/vm-42/power?action=start")),
              "ALREADY_IN_DESIRED_STATE");
}

TEST(Model, SameSeedAndCallsGiveTheSameAnswers) {
    config settings = client::quick();
    settings.clone.sigma = 0.5;
    const auto history = [&] {
        client c(settings);
        std::string out = c.token;
        for (int i = 0; i < 50; ++i) {
            out += c.clone("web-" + std::to_string(i)).body;
            c.pass(77ms);
        }
        return out + c.call(server_kind::control, "GET", "/_sim/ledger?operations=1").body;
    };

    EXPECT_EQ(history(), history());
}

TEST(Model, ResetGivesTheFirstStateBack) {
    client c;
    c.clone("web-1");
    c.sim("POST", "reset");
    c.log_in();

    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm?names=web-1").body, "[]");
    EXPECT_EQ(c.sim("GET", "ledger").at("accepted").as_int64(), 0);
}
