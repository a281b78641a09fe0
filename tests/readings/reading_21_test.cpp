// A ZStack clone that fails as a whole may leave its VM: the documents name steps that have no
// rollback, and promise nothing of the others.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

class reading_21_failed_job_leaves_its_vm : public ::testing::TestWithParam<const char*> {};

TEST_P(reading_21_failed_job_leaves_its_vm, HasFailedWithThatVmAndItsTrueCause) {
    for (const bool marks : {true, false}) {
        scene s;
        s.upstream().zstack.marks_clones = marks;
        s.add_cloud();
        simulator::fault_rule fails;
        fails.server = "zstack";
        fails.method = "PUT";
        fails.path = "*/actions";
        fails.fault = simulator::fault_kind::zstack_call_fail_late;
        fails.type = GetParam();
        s.rule(fails);
        s.zstack_clone("web-1");
        const auto seen = s.run();

        const auto& job = seen.job("web-1");
        EXPECT_EQ(job.operations.size(), 1U) << "sent again although its VM is there";
        EXPECT_EQ(job.state(), job_state::failed) << job.words();
        EXPECT_EQ(job.vm().size(), 32U);
        EXPECT_NE(job.words().find("the VM was made and is there as " + job.vm()),
                  std::string::npos)
            << job.words();
        EXPECT_NE(job.words().find(GetParam()), std::string::npos) << job.words();
        EXPECT_FALSE(job.told("no longer knows"));
    }
}

INSTANTIATE_TEST_SUITE_P(Codes,
                         reading_21_failed_job_leaves_its_vm,
                         ::testing::Values("SYS.1006",
                                           "SYS.1001",
                                           "SYS.1016",
                                           "SYS.1007",
                                           "HOST_ALLOCATION.1000",
                                           "HOST.1004",
                                           "PS.1003"));

}  // namespace
}  // namespace cloned::readings
