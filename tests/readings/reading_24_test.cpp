// Names that ZStack takes: whatever its query finds again. Its server searches a condition for
// operators, the value not excepted.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

// The answer is lost, so the VM must be found by its name.
TEST(reading_24_names, AreFoundAgainAfterALostAnswer) {
    for (const auto* name :
         {"虚拟机-1", "web(01)", "a:b", "x is null", "a>b", "it's", "a,b", "WEB-1"}) {
        scene s;
        s.add_cloud();
        simulator::fault_rule lost;
        lost.server = "zstack";
        lost.method = "PUT";
        lost.path = "*/actions";
        lost.fault = simulator::fault_kind::drop_after;
        lost.max = 1;
        s.rule(lost);
        simulator::fault_rule forgets;
        forgets.server = "zstack";
        forgets.path = "*/api-jobs/*";
        forgets.fault = simulator::fault_kind::status;
        forgets.status = 404;
        s.rule(forgets);
        s.zstack_clone(name);
        const auto seen = s.run();

        const auto& job = seen.job(name);
        EXPECT_EQ(job.operations.size(), 1U) << name;
        EXPECT_EQ(job.state(), job_state::succeeded) << name << ": " << job.words();
    }
}

}  // namespace
}  // namespace cloned::readings
