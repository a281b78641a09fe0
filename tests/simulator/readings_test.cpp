// What a task, a name or a place may mean to vCenter and snapservice: one test for each statement
// that the vendors' documents leave open.

#include "tests/simulator/model_client.hpp"

#include <gtest/gtest.h>

using namespace cloned::simulator;
using namespace std::chrono_literals;
using client = model_client;

namespace {

template <class Set>
config with(const Set& set) {
    config c = client::quick();
    set(c);
    return c;
}

answer list_by_services(client& c) {
    return c.vcenter("POST", "/api/cis/tasks?action=list",
                     R"({"filter_spec":{"services":["com.vmware.vcenter.VM"],)"
                     R"("status":["PENDING","RUNNING","BLOCKED"]}})");
}

answer list_by_ids(client& c, const answer& started) {
    return c.vcenter("POST", "/api/cis/tasks?action=list",
                     R"({"filter_spec":{"tasks":[")" + client::id(started) + R"("]}})");
}

answer snap_list_by_services(client& c) {
    return c.snap("GET",
                  "/api/snapservice/tasks?services=com.vmware.snapservice.clusters.virtual_machines"
                  "&status=RUNNING&status=PENDING");
}

std::string record_state_of(client& c, std::size_t line) {
    return client::text(c.sim("GET", "ledger?operations=1").at("operations").at(line), "state");
}

}  // namespace

TEST(Readings, TargetOfATaskIsWhatTheWorldSays) {
    const std::string uuid = config().instance_uuid;
    for (const auto& [mode, type, id] : {
             std::tuple{target_reading::none, "", std::string()},
             std::tuple{target_reading::source, "VirtualMachine", std::string("vm-42")},
             std::tuple{target_reading::source_uuid, "VirtualMachine", "vm-42:" + uuid},
             std::tuple{target_reading::vm, "VirtualMachine", std::string("vm-100001")},
             std::tuple{target_reading::folder, "Folder", std::string("group-v3")},
         }) {
        client c(with([&](config& s) { s.task_target = mode; }));
        const answer clone = c.clone("web-1");
        const auto info = c.task(clone).as_object();
        const auto snap = c.snap_task(c.linked_clone("lc-1")).as_object();
        EXPECT_EQ(info.contains("target"), !id.empty()) << to_text(mode);
        EXPECT_EQ(snap.contains("target"), !id.empty()) << to_text(mode);
        if (!id.empty()) {
            EXPECT_EQ(client::text(info.at("target"), "id"), id);
            EXPECT_EQ(client::text(info.at("target"), "type"), type);
            const answer found = c.vcenter(
                "POST", "/api/cis/tasks?action=list",
                R"({"filter_spec":{"services":["com.vmware.vcenter.VM"],"targets":[{"type":")" +
                    std::string(type) + R"(","id":")" + id + R"("}]}})");
            EXPECT_EQ(client::parse(found).as_object().size(), 1U) << to_text(mode);
        }
    }
}

TEST(Readings, TaskThatMakesNoVmHasNoVmForItsTarget) {
    client c(with([](config& s) {
        s.task_target = target_reading::vm;
        s.names = name_mode::in_task;
    }));
    c.clone("web-1");

    EXPECT_FALSE(c.task(c.clone("web-1")).as_object().contains("target"));
}

TEST(Readings, TaskListIsRefusedByServicesAndServedByIds) {
    for (const auto& [mode, status] :
         {std::pair{list_reading::refused_400, 400}, std::pair{list_reading::refused_403, 403}}) {
        client c(with([mode = mode](config& s) { s.task_list = mode; }));
        const answer clone = c.clone("web-1");

        EXPECT_EQ(list_by_services(c).status, status);
        EXPECT_EQ(snap_list_by_services(c).status, status);
        EXPECT_EQ(list_by_ids(c, clone).status, 200);
        EXPECT_EQ(
            c.vcenter("GET", "/rest/cis/tasks?filter_spec.services=com.vmware.vcenter.VM").status,
            status);
    }
}

TEST(Readings, RefusedTaskListHasItsServersWords) {
    client c(with([](config& s) { s.task_list = list_reading::refused_400; }));

    EXPECT_EQ(client::error_type(list_by_services(c)), "INVALID_ARGUMENT");
    EXPECT_NE(list_by_services(c).body.find("Cannot find provider"), std::string::npos);
}

TEST(Readings, TaskListByIdsIsRefusedAndTheSingleTaskServed) {
    client c(with([](config& s) { s.task_list_ids = list_reading::refused_403; }));
    const answer clone = c.clone("web-1");
    const answer linked = c.linked_clone("lc-1");

    EXPECT_EQ(client::error_type(list_by_ids(c, clone)), "UNAUTHORIZED");
    EXPECT_EQ(c.snap("GET", "/api/snapservice/tasks?tasks=" + client::id(linked)).status, 403);
    EXPECT_EQ(list_by_services(c).status, 200);
    EXPECT_EQ(c.status(clone), "PENDING");
    EXPECT_EQ(client::text(c.snap_task(linked), "status"), "PENDING");
}

TEST(Readings, TasksOfOthersAreListedAndTooManyAreInaccessible) {
    client c(with([](config& s) { s.strange_tasks = 1000; }));

    EXPECT_EQ(client::parse(list_by_services(c)).as_object().size(), 1000U);
    c.clone("web-1");
    c.linked_clone("lc-1");
    EXPECT_EQ(client::error_type(list_by_services(c)), "RESOURCE_INACCESSIBLE");
    EXPECT_EQ(client::error_type(snap_list_by_services(c)), "RESOURCE_INACCESSIBLE");
}

TEST(Readings, TaskOfAnotherIsNotOursToFilterOrToCancel) {
    client c(with([](config& s) { s.strange_tasks = 1; }));
    const auto tasks = client::parse(list_by_services(c)).as_object();
    const std::string id = tasks.begin()->key();

    const answer mine = c.vcenter("POST", "/api/cis/tasks?action=list",
                                  R"({"filter_spec":{"services":["com.vmware.vcenter.VM"],)"
                                  R"("users":["VSPHERE.LOCAL\\svc"]}})");

    EXPECT_EQ(mine.body, "{}");
    EXPECT_EQ(c.vcenter("POST", "/api/cis/tasks/" + id + "?action=cancel").status, 403);
    c.pass(24h);
    c.log_in();
    EXPECT_EQ(client::parse(list_by_services(c)).as_object().size(), 1U) << "it never ends";
}

TEST(Readings, NewTaskIsMissingFromAListForAWhile) {
    client c(with([](config& s) { s.task_lag_ms = 500; }));
    const answer clone = c.clone("web-1");

    EXPECT_EQ(list_by_services(c).body, "{}");
    EXPECT_NE(list_by_ids(c, clone).body, "{}");
    c.pass(500ms);
    EXPECT_NE(list_by_services(c).body, "{}");
}

TEST(Readings, SucceededTaskMayHaveNoResult) {
    client c(with([](config& s) { s.result_told = false; }));
    const answer clone = c.clone("web-1");
    c.pass(1s);

    EXPECT_EQ(c.status(clone), "SUCCEEDED");
    EXPECT_FALSE(c.task(clone).as_object().contains("result"));
}

TEST(Readings, FailedOperationLeavesItsVmInTheStateAsked) {
    const std::string fails = R"([{"fault":"task_fail","error_type":"ERROR"}])";
    for (const auto& [mode, listed, state] : {
             std::tuple{leftover_reading::no, "[]", "failed"},
             std::tuple{leftover_reading::off, R"("POWERED_OFF","cpu_count":2)", "left"},
             std::tuple{leftover_reading::on, R"("POWERED_ON","cpu_count":2)", "left"},
             std::tuple{leftover_reading::half, R"("power_state":"POWERED_OFF"}])", "left"},
         }) {
        client c(with([mode = mode](config& s) { s.failed_leaves_vm = mode; }));
        c.sim("POST", "rules", fails);
        const answer clone = c.clone("web-1");
        c.linked_clone("lc-1");
        c.restore("r-1");
        c.pass(1s);

        EXPECT_EQ(c.status(clone), "FAILED");
        for (const std::string name : {"web-1", "lc-1", "r-1"}) {
            const std::string seen = c.vcenter("GET", "/api/vcenter/vm?names=" + name).body;
            EXPECT_NE(seen.find(listed), std::string::npos) << to_text(mode) << seen;
        }
        for (std::size_t line = 0; line < 3; ++line) {
            EXPECT_EQ(record_state_of(c, line), state) << to_text(mode);
        }
        EXPECT_EQ(c.lane("clone").at("failed").as_int64(), 1);
    }
}

TEST(Readings, VmThatAFailureLeftIsMarkedAndItsNameTakenButNoDouble) {
    client c(with([](config& s) { s.failed_leaves_vm = leftover_reading::off; }));
    c.sim("POST", "rules", R"([{"fault":"task_fail","max":1}])");
    c.clone("web-1");
    c.pass(1s);

    EXPECT_EQ(client::error_type(c.clone("web-1")), "ALREADY_EXISTS");
    const auto vms = c.sim("GET", "inventory?vms=1").at("vms").as_array();
    EXPECT_TRUE(vms.back().at("left").as_bool());
    EXPECT_FALSE(vms.front().as_object().contains("left"));
    c.sim("POST", "limits", R"({"names":"allow"})");
    c.clone("web-1");
    EXPECT_EQ(c.sim("GET", "ledger").at("doubles_ever").as_int64(), 0);
}

TEST(Readings, CancelledCloneLeavesNothingEvenThere) {
    client c(with([](config& s) { s.failed_leaves_vm = leftover_reading::on; }));
    const answer clone = c.clone("web-1");
    c.vcenter("POST", "/api/cis/tasks/" + client::id(clone) + "?action=cancel");

    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm?names=web-1").body, "[]");
    EXPECT_EQ(record_state_of(c, 0), "failed");
}

TEST(Readings, HiddenTemplateIsUnknownToRestAndHoldsItsName) {
    for (const auto mode : {name_mode::at_post, name_mode::in_task}) {
        client c(with([&](config& s) {
            s.hidden_templates = 1;
            s.hidden_names = "web-7,web-8";
            s.names = mode;
        }));
        const auto hidden = c.sim("GET", "inventory").at("hidden_templates").as_array();
        ASSERT_EQ(hidden.size(), 3U);
        const std::string id = client::text(hidden[0], "vm");
        const std::string name = client::text(hidden[0], "name");

        EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm?names=" + name).body, "[]");
        EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm?vms=" + id).body, "[]");
        EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm").body.find(id), std::string::npos);
        EXPECT_EQ(client::error_type(c.vcenter("GET", "/api/vcenter/vm/" + id)), "NOT_FOUND");
        EXPECT_EQ(client::error_type(c.vcenter("GET", "/api/vcenter/vm/" + id + "/power")),
                  "NOT_FOUND");
        EXPECT_EQ(client::error_type(c.clone("x", id)), "NOT_FOUND");
        for (const std::string& taken : {name, std::string("web-7"), std::string("web-8")}) {
            const answer refused = c.clone(taken);
            c.pass(1s);
            const std::string type = mode == name_mode::at_post
                                         ? client::error_type(refused)
                                         : client::text(c.task(refused).at("error"), "error_type");
            EXPECT_EQ(type, "ALREADY_EXISTS") << taken;
        }
        EXPECT_EQ(c.linked_clone("web-7").status, mode == name_mode::at_post ? 400 : 202);
    }
}

TEST(Readings, ViJsonSeesTheTemplateTheNestedFolderAndTheMissingTools) {
    client c(with([](config& s) {
        s.hidden_templates = s.nested_folders = s.tools_missing = s.strange_tasks = 1;
    }));
    const auto property = [&](const std::string& path) {
        return client::parse(c.vcenter("GET", "/sdk/vim25/8.0.3.0/" + path));
    };

    EXPECT_TRUE(property("VirtualMachine/vm-99001/config").at("template").as_bool());
    EXPECT_FALSE(property("VirtualMachine/vm-42/config").at("template").as_bool());
    EXPECT_EQ(client::text(property("VirtualMachine/vm-45/guest"), "toolsStatus"),
              "toolsNotInstalled");
    EXPECT_EQ(client::text(property("Folder/group-v6/parent"), "value"), "group-v3");
    EXPECT_EQ(client::text(property("Folder/group-v3/parent"), "value"), "group-v1");
    EXPECT_EQ(client::text(property("Task/task-1001/info").at("reason"), "userName"),
              "VSPHERE.LOCAL\\operator");
    const answer on =
        c.vcenter("POST", "/sdk/vim25/8.0.3.0/VirtualMachine/vm-99001/PowerOnVM_Task", "{}");
    EXPECT_NE(on.body.find("NotSupported"), std::string::npos);
}

TEST(Readings, BlanksAtTheEndsOfANameMayBeDropped) {
    client c(with([](config& s) { s.trims_names = true; }));

    EXPECT_EQ(c.clone(" web-1 ").status, 202);
    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm?names=%20web-1%20").body, "[]");
    EXPECT_NE(c.vcenter("GET", "/api/vcenter/vm?names=web-1").body, "[]");
    EXPECT_EQ(client::error_type(c.clone("web-1  ")), "ALREADY_EXISTS");
    EXPECT_EQ(client::error_type(c.clone("   ")), "INVALID_ARGUMENT");
    client keeps;
    keeps.clone("web-1 ");
    EXPECT_EQ(keeps.vcenter("GET", "/api/vcenter/vm?names=web-1").body, "[]");
}

TEST(Readings, FolderFilterIncludesTheFoldersBelowOrNot) {
    for (const auto& [mode, found] :
         {std::pair{folder_reading::flat, false}, std::pair{folder_reading::recursive, true}}) {
        client c(with([mode = mode](config& s) {
            s.nested_folders = 2;
            s.folder_filter = mode;
        }));
        const auto nested = c.sim("GET", "inventory").at("nested_folders").as_array();
        ASSERT_EQ(nested.size(), 2U);
        EXPECT_EQ(client::text(nested[0], "within"), "group-v3");
        const std::string deepest = client::text(nested[1], "folder");
        EXPECT_EQ(c.vcenter("POST", "/api/vcenter/vm?action=clone&vmw-task=true",
                            R"({"source":"vm-42","name":"deep","placement":{"folder":")" + deepest +
                                R"("}})")
                      .status,
                  202);

        for (const char* target : {"/api/vcenter/vm?names=deep&folders=group-v3",
                                   "/rest/vcenter/vm?filter.names=deep&filter.folders=group-v3",
                                   "/api/vcenter/vm?folders=group-v3"}) {
            EXPECT_EQ(c.vcenter("GET", target).body.find("deep") != std::string::npos, found)
                << target;
        }
        EXPECT_NE(c.vcenter("GET", "/api/vcenter/vm?names=deep&folders=" + deepest).body, "[]");
        EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm?names=deep&folders=group-v4").body, "[]");
    }
}

TEST(Readings, FoldersAreListedByWhatTheyLieIn) {
    client c(with([](config& s) {
        s.folders = 2;
        s.nested_folders = 2;
    }));
    const auto listed = [&](const std::string& target) {
        const auto seen = c.vcenter("GET", target);
        EXPECT_EQ(seen.status, 200) << target << seen.body;
        std::string out;
        for (std::size_t at = 0; (at = seen.body.find("group-v", at)) != std::string::npos; ++at)
            if (seen.body.compare(at - 10, 10, R"("folder":")") == 0) out += seen.body[at + 7];
        return out;
    };
    EXPECT_EQ(listed("/api/vcenter/folder"), "3456");
    EXPECT_EQ(listed("/api/vcenter/folder?type=VIRTUAL_MACHINE"), "3456");
    EXPECT_EQ(listed("/api/vcenter/folder?type=HOST"), "");
    EXPECT_EQ(listed("/api/vcenter/folder?parent_folders=group-v3"), "5");
    EXPECT_EQ(listed("/api/vcenter/folder?parent_folders=group-v5&parent_folders=group-v4"), "6");
    EXPECT_EQ(listed("/api/vcenter/folder?folders=group-v4&folders=group-v9"), "4");
    EXPECT_EQ(listed("/api/vcenter/folder?names=inner&datacenters=datacenter-2"), "56");
    EXPECT_EQ(listed("/api/vcenter/folder?datacenters=datacenter-3"), "");
    EXPECT_EQ(listed("/rest/vcenter/folder?filter.type=VIRTUAL_MACHINE&"
                     "filter.parent_folders=group-v3"),
              "5");
    EXPECT_EQ(c.vcenter("GET", "/rest/vcenter/folder?filter.names=inner").body.find(R"({"value":)"),
              0U);
    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/folder?type=FOLDER").status, 400);
    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/folder?filter.names=inner").status, 400);
}

TEST(Readings, MoreThanAThousandFoldersAreNotListed) {
    client c(with([](config& s) {
        s.folders = 10;
        s.nested_folders = 1000;
    }));
    EXPECT_EQ(client::error_type(c.vcenter("GET", "/api/vcenter/folder")),
              "UNABLE_TO_ALLOCATE_RESOURCE");
    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/folder?parent_folders=group-v3").status, 200);
}

TEST(Readings, CloneWithoutAFolderIsMadeWhereItsSourceIs) {
    client c;
    c.vcenter("POST", "/api/vcenter/vm?action=clone&vmw-task=true",
              R"({"source":"vm-42","name":"first","placement":{"folder":"group-v5"}})");
    c.pass(1s);
    c.clone("second", "vm-100001");

    EXPECT_NE(c.vcenter("GET", "/api/vcenter/vm?names=second&folders=group-v5").body, "[]");
    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm?names=second&folders=group-v3").body, "[]");
}

TEST(Readings, OneBrokenVmFailsTheListInWhichItIsAskedFor) {
    client c(with([](config& s) {
        s.bad_names = "web-1,web-3";
        s.bad_folders = "group-v4";
        s.bad_vms = "vm-44";
    }));
    for (const char* target :
         {"/api/vcenter/vm?names=web-1", "/api/vcenter/vm?names=web-2&names=web-3",
          "/rest/vcenter/vm?filter.names=web-1", "/api/vcenter/vm?names=web-2&folders=group-v4",
          "/api/vcenter/vm?vms=vm-42&vms=vm-44", "/api/vcenter/vm/vm-44",
          "/api/vcenter/vm/vm-44/power", "/api/vcenter/vm/vm-44/tools"}) {
        EXPECT_EQ(c.vcenter("GET", target).status, 500) << target;
        EXPECT_EQ(client::error_type(c.vcenter("GET", target)), "INTERNAL_SERVER_ERROR") << target;
    }
    for (const char* target : {"/api/vcenter/vm?names=web-2&folders=group-v3",
                               "/api/vcenter/vm?vms=vm-42", "/api/vcenter/vm/vm-42"}) {
        EXPECT_EQ(c.vcenter("GET", target).status, 200) << target;
    }
}

TEST(Readings, VmWithoutToolsNeverRunsThemAndNeitherDoesItsClone) {
    client c(with([](config& s) { s.tools_missing = 1; }));
    c.clone("bare", "vm-45");
    c.clone("whole", "vm-44");
    c.pass(1s);
    const auto tools = [&](const std::string& vm) {
        EXPECT_EQ(c.vcenter("POST", "/api/vcenter/vm/" + vm + "/power?action=start").status, 204);
        c.pass(10s);
        const auto info = client::parse(c.vcenter("GET", "/api/vcenter/vm/" + vm + "/tools"));
        return client::text(info, "version_status") + " " + client::text(info, "run_state");
    };

    EXPECT_EQ(tools("vm-45"), "NOT_INSTALLED NOT_RUNNING");
    EXPECT_EQ(tools("vm-100001"), "NOT_INSTALLED NOT_RUNNING");
    EXPECT_EQ(tools("vm-44"), "UNMANAGED RUNNING");
    EXPECT_EQ(tools("vm-100002"), "UNMANAGED RUNNING");
}

TEST(Readings, PowerStartIsAnsweredWithNothing) {
    client c;
    const answer api = c.vcenter("POST", "/api/vcenter/vm/vm-42/power?action=start");
    const answer rest = c.vcenter("POST", "/rest/vcenter/vm/vm-43/power/start");

    EXPECT_EQ(std::pair(api.status, api.body), std::pair(204, std::string()));
    EXPECT_EQ(std::pair(rest.status, rest.body), std::pair(200, std::string()));
}

TEST(Readings, TaskCanHangRunningOrBlocked) {
    client c;
    for (const auto& [fault, status] :
         {std::pair{"task_hang", "RUNNING"}, std::pair{"task_blocked", "BLOCKED"}}) {
        c.sim("POST", "rules", R"([{"fault":")" + std::string(fault) + R"("}])");
        const answer clone = c.clone(fault);
        const answer linked = c.linked_clone("lc-" + std::string(fault));
        c.pass(2h - 1s);
        EXPECT_EQ(c.status(clone), status);
        EXPECT_EQ(client::text(c.snap_task(linked), "status"), status);
        EXPECT_EQ(
            c.vcenter("POST", "/api/cis/tasks/" + client::id(clone) + "?action=cancel").status,
            204);
        EXPECT_EQ(c.status(clone), "FAILED");
    }
}

TEST(Readings, CancelIsRefusedIgnoredOrHeededLate) {
    for (const auto& [mode, answered, after_1s, after_61s] : {
             std::tuple{cancel_reading::served, 204, "FAILED", "FAILED"},
             std::tuple{cancel_reading::unsupported, 400, "RUNNING", "RUNNING"},
             std::tuple{cancel_reading::ignored, 204, "RUNNING", "RUNNING"},
             std::tuple{cancel_reading::late, 204, "RUNNING", "FAILED"},
         }) {
        client c(with([mode = mode](config& s) {
            s.cancel = mode;
            s.clone.ms = 600'000;
            s.pending_share = 0;
        }));
        const answer clone = c.clone("web-1");
        const std::string target = "/api/cis/tasks/" + client::id(clone) + "?action=cancel";

        EXPECT_TRUE(c.task(clone).at("cancelable").as_bool());
        EXPECT_EQ(c.vcenter("POST", target).status, answered) << to_text(mode);
        c.pass(1s);
        EXPECT_EQ(c.status(clone), after_1s) << to_text(mode);
        c.pass(60s);
        EXPECT_EQ(c.status(clone), after_61s) << to_text(mode);
    }
}

TEST(Readings, ControlChangesThemAndRefusesWhatItDoesNotKnow) {
    client c;
    c.sim("POST", "readings", R"({"task_target":"folder","result_told":false,"bad_vms":"vm-42"})");

    EXPECT_EQ(client::text(c.task(c.clone("x", "vm-43")).at("target"), "type"), "Folder");
    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm/vm-42/power").status, 500);
    for (const char* body : {R"({"task_target":"moon"})", R"({"lockout_status":200})",
                             R"({"hidden_templates":3})", R"({"cancel":7})"}) {
        EXPECT_EQ(c.call(server_kind::control, "POST", "/_sim/readings", body).status, 400) << body;
    }
}
