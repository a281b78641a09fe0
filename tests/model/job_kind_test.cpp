#include "model/job.hpp"

#include <gtest/gtest.h>

#include <set>

namespace cloned {
namespace {

TEST(JobKind, EachNameLeadsBackToItsKind) {
    for (const auto& row : job_kinds)
        EXPECT_EQ(job_kind_from_string(to_string(row.kind)), row.kind);
    for (const auto& row : endpoint_kinds)
        EXPECT_EQ(endpoint_kind_from_string(to_string(row.kind)), row.kind);

    EXPECT_EQ(job_kind_from_string("clone"), std::nullopt);
    EXPECT_EQ(endpoint_kind_from_string(""), std::nullopt);
}

TEST(JobKind, AnEmptySpecIsOfTheKindThatWasAskedFor) {
    for (const auto& row : job_kinds) EXPECT_EQ(kind_of(empty_spec(row.kind)), row.kind);
}

TEST(JobKind, EachHasALimitAndACost) {
    for (std::size_t i = 0; i < job_kind_count; ++i) {
        EXPECT_GE(default_limits[i], 1) << job_kinds[i].name;
        EXPECT_EQ(default_costs[i], 1) << job_kinds[i].name;
    }
}

TEST(JobKind, EachEndpointKindServesSomething) {
    std::set<endpoint_kind> serving;
    for (const auto& row : job_kinds) serving.insert(row.served_by);

    EXPECT_EQ(serving.size(), endpoint_kinds.size());
}

TEST(JobKind, AVcenterCloneWithoutAFolderGoesWhereItsSourceIs) {
    vcenter_clone_spec clone{.source = "vm-42", .name = "web-1"};
    EXPECT_EQ(identity_of(clone), (vm_identity{"web-1", "", "vm-42"}));
    clone.where.folder = "group-v3";
    EXPECT_EQ(identity_of(clone), (vm_identity{"web-1", "group-v3", ""}));
    const linked_clone_spec linked{.vm = "vm-42", .name = "web-1"};
    EXPECT_EQ(identity_of(linked), (vm_identity{"web-1", "", ""}));
}

TEST(JobKind, WhatMakesNoVmHasNoIdentity) {
    job_spec clone = vcenter_clone_spec{.name = "web-1", .where = {.folder = "group-v3"}};
    job_spec cloud = zstack_clone_spec{.name = "web-2"};

    EXPECT_EQ(identity_of(clone), (vm_identity{"web-1", "group-v3"}));
    EXPECT_EQ(identity_of(cloud), (vm_identity{"web-2", ""}));
    EXPECT_EQ(identity_of(power_on_spec{.vm = "vm-42"}), vm_identity());
    EXPECT_TRUE(changes_its_vm(job_kind::power_on));
    EXPECT_FALSE(changes_its_vm(job_kind::vcenter_clone));
}

TEST(JobKind, TheSourceIsTheVmThatTheJobWorksOn) {
    for (const auto& row : job_kinds) {
        auto spec = empty_spec(row.kind);
        set_source(spec, "vm-42");
        EXPECT_EQ(source_of(spec), "vm-42") << row.name;
    }
}

}  // namespace
}  // namespace cloned
