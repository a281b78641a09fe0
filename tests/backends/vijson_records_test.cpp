#include "backends/vijson/evidence.hpp"
#include "backends/vijson/records.hpp"
#include "base/date_time.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cloned::testing {
namespace {

using namespace cloned::backends;
using namespace cloned::backends::vijson;

std::string page(const std::string& objects, const std::string& more = "") {
    return R"({"_typeName":"RetrieveResult","objects":[)" + objects + "]" + more + "}";
}

std::string task_object(const std::string& info, const std::string& id = "task-5312") {
    return R"({"_typeName":"ObjectContent","obj":{"type":"Task","value":")" + id +
           R"("},"propSet":[{"_typeName":"DynamicProperty","name":"info","val":)" + info + "}]}";
}

// The names of types stand at the end here, which is as good as anywhere.
const std::string golden_info =
    R"({"key":"task-5312","task":{"type":"Task","value":"task-5312"},"name":"CustomizeGuest_Task",)"
    R"("descriptionId":"vm.guest.CustomizationManager.customize",)"
    R"("entity":{"type":"VirtualMachine","value":"vm-5021"},"entityName":"web-001","state":"error",)"
    R"("cancelled":false,"cancelable":false,"progress":70,)"
    R"("error":{"_typeName":"InvalidGuestLogin","faultMessage":[{"key":"x","message":"Failed to authenticate."}]},)"
    R"("reason":{"userName":"VSPHERE.LOCAL\\svc","_typeName":"TaskReasonUser"},)"
    R"("queueTime":"2026-03-02T10:15:04.120Z","startTime":"2026-03-02T10:15:04.130Z",)"
    R"("completeTime":"2026-03-02T10:15:09.000Z","eventChainId":90211,"_typeName":"TaskInfo"})";

TEST(VijsonRecords, ATaskInfoIsReadWhole) {
    const auto read = read_page(page(task_object(golden_info)));

    ASSERT_TRUE(read);
    const auto* task = read->find_task("task-5312");
    ASSERT_NE(task, nullptr);
    EXPECT_EQ(task->phase, task_phase::failed);
    EXPECT_EQ(task->entity, "vm-5021");
    EXPECT_EQ(task->user, "VSPHERE.LOCAL\\svc");
    EXPECT_EQ(task->queued_at, parse_rfc3339("2026-03-02T10:15:04.120Z"));
    EXPECT_EQ(task->percent, 70);
    EXPECT_EQ(task->why->type, "InvalidGuestLogin");
    EXPECT_TRUE(is_customization(*task));
}

TEST(VijsonRecords, ATokenNamesTheNextPage) {
    EXPECT_EQ(read_page(page(task_object(golden_info), R"(,"token":"1-2")"))->next, "1-2");
    EXPECT_EQ(read_page(page(task_object(golden_info)))->next, "");
}

TEST(VijsonRecords, EveryFormOfNothingIsAnEmptyPage) {
    for (const auto* body : {"", " \r\n", "null", " null\n", "{}", R"({"objects":null})"}) {
        const auto read = read_page(body);
        ASSERT_TRUE(read) << body;
        EXPECT_TRUE(read->tasks.empty());
    }
    EXPECT_FALSE(read_page("[]"));
    EXPECT_FALSE(read_page("7"));
}

TEST(VijsonRecords, ValuesMayStandInBoxes) {
    const auto read = read_page(page(
        R"({"obj":{"type":"VirtualMachine","value":"vm-7"},"propSet":[)"
        R"({"name":"runtime.powerState","val":{"_typeName":"VirtualMachinePowerState","_value":"poweredOn"}},)"
        R"({"name":"recentTask","val":{"_typeName":"ArrayOfManagedObjectReference","_value":[{"type":"Task","value":"task-1"}]}}]},)"
        R"({"obj":{"type":"VirtualMachine","value":"vm-8"},"propSet":[)"
        R"({"name":"runtime.powerState","val":"poweredOff"},{"name":"recentTask","val":[{"type":"Task","value":"task-2"}]}]})"));

    ASSERT_TRUE(read);
    EXPECT_EQ(read->find_vm("vm-7")->powered_on, true);
    EXPECT_EQ(read->find_vm("vm-7")->recent_tasks, std::vector<std::string>{"task-1"});
    EXPECT_EQ(read->find_vm("vm-8")->powered_on, false);
    EXPECT_EQ(read->find_vm("vm-8")->recent_tasks, std::vector<std::string>{"task-2"});
}

TEST(VijsonRecords, WhatIsHiddenIsKeptWithItsFault) {
    const auto read = read_page(page(
        R"({"obj":{"type":"Task","value":"task-1"},"missingSet":[{"path":"info","fault":{"fault":{"_typeName":"NoPermission"},"localizedMessage":"no"}}]})"));

    ASSERT_TRUE(read);
    ASSERT_NE(read->find_hidden("Task", "task-1"), nullptr);
    EXPECT_EQ(read->find_hidden("Task", "task-1")->why.type, "NoPermission");
    EXPECT_EQ(read->find_task("task-1"), nullptr);
}

TEST(VijsonRecords, AStateThatNobodyKnowsIsRunning) {
    const auto read = read_page(page(task_object(R"({"state":"reticulating"})") + "," +
                                     task_object("{}", "task-2") + "," +
                                     task_object(R"({"state":"queued"})", "task-3")));

    ASSERT_TRUE(read);
    EXPECT_EQ(read->find_task("task-5312")->phase, task_phase::running);
    EXPECT_EQ(read->find_task("task-2")->phase, task_phase::running);
    EXPECT_EQ(read->find_task("task-3")->phase, task_phase::pending);
}

TEST(VijsonRecords, ACancelledTaskNeedsNoFaultToBeKnownAsOne) {
    const auto read =
        read_page(page(task_object(R"({"state":"error","cancelled":true,"error":{}})")));

    const auto status = interpret("t", *read->find_task("task-5312"), false, nullptr);

    EXPECT_TRUE(status.cancelled);
}

struct guest_case {
    const char* status;
    const char* ended;
    task_phase phase;
};

TEST(VijsonRecords, TheGuestHasTheLastWord) {
    const guest_case table[] = {
        {"TOOLSDEPLOYPKG_IDLE", "", task_phase::running},
        {"TOOLSDEPLOYPKG_PENDING", "", task_phase::running},
        {"TOOLSDEPLOYPKG_RUNNING", "", task_phase::running},
        {"TOOLSDEPLOYPKG_SUCCEEDED", "2026-03-02T10:20:00Z", task_phase::succeeded},
        {"TOOLSDEPLOYPKG_SUCCEEDED", "", task_phase::succeeded},
        {"TOOLSDEPLOYPKG_FAILED", "2026-03-02T10:20:00Z", task_phase::failed},
        {"TOOLSDEPLOYPKG_SUCCEEDED", "2026-03-02T10:10:00Z", task_phase::running},
        {"TOOLSDEPLOYPKG_FAILED", "2026-03-02T10:10:00Z", task_phase::running},
        {"TOOLSDEPLOYPKG_LATER", "", task_phase::running},
    };
    task_record task;
    task.phase = task_phase::succeeded;
    task.started_at = parse_rfc3339("2026-03-02T10:15:00Z");
    for (const auto& row : table) {
        const auto read = read_page(page(
            R"({"obj":{"type":"VirtualMachine","value":"vm-7"},"propSet":[{"name":"guest.customizationInfo","val":{"customizationStatus":")" +
            std::string(row.status) + R"(","endTime":")" + row.ended +
            R"(","errorMsg":"bad"}}]})"));
        ASSERT_TRUE(read);
        const auto status = interpret("t", task, true, read->find_vm("vm-7"));
        EXPECT_EQ(status.phase, row.phase) << row.status << row.ended;
    }
}

TEST(VijsonRecords, AVmThatIsSwitchedOffIsNotWaitedFor) {
    task_record task;
    task.phase = task_phase::succeeded;
    vm_record vm;
    vm.powered_on = false;

    const auto status = interpret("t", task, true, &vm);

    EXPECT_EQ(status.phase, task_phase::failed);
    EXPECT_TRUE(status.later);
}

TEST(VijsonRecords, BothFormsOfAUsersNameAreTheSame) {
    EXPECT_TRUE(is_same_user("svc@vsphere.local", "VSPHERE.LOCAL\\svc"));
    EXPECT_TRUE(is_same_user("VSPHERE.LOCAL\\Svc", "vsphere.local\\svc"));
    EXPECT_FALSE(is_same_user("svc@vsphere.local", "VSPHERE.LOCAL\\other"));
    EXPECT_FALSE(is_same_user("", ""));
}

// --- evidence

doubtful_job job() {
    doubtful_job out;
    out.spec.vm = "vm-7";
    out.since = *parse_rfc3339("2026-03-02T10:00:00Z");
    out.now = *parse_rfc3339("2026-03-02T10:01:00Z");
    out.user = "VSPHERE.LOCAL\\svc";
    return out;
}

task_record customization(const std::string& id, task_phase phase = task_phase::succeeded) {
    task_record out;
    out.id = id;
    out.phase = phase;
    out.name = "CustomizeGuest_Task";
    out.entity = "vm-7";
    out.user = "svc@vsphere.local";
    out.queued_at = parse_rfc3339("2026-03-02T10:00:01Z");
    return out;
}

property_page with(std::vector<task_record> tasks) {
    property_page out;
    out.tasks = std::move(tasks);
    out.vms.push_back({.id = "vm-7"});
    return out;
}

TEST(VijsonEvidence, TheOneThatFitsIsOurs) {
    const auto seen = judge_recent_tasks(job(), with({customization("task-1")}));

    ASSERT_TRUE(seen.own_task);
    EXPECT_EQ(seen.own_task->task_id, "task-1");
}

TEST(VijsonEvidence, WhatIsNotOursProvesNothing) {
    auto stranger = customization("task-1");
    stranger.user = "VSPHERE.LOCAL\\other";
    auto earlier = customization("task-2");
    earlier.queued_at = parse_rfc3339("2026-03-02T09:59:59Z");
    auto undated = customization("task-3");
    undated.queued_at.reset();
    auto clone = customization("task-4");
    clone.name = "CloneVM_Task";
    auto elsewhere = customization("task-5");
    elsewhere.entity = "vm-8";
    for (const auto& task : {stranger, earlier, undated, clone, elsewhere}) {
        const auto seen = judge_recent_tasks(job(), with({task}));
        EXPECT_FALSE(seen.own_task) << task.id;
        EXPECT_EQ(seen.presence, evidence::vm_presence::absent) << task.id;
    }
}

TEST(VijsonEvidence, ALiveCustomizationOfAnyoneKeepsTheDoubtOpen) {
    auto stranger = customization("task-1", task_phase::running);
    stranger.user = "VSPHERE.LOCAL\\other";

    const auto seen = judge_recent_tasks(job(), with({stranger, customization("task-2")}));

    EXPECT_EQ(seen.candidate_tasks, std::vector<std::string>{"task-1"});
    EXPECT_FALSE(seen.own_task);
}

TEST(VijsonEvidence, ALiveTaskOfAnotherJobOfOursIsAccountedFor) {
    auto mine = job();
    mine.known = {"task-1"};

    const auto seen =
        judge_recent_tasks(mine, with({customization("task-1", task_phase::running)}));

    EXPECT_TRUE(seen.candidate_tasks.empty());
}

TEST(VijsonEvidence, WithoutOurNameNothingIsOurs) {
    auto nobody = job();
    nobody.user.clear();

    EXPECT_FALSE(judge_recent_tasks(nobody, with({customization("task-1")})).own_task);
}

using presence = evidence::vm_presence;

struct report_row {
    std::optional<guest_phase> guest;
    const char* began;
    presence while_listed;    // the tasks of that time are still listed
    presence when_forgotten;  // they are not
    bool fails = false;
};

// The job was sent at 10:00; the clock of a guest may be five minutes off.
TEST(VijsonEvidence, TheGuestHasTheWordWhereNoTaskSettlesIt) {
    const report_row table[] = {
        {{}, "", presence::absent, presence::ambiguous},
        {guest_phase::idle, "", presence::absent, presence::absent},
        {guest_phase::pending, "", presence::incomplete, presence::incomplete},
        {guest_phase::running, "10:00:05", presence::incomplete, presence::incomplete},
        {guest_phase::running, "09:00:00", presence::incomplete, presence::incomplete},
        {guest_phase::succeeded, "10:00:05", presence::present, presence::present},
        {guest_phase::succeeded, "09:00:00", presence::absent, presence::absent},
        {guest_phase::succeeded, "09:58:00", presence::absent, presence::ambiguous},
        {guest_phase::succeeded, "", presence::absent, presence::ambiguous},
        {guest_phase::succeeded, "23:00:00", presence::absent, presence::ambiguous},
        {guest_phase::failed, "10:00:05", presence::absent, presence::absent, true},
        {guest_phase::failed, "09:00:00", presence::absent, presence::absent},
        {guest_phase::failed, "", presence::absent, presence::ambiguous},
    };
    for (const auto* task : {"", "task-1"})
        for (const auto& row : table) {
            auto seen = with({});
            seen.vms[0].guest = row.guest;
            seen.vms[0].guest_started_at =
                parse_rfc3339("2026-03-02T" + std::string(row.began) + "Z");
            auto mine = job();
            mine.task_id = task;
            const auto soon = judge_recent_tasks(mine, seen);
            mine.now = *parse_rfc3339("2026-03-02T12:00:00Z");
            const auto later = judge_recent_tasks(mine, seen);

            EXPECT_EQ(soon.presence, row.while_listed) << row.began;
            EXPECT_EQ(later.presence, row.when_forgotten) << row.began;
            EXPECT_EQ(later.own_task.has_value(), row.fails) << row.began;
        }
}

TEST(VijsonEvidence, TasksThatAreOlderThanTheJobShowThatItsOwnWouldBeListed) {
    auto before = customization("task-0");
    before.queued_at = parse_rfc3339("2026-03-02T09:00:00Z");
    before.ended_at = parse_rfc3339("2026-03-02T09:00:09Z");
    auto mine = job();
    mine.now = *parse_rfc3339("2026-03-02T12:00:00Z");

    EXPECT_EQ(judge_recent_tasks(mine, with({before})).presence, presence::absent);
    before.ended_at = parse_rfc3339("2026-03-02T11:00:00Z");
    EXPECT_EQ(judge_recent_tasks(mine, with({before})).presence, presence::ambiguous);
}

TEST(VijsonEvidence, AFullListReachesBackToNothing) {
    auto seen = with({});
    seen.vms[0].recent_tasks.assign(200, "task-9");

    EXPECT_EQ(judge_recent_tasks(job(), seen).presence, presence::ambiguous);
}

// What the guest has done is that other job's work.
TEST(VijsonEvidence, WhatAnotherTaskAccountsForIsNotThisJobs) {
    auto stranger = customization("task-1");
    stranger.user = "VSPHERE.LOCAL\\other";
    const auto ours = customization("task-2");
    for (const auto& other : {stranger, ours}) {
        auto seen = with({other});
        seen.vms[0].guest = guest_phase::succeeded;
        seen.vms[0].guest_started_at = parse_rfc3339("2026-03-02T10:00:05Z");
        auto mine = job();
        mine.known = {"task-2"};

        EXPECT_EQ(judge_recent_tasks(mine, seen).presence, presence::absent);
    }
}

TEST(VijsonEvidence, AnEndedTaskThatWeKnowIsNotThisJobs) {
    auto mine = job();
    mine.known = {"task-1"};

    const auto seen = judge_recent_tasks(mine, with({customization("task-1")}));

    EXPECT_FALSE(seen.own_task);
    EXPECT_EQ(seen.presence, presence::absent);
}

TEST(VijsonEvidence, AVmWhoseTasksAreHiddenGivesNoEvidence) {
    auto seen = with({});
    seen.hidden.push_back({"VirtualMachine", "vm-7", "recentTask", fault{0, "NoPermission", "no"}});

    const auto told = judge_first_look(job(), seen);

    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().code(), errc::permission_denied);
}

}  // namespace
}  // namespace cloned::testing
