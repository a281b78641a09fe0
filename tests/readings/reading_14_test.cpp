// A job that names no folder: vCenter makes its VM in the folder of its source. And whether a
// list of the VMs of a folder includes those of the folders below.

#include "tests/readings/scene.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

using simulator::folder_reading;

// group-v3 holds the sources. group-v6 lies in it, and group-v7 in group-v6.
constexpr auto outer = "group-v3";
constexpr auto other = "group-v4";
constexpr auto inner = "group-v6";
constexpr auto innermost = "group-v7";

class Reading14 : public ::testing::TestWithParam<folder_reading> {
protected:
    Reading14() {
        s.upstream().folders = 3;
        s.upstream().nested_folders = 2;
        s.upstream().folder_filter = GetParam();
        s.add_vcenter();
    }

    void stranger(const std::string& name, const char* folder) {
        s.control({}, "/_sim/vms", concat(R"({"name":")", name, R"(","folder":")", folder, "\"}"));
    }
    static void put(job_request& job, const char* folder) {
        std::get<vcenter_clone_spec>(job.spec).where.folder = folder;
    }
    void lose_the_answer() {
        simulation::planned_weather lost;
        lost.lost_after = 1;
        lost.reads = 0;
        s.plan().weather.push_back(lost);
    }
    void expect_made_once(const outcome_of_scene& seen) {
        const auto& job = seen.job("web-1");
        EXPECT_EQ(job.state(), job_state::succeeded) << job.words();
        ASSERT_EQ(job.operations.size(), 1U);
        EXPECT_EQ(job.vm(), simulator::inventory::vm_id(job.operations.front().vm));
        for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
    }
    void expect_taken(const outcome_of_scene& seen, const char* where) {
        const auto& job = seen.job("web-1");
        EXPECT_EQ(job.state(), job_state::failed) << job.words();
        EXPECT_TRUE(job.told("the name is taken")) << job.words();
        EXPECT_TRUE(job.told(where)) << job.words();
        EXPECT_TRUE(job.operations.empty());
    }

    scene s;
};

INSTANTIATE_TEST_SUITE_P(Filters,
                         Reading14,
                         ::testing::Values(folder_reading::flat, folder_reading::recursive));

TEST_P(Reading14, ANamesakeInAnotherFolderIsNotInTheWay) {
    stranger("web-1", other);
    put(s.clone("web-1", seconds_in(5)), "");
    expect_made_once(s.run());
}

TEST_P(Reading14, ANamesakeBelowTheSourcesFolderIsNotInTheWay) {
    stranger("web-1", innermost);
    put(s.clone("web-1", seconds_in(5)), "");
    expect_made_once(s.run());
}

TEST_P(Reading14, ANamesakeInTheSourcesFolderIsInTheWay) {
    stranger("web-1", outer);
    put(s.clone("web-1", seconds_in(5)), "");
    expect_taken(s.run(), "in the folder of its source, group-v3");
}

TEST_P(Reading14, TheFolderOfASourceThatLiesDeepIsTheDeepest) {
    for (const auto* folder : {outer, other, inner}) stranger("web-1", folder);
    put(s.clone("base"), innermost);
    put(s.clone("web-1", seconds_in(30), "vm-100004"), "");
    const auto seen = s.run();
    EXPECT_EQ(seen.job("base").vm(), "vm-100004");
    expect_made_once(seen);
}

TEST_P(Reading14, ANamesakeBesideASourceThatLiesDeepIsInTheWay) {
    stranger("web-1", innermost);
    put(s.clone("base"), innermost);
    put(s.clone("web-1", seconds_in(30), "vm-100002"), "");
    const auto seen = s.run();
    EXPECT_EQ(seen.job("base").vm(), "vm-100002");
    expect_taken(seen, "in the folder of its source, group-v7");
}

TEST_P(Reading14, ANamesakeBelowANamedFolderIsNotInTheWay) {
    stranger("web-1", innermost);
    s.clone("web-1", seconds_in(5));
    expect_made_once(s.run());
}

TEST_P(Reading14, AfterADoubtTheVmInTheSourcesFolderIsTheJobs) {
    stranger("web-1", other);
    stranger("web-1", inner);
    lose_the_answer();
    put(s.clone("web-1", seconds_in(5)), "");
    expect_made_once(s.run());
}

TEST_P(Reading14, AfterADoubtTheVmInANamedFolderIsTheJobs) {
    stranger("web-1", innermost);
    lose_the_answer();
    s.clone("web-1", seconds_in(5));
    expect_made_once(s.run());
}

// Nothing was made, and what others have elsewhere must not be taken for it.
TEST_P(Reading14, AfterADoubtANamesakeElsewhereIsNotTheJobs) {
    stranger("web-1", other);
    stranger("web-1", innermost);
    simulation::planned_weather lost;
    lost.lost_before = 1;
    lost.reads = 0;
    s.plan().weather.push_back(lost);
    s.trouble_until(seconds_in(15));
    put(s.clone("web-1", seconds_in(5)), "");
    expect_made_once(s.run());
}

TEST_P(Reading14, AResultThatIsNotToldIsLookedUpInTheSourcesFolder) {
    s.upstream().result_told = false;
    stranger("web-1", other);
    stranger("web-1", innermost);
    put(s.clone("web-1", seconds_in(5)), "");
    expect_made_once(s.run());
}

// Where the folder cannot be learned every folder counts, and that is said.
TEST_P(Reading14, AnAccountThatIsNotShownFoldersIsToldSo) {
    stranger("web-1", other);
    simulator::fault_rule refused;
    refused.method = "GET";
    refused.path = "/api/vcenter/folder*";
    refused.fault = simulator::fault_kind::status;
    refused.status = 403;
    refused.type = "UNAUTHORIZED";
    s.rule(refused);
    put(s.clone("web-1", seconds_in(5)), "");
    put(s.clone("web-2", seconds_in(5)), "");
    const auto seen = s.run();
    expect_taken(seen, "so every folder counts");
    EXPECT_EQ(seen.job("web-2").state(), job_state::succeeded) << seen.job("web-2").words();
}

// A namesake somewhere must not fail the job because its folder cannot be told for the moment.
TEST_P(Reading14, AFolderThatCannotBeToldNowIsAskedForAgain) {
    stranger("web-1", other);
    stranger("web-2", innermost);
    simulator::fault_rule broken;
    broken.method = "GET";
    broken.path = "/api/vcenter/folder*";
    broken.fault = simulator::fault_kind::status;
    broken.status = 500;
    broken.type = "INTERNAL_SERVER_ERROR";
    broken.max = 4;
    s.rule(broken);
    put(s.clone("web-1", seconds_in(5)), "");
    s.clone("web-2", seconds_in(5));
    const auto seen = s.run();
    expect_made_once(seen);
    EXPECT_EQ(seen.job("web-2").state(), job_state::succeeded) << seen.job("web-2").words();
}

// Nor may it wait forever for a source that will never be shown.
TEST_P(Reading14, ASourceThatIsNotShownIsToldWhereANamesakeIsInTheWay) {
    s.upstream().hidden_templates = 1;
    stranger("web-1", other);
    put(s.clone("web-1", seconds_in(5), "vm-99001"), "");
    put(s.clone("web-2", seconds_in(5), "vm-99001"), "");
    put(s.clone("web-3", seconds_in(5), "vm-99001"), other);
    const auto seen = s.run();
    expect_taken(seen, "vm-99001 cannot be told: no such VM is listed: it is gone, or a template");
    for (const auto* name : {"web-2", "web-3"}) {
        EXPECT_EQ(seen.job(name).state(), job_state::failed);
        EXPECT_TRUE(seen.job(name).told("neither shows nor clones templates"))
            << seen.job(name).words();
    }
}

}  // namespace
}  // namespace cloned::readings
