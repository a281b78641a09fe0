// Whether REST shows templates: it does not, and does not clone them. What is out of its sight may
// bear a name.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

// The words say what may be the matter, and what helps.
TEST(Reading04, ASourceThatIsNotShownMayBeATemplate) {
    scene s;
    s.upstream().hidden_templates = 1;
    s.add_vcenter();
    s.clone("web-1", {}, "vm-99001");
    const auto seen = s.run();
    const auto& job = seen.job("web-1");
    EXPECT_EQ(job.state(), job_state::failed);
    EXPECT_TRUE(job.told("template")) << job.words();
}

TEST(Reading04, ANameThatIsTakenBySomethingOutOfSightIsToldAsThat) {
    for (const auto mode : {simulator::name_mode::at_post, simulator::name_mode::in_task}) {
        scene s;
        s.upstream().names = mode;
        s.upstream().hidden_names = "web-1";
        s.add_vcenter();
        s.clone("web-1");
        const auto seen = s.run();
        const auto& job = seen.job("web-1");
        EXPECT_EQ(job.state(), job_state::failed);
        EXPECT_TRUE(job.told("ALREADY_EXISTS")) << job.words();
        EXPECT_TRUE(job.told("template")) << job.words();
        EXPECT_EQ(job.record.progress.last_error->code(), errc::already_exists);
        for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
    }
}

// The first request is lost, and the list shows nothing of that name: the second one is told.
TEST(Reading04, ADoubtDoesNotHideIt) {
    scene s;
    s.upstream().hidden_names = "web-1";
    s.add_vcenter();
    s.fault_once(clone_calls, simulator::fault_kind::drop_before);
    s.clone("web-1");
    const auto seen = s.run();
    const auto& job = seen.job("web-1");
    EXPECT_EQ(job.state(), job_state::failed) << job.words();
    EXPECT_TRUE(job.told("ALREADY_EXISTS")) << job.words();
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

}  // namespace
}  // namespace cloned::readings
