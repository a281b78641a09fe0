// A list of VMs may fail as a whole because of one name, one folder or one VM in it. vCenter is
// known to answer so with a 500.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

std::string numbered(int i) {
    return concat("web-", std::to_string(i));
}

// The others are through within a minute or two, the one when its list is whole again.
void expect_that_one_alone_waits(const outcome_of_scene& seen, const std::string& bad) {
    for (const auto& [key, job] : seen.jobs) {
        EXPECT_EQ(job.state(), job_state::succeeded) << key << ": " << job.words();
        EXPECT_EQ(job.operations.size(), 1U) << key;
        ASSERT_TRUE(job.record.ended_at) << key;
        const auto took = *job.record.ended_at - job.record.accepted_at;
        if (key == bad) {
            EXPECT_GE(took, std::chrono::minutes(10)) << key;
        } else {
            EXPECT_LT(took, std::chrono::minutes(5)) << key;
        }
    }
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

TEST(reading_11_a_list_that_one_spoils, AFreeNameThatCannotBeLookedUpCostsItsJobAlone) {
    scene s;
    s.upstream().bad_names = "web-7";
    s.add_vcenter();
    for (int i = 0; i < 40; ++i) s.clone(numbered(i));
    s.control(seconds_in(600), "/_sim/readings", R"({"bad_names":""})");
    s.trouble_until(seconds_in(700));
    const auto seen = s.run();

    expect_that_one_alone_waits(seen, "web-7");
    EXPECT_TRUE(seen.job("web-7").told("cannot be found out"));
    EXPECT_LE(seen.requests("vcenter/vm", 500), 60U);
}

TEST(reading_11_a_list_that_one_spoils, AFolderCostsItsJobsAlone) {
    scene s;
    s.upstream().bad_folders = "group-v4";
    s.add_vcenter();
    for (int i = 0; i < 40; ++i) {
        auto& job = s.clone(numbered(i));
        if (i == 7) std::get<vcenter_clone_spec>(job.spec).where.folder = "group-v4";
    }
    s.control(seconds_in(600), "/_sim/readings", R"({"bad_folders":""})");
    s.trouble_until(seconds_in(700));
    const auto seen = s.run();

    expect_that_one_alone_waits(seen, "web-7");
}

TEST(reading_11_a_list_that_one_spoils, AJobInDoubtStaysSoAndTheOthersAreSettled) {
    scene s;
    s.add_vcenter();
    simulator::fault_rule lost;
    lost.server = "vcenter";
    lost.method = "POST";
    lost.path = clone_calls;
    lost.fault = simulator::fault_kind::drop_after;
    s.rule(lost);
    for (int i = 0; i < 30; ++i) s.clone(numbered(i));
    s.control(seconds_in(2), "/_sim/readings", R"({"bad_names":"web-7"})");
    s.control(seconds_in(600), "/_sim/readings", R"({"bad_names":""})");
    s.trouble_until(seconds_in(700));
    const auto seen = s.run();

    expect_that_one_alone_waits(seen, "web-7");
}

}  // namespace
}  // namespace cloned::readings
