// vmNicParams is a list in some builds of ZStack and a string that holds one in others.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

using backends::zstack::nic_form;

outcome_of_scene run_with(const char* build_takes, nic_form configured) {
    scene s;
    s.upstream().zstack.nic_params = build_takes;
    s.add_cloud().options.zstack.nic_params = configured;
    auto& job = s.zstack_clone("web-1");
    std::get<zstack_clone_spec>(job.spec).vm_nic_params =
        R"([{"l3NetworkUuid":"2ac5f7a8e1d34c6f8a90b1c2d3e4f506","ip":"10.0.0.9"}])";
    return s.run();
}

TEST(reading_29_nic_params, AreTakenInTheFormThatIsConfigured) {
    for (const auto& [takes, form] :
         {std::pair("list", nic_form::list), std::pair("string", nic_form::text),
          std::pair("both", nic_form::list), std::pair("both", nic_form::text)}) {
        const auto seen = run_with(takes, form);
        EXPECT_EQ(seen.job("web-1").state(), job_state::succeeded) << seen.job("web-1").words();
    }
}

TEST(reading_29_nic_params, InTheOtherFormNothingIsMadeAndTheSettingIsNamed) {
    for (const auto& [takes, form] :
         {std::pair("list", nic_form::text), std::pair("string", nic_form::list)}) {
        const auto seen = run_with(takes, form);
        const auto& job = seen.job("web-1");
        EXPECT_EQ(job.state(), job_state::failed) << job.words();
        EXPECT_TRUE(job.operations.empty());
        EXPECT_NE(job.words().find("set nic_params = "), std::string::npos) << job.words();
    }
}

}  // namespace
}  // namespace cloned::readings
