#include "clonectl/job_file.hpp"

#include <gtest/gtest.h>

namespace cloned::clonectl {
namespace {

// All lines of the refusal in one text; empty if the file was accepted.
std::string complaint(std::string_view text) {
    const auto file = read_jobs(text);
    std::string out;
    if (!file) {
        for (const auto& line : file.error()) out += line + "\n";
    }
    return out;
}

TEST(JobFileJson, TakesAListAndAnObjectWithAList) {
    const std::string job = R"({"key":"a","restore":{"vm":"vm-1","name":"n"}})";
    for (const std::string& text : {"[" + job + "]", "\xEF\xBB\xBF {\"jobs\":[" + job + "]}\n"}) {
        const auto file = read_jobs(text);
        ASSERT_TRUE(file) << complaint(text);
        ASSERT_EQ(file->jobs.size(), 1U);
        EXPECT_EQ(file->jobs[0].restore().vm(), "vm-1");
    }
}

TEST(JobFileJson, TakesTheHeaderOfARequest) {
    const auto file =
        read_jobs(R"({"requestId":"r","display_name":"d","jobs":[{"powerOn":{"vm":"vm-1"}}]})");

    ASSERT_TRUE(file);
    EXPECT_EQ(file->request_id, "r");
    EXPECT_EQ(file->display_name, "d");
}

TEST(JobFileJson, TakesThePolicyOfLeftovers) {
    const auto file = read_jobs(R"({"leftoverPolicy":"LEFTOVER_POLICY_ADOPT_IF_COMPLETE",)"
                                R"("jobs":[{"powerOn":{"vm":"vm-1"}}]})");
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->adopts_leftovers);
    EXPECT_EQ(complaint(R"({"leftoverPolicy":"KEEP","jobs":[{"powerOn":{"vm":"vm-1"}}]})"),
              "leftoverPolicy: must be LEFTOVER_POLICY_LEAVE or "
              "LEFTOVER_POLICY_ADOPT_IF_COMPLETE\n");
}

TEST(JobFileJson, NamesTheJobOfEachMistake) {
    const std::string said =
        complaint(R"([{"key":"a","powerOn":{"vm":"v"}},{"key":"b","powerOn":{"wm":"v"}},)"
                  R"(7,{"priority":"URGENT"}])");

    EXPECT_EQ(said.find("jobs[0]"), std::string::npos);
    EXPECT_NE(said.find("jobs[1] (b): "), std::string::npos);
    EXPECT_NE(said.find("wm"), std::string::npos);
    EXPECT_NE(said.find("jobs[2]: must be an object"), std::string::npos);
    EXPECT_NE(said.find("jobs[3]: "), std::string::npos);
}

TEST(JobFileJson, RefusesWhatIsNoListOfJobs) {
    EXPECT_NE(complaint("{\"jobs\":[\n{\"key\":]\n}").find("line 2: not JSON"), std::string::npos);
    EXPECT_NE(complaint("[]").find("there is none"), std::string::npos);
    EXPECT_NE(complaint("{\"jobs\":3}").find("must be a list"), std::string::npos);
    EXPECT_NE(complaint("{\"jobs\":[{}],\"job\":1}").find("job: there is no such"),
              std::string::npos);
    EXPECT_NE(complaint("[{}] x").find("follows"), std::string::npos);
    EXPECT_NE(complaint(" \n").find("empty"), std::string::npos);
}

TEST(JobFileJson, RefusesMoreJobsThanACallTakes) {
    std::string text = "[{}";
    for (std::size_t i = 0; i < max_file_jobs; ++i) text += ",{}";

    EXPECT_NE(complaint(text + "]").find("more than 100000"), std::string::npos);
}

TEST(JobFileCsv, FillsEveryKindFromOneFile) {
    const auto file = read_jobs(
        "key,kind,endpoint,cluster,source,snapshot,name,folder,host,datastore,priority\n"
        "a,vcenter_clone,vc,domain-c8,vm-42,,new-a,group-v3,host-1,ds-1,high\n"
        "b,linked_clone,,domain-c8,vm-43,snap-1,new-b,,,,\n"
        "c,restore,,,vm-44,snap-2,new-c,group-v4,,,LOW\n"
        "d,power_on,,,vm-45,,,,,,\n");

    ASSERT_TRUE(file) << file.error().front();
    ASSERT_EQ(file->jobs.size(), 4U);
    EXPECT_EQ(file->jobs[0].endpoint(), "vc");
    EXPECT_EQ(file->jobs[0].vcenter_clone().source(), "vm-42");
    EXPECT_EQ(file->jobs[0].vcenter_clone().placement().datastore(), "ds-1");
    EXPECT_EQ(file->jobs[0].priority(), v1::PRIORITY_HIGH);
    EXPECT_EQ(file->jobs[1].cluster(), "domain-c8");
    EXPECT_EQ(file->jobs[1].linked_clone().vm(), "vm-43");
    EXPECT_FALSE(file->jobs[1].linked_clone().has_placement());
    EXPECT_EQ(file->jobs[2].restore().placement().folder(), "group-v4");
    EXPECT_EQ(file->jobs[2].priority(), v1::PRIORITY_LOW);
    EXPECT_EQ(file->jobs[3].power_on().vm(), "vm-45");
}

TEST(JobFileCsv, ReadsDisksTimesFlagsAndLabels) {
    const auto file = read_jobs(
        "kind,vm,name,disks_to_remove,disks_to_update,power_on,not_before,max_attempts,label:team\n"
        "vcenter_clone,vm-1,n,2001;2002,2003=ds-1,true,2030-01-31T22:00:00Z,7,blue\n");

    ASSERT_TRUE(file) << file.error().front();
    const v1::JobSpec& job = file->jobs[0];
    EXPECT_EQ(job.vcenter_clone().source(), "vm-1");
    EXPECT_EQ(job.vcenter_clone().disks_to_remove_size(), 2);
    EXPECT_EQ(job.vcenter_clone().disks_to_update(0).datastore(), "ds-1");
    EXPECT_TRUE(job.vcenter_clone().power_on());
    EXPECT_EQ(job.not_before().seconds(), 1'896'127'200);
    EXPECT_EQ(job.max_attempts(), 7);
    EXPECT_EQ(job.labels().at("team"), "blue");
}

TEST(JobFileCsv, ARowWithoutCellsStillIsAJobOfItsKind) {
    const auto file = read_jobs("kind,vm\nrestore,\n");

    ASSERT_TRUE(file);
    EXPECT_TRUE(file->jobs[0].has_restore());
}

TEST(JobFileCsv, EveryMistakeHasItsLine) {
    const std::string said = complaint(
        "kind,vm,source,snapshot,name,priority,power_on,not_before,max_attempts,disks_to_update,"
        "wait_for_tools\n"
        "restore,vm-1\n"
        "copy,,,,,,,,,,\n"
        "vcenter_clone,vm-1,vm-2,,,,,,,,\n"
        "vcenter_clone,vm-1,,snap,,,,,,,\n"
        "restore,vm-1,,,,urgent,,,,,\n"
        "vcenter_clone,vm-1,,,,,maybe,,,,\n"
        "restore,vm-1,,,,,,tomorrow,,,\n"
        "restore,vm-1,,,,,,,2x,,\n"
        "vcenter_clone,vm-1,,,,,,,,2000,\n"
        "restore,vm-1,,,,,,,,2000=x,\n"
        "power_on,vm-1,,,name,,,,,,yes\n");

    for (const auto* part :
         {"line 2: has 2 cells instead of 11", "line 3: kind: must be",
          "line 4: source: source and vm", "line 5: snapshot: has no meaning for vcenter_clone",
          "line 6: priority: must be", "line 7: power_on: must be true",
          "line 8: not_before: must be a time", "line 9: max_attempts: must be",
          "line 10: disks_to_update: must be disks", "line 11: disks_to_update: has no meaning",
          "line 12: name: has no meaning"}) {
        EXPECT_NE(said.find(part), std::string::npos) << part << " is not in\n" << said;
    }
}

TEST(JobFileCsv, ACellThatBeginsOrEndsWithABlankIsAMistakeInItsLine) {
    const std::string said = complaint(
        "kind,source,name,label:note\nvcenter_clone,vm-1,web-1 ,kept \nvcenter_clone,vm-1,web-2,x\n"
        "vcenter_clone,vm-1,web-3\u00a0,x\nvcenter_clone, vm-1,web-4,x\n"
        "vcenter_clone,vm-1,\"\u3000web 5\",x\n");

    EXPECT_NE(said.find("line 2: name: begins or ends with a blank; take the blank out"),
              std::string::npos)
        << said;
    for (const auto* part : {"line 4: name: ", "line 5: source: ", "line 6: name: "})
        EXPECT_NE(said.find(part), std::string::npos) << part << " is not in\n" << said;
    EXPECT_EQ(said.find("label:note"), std::string::npos) << said;
    EXPECT_EQ(said.find("line 3"), std::string::npos) << said;
}

TEST(JobFileCsv, TheHeaderIsCheckedFirst) {
    EXPECT_NE(complaint("kind,colour\nrestore,red\n").find("line 1: there is no column \"colour\""),
              std::string::npos);
    EXPECT_NE(complaint("vm\nvm-1\n").find("no column \"kind\""), std::string::npos);
    EXPECT_NE(complaint("kind,vm,vm\nrestore,a,b\n").find("twice"), std::string::npos);
    EXPECT_NE(complaint("kind,vm\n").find("one for each job"), std::string::npos);
}

TEST(JobFile, MistakesBeyondFiftyAreOnlyCounted) {
    std::string text = "kind,vm\n";
    for (int i = 0; i < 60; ++i) text += "copy,x\n";

    const auto file = read_jobs(text);

    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().size(), 51U);
    EXPECT_EQ(file.error().back(), "… and 10 more");
}

}  // namespace
}  // namespace cloned::clonectl
