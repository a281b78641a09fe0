#include "daemon/rpc/api/validate.hpp"

#include "tests/rpc/requests.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <ostream>

namespace cloned::rpc::test {
namespace {

const endpoint_directory& endpoints() {
    static const endpoint_directory directory(some_endpoints());
    return directory;
}

std::vector<field_problem> problems_of(const v1::JobSpec& spec) {
    problem_list problems;
    const field_place root(problems);
    check_job(spec, endpoints(), some_time(), root.in("jobs", 3));
    return problems.kept();
}

// A change of a job that is in order, and the one field that is wrong after it; empty: none.
struct rule {
    const char* name;
    v1::JobSpec (*base)();
    std::function<void(v1::JobSpec&)> change;
    const char* field;
    const char* words = "";
};

void PrintTo(const rule& r, std::ostream* out) {
    *out << r.name;
}

class EveryRule : public testing::TestWithParam<rule> {};

TEST_P(EveryRule, IsReportedAtItsFieldAndNowhereElse) {
    auto spec = GetParam().base();
    GetParam().change(spec);

    const auto problems = problems_of(spec);

    if (*GetParam().field == '\0') {
        EXPECT_TRUE(problems.empty())
            << problems.front().field << ": " << problems.front().description;
        return;
    }
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems.front().field, GetParam().field);
    EXPECT_NE(problems.front().description.find(GetParam().words), std::string::npos)
        << problems.front().description;
}

std::string rule_name(const testing::TestParamInfo<rule>& info) {
    return info.param.name;
}

using job = v1::JobSpec;

v1::VcenterClone& clone(job& s) {
    return *s.mutable_vcenter_clone();
}
v1::LinkedClone& linked(job& s) {
    return *s.mutable_linked_clone();
}

void add_unknown(google::protobuf::Message& message) {
    message.GetReflection()->MutableUnknownFields(&message)->AddVarint(1900, 1);
}

const std::vector<rule> key_rules{
    {"GoodVcenterClone", good_vcenter_clone, [](job&) {}, ""},
    {"GoodLinkedClone", good_linked_clone, [](job&) {}, ""},
    {"GoodRestore", good_restore, [](job&) {}, ""},
    {"GoodPowerOn", good_power_on, [](job&) {}, ""},
    {"KeyMayBeEmpty", good_power_on, [](job& s) { s.clear_key(); }, ""},
    {"KeyOf63", good_power_on, [](job& s) { s.set_key(std::string(63, 'k')); }, ""},
    {"KeyOf64", good_power_on, [](job& s) { s.set_key(std::string(64, 'k')); }, "jobs[3].key"},
    {"KeyWithSlash", good_power_on, [](job& s) { s.set_key("a/b"); }, "jobs[3].key"},
    {"KeyWithUmlaut", good_power_on, [](job& s) { s.set_key("ä"); }, "jobs[3].key"},
    {"NoOperation", good_power_on, [](job& s) { s.clear_operation(); }, "jobs[3]", "exactly one"},
};
INSTANTIATE_TEST_SUITE_P(Keys, EveryRule, testing::ValuesIn(key_rules), rule_name);

const std::vector<rule> target_rules{
    {"UnknownEndpoint", good_linked_clone, [](job& s) { s.set_endpoint("snap-9"); },
     "jobs[3].endpoint", "not configured"},
    {"EndpointOfOtherKind", good_linked_clone, [](job& s) { s.set_endpoint("vc-1"); },
     "jobs[3].endpoint", "does not serve linked_clone"},
    {"AmbiguousEndpointNamesTheCandidates", good_linked_clone, [](job& s) { s.clear_endpoint(); },
     "jobs[3].endpoint", "snap-1, snap-2"},
    {"OnlyEndpointIsTaken", good_vcenter_clone, [](job& s) { s.clear_endpoint(); }, ""},
    {"ClusterDisagrees", good_restore, [](job& s) { s.set_cluster("domain-c3"); },
     "jobs[3].cluster", "domain-c2"},
    {"ClusterAgrees", good_restore, [](job& s) { s.set_cluster("domain-c2"); }, ""},
    {"PlacementClusterDisagrees", good_vcenter_clone,
     [](job& s) { clone(s).mutable_placement()->set_cluster("domain-c8"); }, "jobs[3].cluster",
     "domain-c8"},
    {"NoClusterKnown", good_vcenter_clone, [](job& s) { s.clear_cluster(); }, "jobs[3].cluster",
     "no default cluster"},
    {"PlacementClusterSuffices", good_vcenter_clone,
     [](job& s) {
         s.clear_cluster();
         clone(s).mutable_placement()->set_cluster("domain-c8");
     },
     ""},
    {"ClusterWithHostIsAllowed", good_vcenter_clone,
     [](job& s) {
         clone(s).mutable_placement()->set_cluster("domain-c7");
         clone(s).mutable_placement()->set_host("host-1");
         clone(s).mutable_placement()->set_resource_pool("resgroup-1");
     },
     ""},
    {"ClusterWithBlank", good_power_on, [](job& s) { s.set_cluster("a b"); }, "jobs[3].cluster"},
};
INSTANTIATE_TEST_SUITE_P(Targets, EveryRule, testing::ValuesIn(target_rules), rule_name);

const std::vector<rule> name_rules{
    {"NameMissing", good_linked_clone, [](job& s) { linked(s).clear_name(); },
     "jobs[3].linked_clone.name", "required"},
    {"NameMissingInRestore", good_restore, [](job& s) { s.mutable_restore()->clear_name(); },
     "jobs[3].restore.name", "required"},
    {"NameBlank", good_linked_clone, [](job& s) { linked(s).set_name("  "); },
     "jobs[3].linked_clone.name", "blank"},
    {"NameOf80Characters", good_linked_clone,
     [](job& s) {
         std::string name;
         for (int i = 0; i < 80; ++i) name += "ü";
         linked(s).set_name(name);
     },
     ""},
    {"NameOf81Characters", good_linked_clone,
     [](job& s) { linked(s).set_name(std::string(81, 'n')); }, "jobs[3].linked_clone.name", "80"},
    {"NameWithSlash", good_linked_clone, [](job& s) { linked(s).set_name("a/b"); },
     "jobs[3].linked_clone.name"},
    {"NameWithBackslash", good_linked_clone, [](job& s) { linked(s).set_name("a\\b"); },
     "jobs[3].linked_clone.name"},
    {"NameWithPercent", good_vcenter_clone, [](job& s) { clone(s).set_name("a%2f"); },
     "jobs[3].vcenter_clone.name"},
    {"NameWithNewline", good_vcenter_clone, [](job& s) { clone(s).set_name("a\nb"); },
     "jobs[3].vcenter_clone.name", "control"},
    {"NameWithC1Control", good_vcenter_clone, [](job& s) { clone(s).set_name("a\xC2\x85"); },
     "jobs[3].vcenter_clone.name", "control"},
    {"NameWithBadUtf8", good_vcenter_clone, [](job& s) { clone(s).set_name("a\xC3"); },
     "jobs[3].vcenter_clone.name", "UTF-8"},
    {"NameWithOverlongUtf8", good_vcenter_clone, [](job& s) { clone(s).set_name("a\xC0\xAF"); },
     "jobs[3].vcenter_clone.name", "UTF-8"},
    {"NameWithSurrogate", good_vcenter_clone, [](job& s) { clone(s).set_name("\xED\xA0\x80"); },
     "jobs[3].vcenter_clone.name", "UTF-8"},
};
INSTANTIATE_TEST_SUITE_P(Names, EveryRule, testing::ValuesIn(name_rules), rule_name);

const std::vector<rule> id_rules{
    {"SourceMissing", good_vcenter_clone, [](job& s) { clone(s).clear_source(); },
     "jobs[3].vcenter_clone.source", "required"},
    {"SourceTooLong", good_vcenter_clone,
     [](job& s) { clone(s).set_source(std::string(256, 'v')); }, "jobs[3].vcenter_clone.source"},
    {"SourceOf255", good_vcenter_clone, [](job& s) { clone(s).set_source(std::string(255, 'v')); },
     ""},
    {"SourceWithTab", good_vcenter_clone, [](job& s) { clone(s).set_source("vm\t1"); },
     "jobs[3].vcenter_clone.source"},
    {"VmMissing", good_linked_clone, [](job& s) { linked(s).clear_vm(); },
     "jobs[3].linked_clone.vm"},
    {"SnapshotMissing", good_linked_clone, [](job& s) { linked(s).clear_snapshot(); },
     "jobs[3].linked_clone.snapshot"},
    {"RestoreVmMissing", good_restore, [](job& s) { s.mutable_restore()->clear_vm(); },
     "jobs[3].restore.vm"},
    {"RestoreSnapshotMissing", good_restore, [](job& s) { s.mutable_restore()->clear_snapshot(); },
     "jobs[3].restore.snapshot"},
    {"PowerOnVmMissing", good_power_on, [](job& s) { s.mutable_power_on()->clear_vm(); },
     "jobs[3].power_on.vm"},
    {"FolderWithBlank", good_linked_clone,
     [](job& s) { linked(s).mutable_placement()->set_folder("a b"); },
     "jobs[3].linked_clone.placement.folder"},
    {"ClusterNotInLinkedClonePlacement", good_linked_clone,
     [](job& s) { linked(s).mutable_placement()->set_cluster("domain-c1"); },
     "jobs[3].linked_clone.placement.cluster", "not supported"},
    {"DatastoreNotInRestorePlacement", good_restore,
     [](job& s) { s.mutable_restore()->mutable_placement()->set_datastore("datastore-1"); },
     "jobs[3].restore.placement.datastore", "not supported"},
    {"CustomizationWithControl", good_vcenter_clone,
     [](job& s) { clone(s).set_guest_customization_spec("a\x01"); },
     "jobs[3].vcenter_clone.guest_customization_spec"},
};
INSTANTIATE_TEST_SUITE_P(Ids, EveryRule, testing::ValuesIn(id_rules), rule_name);

const std::vector<rule> disk_rules{
    {"DiskRemovedTwice", good_vcenter_clone, [](job& s) { clone(s).add_disks_to_remove("2001"); },
     "jobs[3].vcenter_clone.disks_to_remove[1]", "listed before"},
    {"DiskRemovedAndUpdated", good_vcenter_clone,
     [](job& s) { clone(s).add_disks_to_remove("2000"); },
     "jobs[3].vcenter_clone.disks_to_update[0].disk", "disks_to_remove"},
    {"DiskUpdatedTwice", good_vcenter_clone,
     [](job& s) { *clone(s).add_disks_to_update() = clone(s).disks_to_update(0); },
     "jobs[3].vcenter_clone.disks_to_update[1].disk", "listed before"},
    {"UpdateWithoutDatastore", good_vcenter_clone,
     [](job& s) { clone(s).mutable_disks_to_update(0)->clear_datastore(); },
     "jobs[3].vcenter_clone.disks_to_update[0].datastore", "required"},
    {"UpdateWithoutDisk", good_vcenter_clone,
     [](job& s) { clone(s).mutable_disks_to_update(0)->clear_disk(); },
     "jobs[3].vcenter_clone.disks_to_update[0].disk", "required"},
    {"RemovedDiskEmpty", good_vcenter_clone, [](job& s) { clone(s).add_disks_to_remove(""); },
     "jobs[3].vcenter_clone.disks_to_remove[1]", "required"},
    {"TooManyRemoved", good_vcenter_clone,
     [](job& s) {
         for (int i = 0; i < 256; ++i) clone(s).add_disks_to_remove("d" + std::to_string(i));
     },
     "jobs[3].vcenter_clone.disks_to_remove", "256"},
    {"TooManyUpdated", good_vcenter_clone,
     [](job& s) {
         for (int i = 0; i < 256; ++i) {
             auto* update = clone(s).add_disks_to_update();
             update->set_disk("u" + std::to_string(i));
             update->set_datastore("datastore-1");
         }
     },
     "jobs[3].vcenter_clone.disks_to_update", "256"},
};
INSTANTIATE_TEST_SUITE_P(Disks, EveryRule, testing::ValuesIn(disk_rules), rule_name);

std::int64_t now_s() {
    return to_ms(some_time()) / 1000;
}

const std::vector<rule> option_rules{
    {"PriorityKnown", good_power_on, [](job& s) { s.set_priority(v1::PRIORITY_HIGH); }, ""},
    {"PriorityUnknown", good_power_on, [](job& s) { s.set_priority(static_cast<v1::Priority>(9)); },
     "jobs[3].priority"},
    {"Attempts20", good_power_on, [](job& s) { s.set_max_attempts(20); }, ""},
    {"Attempts21", good_power_on, [](job& s) { s.set_max_attempts(21); }, "jobs[3].max_attempts"},
    {"AttemptsNegative", good_power_on, [](job& s) { s.set_max_attempts(-1); },
     "jobs[3].max_attempts"},
    {"NotBeforeMayBePast", good_power_on, [](job& s) { s.mutable_not_before()->set_seconds(1); },
     ""},
    {"NotBeforeOutOfRange", good_power_on,
     [](job& s) { s.mutable_not_before()->set_seconds(253402300800); }, "jobs[3].not_before"},
    {"NotBeforeBadNanos", good_power_on,
     [](job& s) { s.mutable_not_before()->set_nanos(1'000'000'000); }, "jobs[3].not_before"},
    {"DeadlineAhead", good_power_on, [](job& s) { s.mutable_deadline()->set_seconds(now_s() + 1); },
     ""},
    {"DeadlineNow", good_power_on, [](job& s) { s.mutable_deadline()->set_seconds(now_s()); },
     "jobs[3].deadline", "passed"},
    {"DeadlineNegativeNanos", good_power_on,
     [](job& s) {
         s.mutable_deadline()->set_seconds(now_s() + 9);
         s.mutable_deadline()->set_nanos(-1);
     },
     "jobs[3].deadline"},
    {"DeadlineNotAfterNotBefore", good_power_on,
     [](job& s) {
         s.mutable_not_before()->set_seconds(now_s() + 10);
         s.mutable_deadline()->set_seconds(now_s() + 10);
     },
     "jobs[3].deadline", "after not_before"},
    {"Labels32", good_power_on,
     [](job& s) {
         for (int i = 0; i < 32; ++i) (*s.mutable_labels())["l" + std::to_string(i)] = "v";
     },
     ""},
    {"Labels33", good_power_on,
     [](job& s) {
         for (int i = 0; i < 33; ++i) (*s.mutable_labels())["l" + std::to_string(i)] = "v";
     },
     "jobs[3].labels", "32"},
    {"LabelKeyOf64", good_power_on,
     [](job& s) { (*s.mutable_labels())[std::string(64, 'l')] = "v"; }, "jobs[3].labels", "63"},
    {"LabelKeyEmpty", good_power_on, [](job& s) { (*s.mutable_labels())[""] = "v"; },
     "jobs[3].labels", "empty"},
    {"LabelValueOf256", good_power_on,
     [](job& s) { (*s.mutable_labels())["team"] = std::string(256, 'v'); }, "jobs[3].labels[team]",
     "255"},
};
INSTANTIATE_TEST_SUITE_P(Options, EveryRule, testing::ValuesIn(option_rules), rule_name);

const std::vector<rule> unknown_field_rules{
    {"InTheJob", good_power_on, [](job& s) { add_unknown(s); }, "jobs[3]", "1900"},
    {"InTheVcenterClone", good_vcenter_clone, [](job& s) { add_unknown(clone(s)); },
     "jobs[3].vcenter_clone"},
    {"InTheLinkedClone", good_linked_clone, [](job& s) { add_unknown(linked(s)); },
     "jobs[3].linked_clone"},
    {"InTheRestore", good_restore, [](job& s) { add_unknown(*s.mutable_restore()); },
     "jobs[3].restore"},
    {"InThePowerOn", good_power_on, [](job& s) { add_unknown(*s.mutable_power_on()); },
     "jobs[3].power_on"},
    {"InThePlacement", good_vcenter_clone,
     [](job& s) { add_unknown(*clone(s).mutable_placement()); }, "jobs[3].vcenter_clone.placement"},
    {"InADiskUpdate", good_vcenter_clone,
     [](job& s) { add_unknown(*clone(s).mutable_disks_to_update(0)); },
     "jobs[3].vcenter_clone.disks_to_update[0]"},
    {"InNotBefore", good_power_on, [](job& s) { add_unknown(*s.mutable_not_before()); },
     "jobs[3].not_before"},
    {"InTheDeadline", good_power_on,
     [](job& s) {
         s.mutable_deadline()->set_seconds(now_s() + 5);
         add_unknown(*s.mutable_deadline());
     },
     "jobs[3].deadline"},
};
INSTANTIATE_TEST_SUITE_P(UnknownFields,
                         EveryRule,
                         testing::ValuesIn(unknown_field_rules),
                         rule_name);

TEST(Validate, ReportsEveryMistakeOfAJobAtOnce) {
    auto spec = good_vcenter_clone();
    spec.set_key("bad key");
    spec.set_max_attempts(99);
    clone(spec).clear_source();
    clone(spec).set_name("a/b");

    EXPECT_EQ(problems_of(spec).size(), 4U);
}

TEST(Validate, KeepsAHundredProblemsAndCountsTheRest) {
    problem_list problems;
    const field_place root(problems);
    for (std::size_t i = 0; i < 250; ++i) root.in("jobs", i).wrong("key", "is bad");

    EXPECT_EQ(problems.kept().size(), 100U);
    EXPECT_EQ(problems.in_all(), 250U);
}

TEST(Validate, RefusesPageSizesOutOfBounds) {
    problem_list problems;
    const field_place root(problems);

    EXPECT_EQ(check_page_size(0, 50, root), 50U);
    EXPECT_EQ(check_page_size(1000, 50, root), 1000U);
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(check_page_size(1001, 50, root), 0U);
    EXPECT_EQ(check_page_size(-1, 50, root), 0U);
    EXPECT_EQ(problems.in_all(), 2U);
}

}  // namespace
}  // namespace cloned::rpc::test
