// vCenter may trim the names of new VMs, or keep them.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

// What a server may trim is refused at submit, so that either way a name that was accepted is
// found.
TEST(reading_13_trimmed_names, OfAcceptedNamesEachIsFoundAfterALostAnswer) {
    for (const bool trims : {true, false})
        for (const auto* name : {"web 1", "web-1.", "虚拟机 1", "a  b"}) {
            scene s;
            s.upstream().trims_names = trims;
            s.add_vcenter();
            s.fault_once(clone_calls, simulator::fault_kind::drop_after);
            s.clone(name);
            const auto seen = s.run();
            EXPECT_EQ(seen.job(name).state(), job_state::succeeded) << seen.job(name).words();
            EXPECT_EQ(seen.job(name).operations.size(), 1U) << name;
        }
}

}  // namespace
}  // namespace cloned::readings
