#include "backends/snapservice/wire.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cloned::backends::snapservice {
namespace {

const wire snap;

linked_clone_spec clone_spec() {
    linked_clone_spec spec;
    spec.cluster = "domain-c8:1";
    spec.vm = "vm-42";
    spec.snapshot = "00000042-0000-4000-8000-000000000002";
    spec.name = "web-001";
    return spec;
}

TEST(SnapserviceWire, WritesALinkedClone) {
    auto spec = clone_spec();
    spec.where.folder = "group-v3";
    spec.where.resource_pool = "resgroup-8";
    spec.where.host = "host-801";

    const auto ask = snap.linked_clone(spec, "op-1");

    EXPECT_EQ(ask.verb, http::method::post);
    EXPECT_EQ(ask.target,
              "/api/snapservice/clusters/domain-c8%3A1/virtual-machines/vm-42"
              "?action=linked-clone&vmw-task=true");
    EXPECT_EQ(
        ask.body,
        R"({"snapshot":"00000042-0000-4000-8000-000000000002","name":"web-001",)"
        R"("placement":{"folder":"group-v3","resource_pool":"resgroup-8","host":"host-801"}})");
    EXPECT_FALSE(ask.repeatable);
}

TEST(SnapserviceWire, NeverSendsThePlacementThatOnlyVcenterKnows) {
    auto spec = clone_spec();
    spec.where.cluster = "domain-c8";
    spec.where.datastore = "datastore-11";

    EXPECT_EQ(snap.linked_clone(spec, "").body,
              R"({"snapshot":"00000042-0000-4000-8000-000000000002","name":"web-001"})");
}

TEST(SnapserviceWire, WritesARestoreWithItsName) {
    restore_spec spec;
    spec.cluster = "domain-c8";
    spec.vm = "vm-9001";
    spec.snapshot = "s-1";
    spec.name = "back";

    const auto ask = snap.restore(spec, "op-1");

    EXPECT_EQ(ask.target,
              "/api/snapservice/clusters/domain-c8/virtual-machines/vm-9001"
              "?action=restore&vmw-task=true");
    EXPECT_EQ(ask.body, R"({"snapshot":"s-1","name":"back"})");
}

TEST(SnapserviceWire, AsksForTasksByRepeatedParameters) {
    const std::vector<std::string> ids{"a:1", "b"};

    EXPECT_EQ(snap.list_tasks(ids).target, "/api/snapservice/tasks?tasks=a%3A1&tasks=b");
    EXPECT_EQ(snap.list_live_tasks().target,
              "/api/snapservice/tasks?services=com.vmware.snapservice.clusters.virtual_machines"
              "&status=PENDING&status=RUNNING&status=BLOCKED");
}

TEST(SnapserviceWire, BatchesFitAUrl) {
    const std::vector<std::string> ids(2000, "b3d6b7e2-3c6e-4a54-9a58-0c1b7a3d9f10");

    const auto n = snap.batch_size(ids);

    EXPECT_GT(n, 100U);
    EXPECT_LT(snap.list_tasks(std::span(ids).first(n)).target.size(), 7100U);
}

const std::string items =
    R"({"items":[{"task":"a","info":{"description":{"id":"x","default_message":"Linked clone",)"
    R"("args":[]},"service":"com.vmware.snapservice.clusters.virtual_machines",)"
    R"("operation":"linked_clone","status":"SUCCEEDED","cancelable":false,"vc_task":"task-1",)"
    R"("result":"vm-5021"}},{"task":"b","info":{"operation":"restore","status":"FAILED",)"
    R"("error":{"error_type":"NOT_ALLOWED_IN_CURRENT_STATE","messages":[]}}},)"
    R"({"task":"c","info":{"operation":"linked_clone","status":"RUNNING",)"
    R"("target":{"type":"VirtualMachine","id":"vm-42"}}}]})";

TEST(SnapserviceWire, ReadsTheStatusOfManyTasks) {
    const auto list = snap.read_list(items);

    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 3U);
    EXPECT_EQ((*list)[0].phase, task_phase::succeeded);
    EXPECT_EQ((*list)[0].vm, "vm-5021");
    EXPECT_EQ((*list)[1].phase, task_phase::failed);
    EXPECT_TRUE((*list)[1].later);
    EXPECT_EQ((*list)[2].phase, task_phase::running);
}

TEST(SnapserviceWire, KeepsLiveTasksOfTheOperationAndTheVmOnly) {
    EXPECT_EQ(*snap.read_live_tasks(items, "linked", "vm-42"), std::vector<std::string>{"c"});
    EXPECT_TRUE(snap.read_live_tasks(items, "linked", "vm-43")->empty());
    EXPECT_TRUE(snap.read_live_tasks(items, "restore", "vm-42")->empty());
}

TEST(SnapserviceWire, NoPartOfAnAnswerIsTakenForTheWhole) {
    for (std::size_t n = 0; n < items.size(); ++n)
        EXPECT_FALSE(snap.read_list(items.substr(0, n))) << n;
    const std::string id = R"("b3d6b7e2")";
    for (std::size_t n = 0; n < id.size(); ++n) EXPECT_FALSE(snap.read_started(id.substr(0, n)));
    EXPECT_EQ(*snap.read_started(id), "b3d6b7e2");
}

TEST(SnapserviceWire, ListsOfAnotherShapeAreNoLists) {
    for (const auto* body : {"[]", "{}", R"({"items":{}})", R"({"items":[{"task":"a"}]})",
                             R"({"items":[{"task":1,"info":{}}]})"})
        EXPECT_FALSE(snap.read_list(body)) << body;
}

}  // namespace
}  // namespace cloned::backends::snapservice
