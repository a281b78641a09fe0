#include "backends/vcenter/wire.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cloned::backends::vcenter {
namespace {

const wire api(vapi::flavour::api);
const wire rest(vapi::flavour::rest);

std::vector<std::string> names(std::string one) {
    return {std::move(one)};
}

vcenter_clone_spec small_spec() {
    vcenter_clone_spec spec;
    spec.source = "vm-42";
    spec.name = "web-001";
    return spec;
}

TEST(VcenterWire, NamesTheOperationInBothHeadersWithoutWhatCouldEndALine) {
    const auto ask = api.clone(small_spec(), "op 1\r\nX: y");

    const std::vector<http::header> wanted{{"X-Request-ID", "op1X:y"}, {"vapi-ctx-opid", "op1X:y"}};
    EXPECT_EQ(ask.headers, wanted);
}

TEST(VcenterWire, EncodesEveryIdInAPath) {
    const std::string odd = "vm-1:a/b?c d#%";

    EXPECT_EQ(api.power_on(odd, "").target,
              "/api/vcenter/vm/vm-1%3Aa%2Fb%3Fc%20d%23%25/power?action=start");
    EXPECT_EQ(rest.power_on(odd, "").target,
              "/rest/vcenter/vm/vm-1%3Aa%2Fb%3Fc%20d%23%25/power/start");
    EXPECT_EQ(api.get_power("vm-1").target, "/api/vcenter/vm/vm-1/power");
    EXPECT_EQ(rest.get_tools("vm-1").target, "/rest/vcenter/vm/vm-1/tools");
    EXPECT_EQ(api.get_task("task-1:x").target, "/api/cis/tasks/task-1%3Ax");
    EXPECT_EQ(rest.cancel_task("task-1:x").target, "/rest/cis/tasks/task-1%3Ax?action=cancel");
    EXPECT_EQ(api.get_task("..").target, "/api/cis/tasks/%2E%2E");
}

TEST(VcenterWire, BatchesFitTheRequest) {
    const std::vector<std::string> ids(2000, "task-1187:059dd233-dedf-4960-bba8-ab6710e6aeb4");

    EXPECT_EQ(api.batch_size(ids), 500U);
    const auto n = rest.batch_size(ids);
    EXPECT_GT(n, 50U);
    EXPECT_LT(rest.list_tasks(std::span(ids).first(n)).target.size(), 7100U);
}

TEST(VcenterWire, OneIdThatFitsNowhereIsStillABatch) {
    const std::vector<std::string> ids{std::string(9000, 'x'), "task-2"};

    EXPECT_EQ(rest.batch_size(ids), 1U);
}

TEST(VcenterWire, LooksForANameAlsoInTheFormInWhichVcenterStoresIt) {
    EXPECT_EQ(api.list_vms(names("a/b"), "").target, "/api/vcenter/vm?names=a%2Fb&names=a%252fb");

    const auto seen = api.read_vms(
        R"([{"vm":"vm-9","name":"a%2fb","power_state":"POWERED_OFF","cpu_count":1,"memory_size_MiB":64}])",
        names("a/b"));

    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->front().vm, "vm-9");
}

TEST(VcenterWire, LooksForManyNamesAtOnce) {
    const std::vector<std::string> three{"a", "b/c", "d"};
    EXPECT_EQ(rest.list_vms(three, "group-v3").target,
              "/rest/vcenter/vm?filter.names=a&filter.names=b%2Fc&filter.names=b%252fc&"
              "filter.names=d&filter.folders=group-v3");

    const auto seen = api.read_vms(
        R"([{"vm":"vm-9","name":"d","cpu_count":1,"memory_size_MiB":64},{"vm":"vm-8","name":"x"}])",
        three);

    ASSERT_TRUE(seen);
    ASSERT_EQ(seen->size(), 3U);
    EXPECT_EQ((*seen)[0].presence, evidence::vm_presence::absent);
    EXPECT_EQ((*seen)[1].presence, evidence::vm_presence::absent);
    EXPECT_EQ((*seen)[2].vm, "vm-9");
}

TEST(VcenterWire, AListOfNamesStaysBelowWhatServersTake) {
    const std::vector<std::string> many(300, std::string(80, '%'));
    const auto fit = wire::names_that_fit(many);
    EXPECT_GE(fit, 1U);
    EXPECT_LT(rest.list_vms(std::span(many).first(fit), "group-v3").target.size(), 7500U);
    const std::vector<std::string> short_ones(300, "a");
    EXPECT_EQ(wire::names_that_fit(short_ones), 100U);
    EXPECT_EQ(wire::names_that_fit(std::vector<std::string>(1, std::string(9000, 'x'))), 1U);
}

TEST(VcenterWire, AVmWithoutItsConfigurationIsIncomplete) {
    const auto seen =
        api.read_vms(R"([{"vm":"vm-9","name":"web-1","power_state":"POWERED_OFF","cpu_count":1}])",
                     names("web-1"));

    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->front().presence, evidence::vm_presence::incomplete);
    EXPECT_EQ(seen->front().vm, "vm-9");
}

TEST(VcenterWire, TwoVmsOfTheNameAreAmbiguousAndOthersDoNotCount) {
    const std::string vm = R"({"vm":"vm-9","name":"web-1","cpu_count":1,"memory_size_MiB":4})";
    const std::string other = R"({"vm":"vm-7","name":"web-2","cpu_count":1,"memory_size_MiB":4})";

    const auto one = rest.read_vms(R"({"value":[)" + vm + "," + other + "]}", names("web-1"));
    const auto two = rest.read_vms(R"({"value":[)" + vm + "," + vm + "]}", names("web-1"));
    const auto none = rest.read_vms(R"({"value":[)" + other + "]}", names("web-1"));

    ASSERT_TRUE(one && two && none);
    EXPECT_EQ(one->front().presence, evidence::vm_presence::present);
    EXPECT_EQ(one->front().vm, "vm-9");
    EXPECT_EQ(two->front().presence, evidence::vm_presence::ambiguous);
    EXPECT_NE(two->front().seen.find("vm-9, vm-9"), std::string::npos) << two->front().seen;
    EXPECT_EQ(none->front().presence, evidence::vm_presence::absent);
}

struct status_row {
    const char* info;
    task_phase phase;
    const char* vm;
};

TEST(VcenterWire, OnlyAClearWordEndsATask) {
    const std::vector<status_row> table{
        {R"({"status":"PENDING"})", task_phase::pending, ""},
        {R"({"status":"BLOCKED"})", task_phase::pending, ""},
        {R"({"status":"RUNNING","result":"vm-1"})", task_phase::running, ""},
        {R"({"status":"SOMETHING_NEW"})", task_phase::running, ""},
        {R"({"status":7})", task_phase::running, ""},
        {R"({})", task_phase::running, ""},
        {R"({"status":"SUCCEEDED"})", task_phase::succeeded, ""},
        {R"({"status":"SUCCEEDED","result":{"vm":"vm-7"}})", task_phase::succeeded, "vm-7"},
        {R"({"status":"SUCCEEDED","result":{"id":"vm-8","type":"VirtualMachine"}})",
         task_phase::succeeded, "vm-8"},
        {R"({"status":"SUCCEEDED","result":[1]})", task_phase::succeeded, ""},
        {R"({"status":"FAILED"})", task_phase::failed, ""},
    };
    for (const auto& r : table) {
        const auto status = api.read_task("t", r.info);
        ASSERT_TRUE(status) << r.info;
        EXPECT_EQ(status->phase, r.phase) << r.info;
        EXPECT_EQ(status->vm, r.vm) << r.info;
    }
}

TEST(VcenterWire, TasksAreReadWithAllThatTellsWhoMadeWhat) {
    const auto* list =
        R"({"a":{"operation":"clone$task","status":"FAILED","start_time":"2026-03-02T10:15:04Z",)"
        R"("target":{"type":"VirtualMachine","id":"vm-42"},)"
        R"("error":{"error_type":"ERROR","messages":[]}},)"
        R"("b":{"operation":"clone","status":"SUCCEEDED","result":"vm-9"},)"
        R"("c":{"status":"BLOCKED"}})";

    const auto tasks = api.read_vm_tasks(list);

    ASSERT_TRUE(tasks);
    ASSERT_EQ(tasks->size(), 3U);
    const auto& failed = (*tasks)[0];
    EXPECT_EQ(failed.id, "a");
    EXPECT_EQ(failed.phase, task_phase::failed);
    EXPECT_EQ(failed.target, "vm-42");
    EXPECT_EQ(failed.target_type, "VirtualMachine");
    EXPECT_EQ(failed.started, from_ms(1'772'446'504'000));
    EXPECT_EQ(failed.said.message(), "ERROR");
    EXPECT_EQ((*tasks)[1].result, "vm-9");
    EXPECT_EQ((*tasks)[1].started, std::nullopt);
    EXPECT_EQ((*tasks)[2].phase, task_phase::pending);
}

// It charges no attempt, but it may have left its VM like any other that has failed.
TEST(VcenterWire, ATaskThatWasRefusedIsEvidenceOfAFailure) {
    const std::string busy = R"({"status":"FAILED","error":{"error_type":"RESOURCE_BUSY"}})";

    const auto polled = api.read_task("t", busy);
    const auto listed = api.read_vm_tasks("{\"t\":" + busy + "}");

    ASSERT_TRUE(polled);
    EXPECT_EQ(polled->phase, task_phase::refused);
    EXPECT_EQ(polled->why, refusal::busy);
    ASSERT_TRUE(listed);
    EXPECT_EQ(listed->front().phase, task_phase::failed);
}

TEST(VcenterWire, TheToolsRunAlsoWhileTheyExecuteScripts) {
    EXPECT_EQ(api.read_tools(R"({"run_state":"RUNNING"})"), tools_state::running);
    EXPECT_EQ(api.read_tools(R"({"run_state":"EXECUTING_SCRIPTS"})"), tools_state::running);
    EXPECT_EQ(api.read_tools(R"({"run_state":"NOT_RUNNING"})"), tools_state::not_running);
    const auto* none = R"({"run_state":"NOT_RUNNING","version_status":"NOT_INSTALLED"})";
    EXPECT_EQ(api.read_tools(none), tools_state::not_installed);
    EXPECT_EQ(rest.read_power(R"({"value":{"state":"POWERED_ON"}})"), power_state::on);
}

TEST(VcenterWire, WhatIsNoTaskIdIsNoSuccess) {
    for (const auto* body : {"\"\"", "null", "17", "{}", "[\"t\"]", "{\"value\":\"t\"}"})
        EXPECT_FALSE(api.read_clone(body)) << body;
    for (const auto* body : {"\"t\"", "{}", "{\"value\":null}", "{\"value\":{}}"})
        EXPECT_FALSE(rest.read_clone(body)) << body;
    EXPECT_FALSE(api.read_clone("\"" + std::string(5000, 'x') + "\""));
}

}  // namespace
}  // namespace cloned::backends::vcenter
