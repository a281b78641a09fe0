#include "backends/vcenter/folder_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace cloned::backends::vcenter {
namespace {

// Folders that lie within each other, and the VMs in them. Either filter may mean the direct
// contents alone, or all that lies below.
struct tree {
    std::map<std::string, std::string> above;  // folder, the one that it lies in or ""
    std::map<std::string, std::string> vms;    // VM, its folder
    bool vms_deep = false;
    bool folders_deep = false;
    std::set<std::string> broken;  // VMs and folders that fail every question that names them
    std::size_t questions = 0;

    bool lies_in(std::string folder, const std::string& outer, bool deep) const {
        if (!deep) return folder == outer;
        for (; !folder.empty(); folder = above.at(folder))
            if (folder == outer) return true;
        return false;
    }
    std::vector<std::string> all() const {
        std::vector<std::string> out;
        for (const auto& [folder, outer] : above) out.push_back(folder);
        return out;
    }
    bool is_refused(const folder_search::question& what) const {
        const auto bad = [&](const std::string& id) { return broken.contains(id); };
        return std::any_of(what.vms.begin(), what.vms.end(), bad) ||
               std::any_of(what.folders.begin(), what.folders.end(), bad);
    }
    std::vector<std::string> answer(const folder_search::question& what) {
        std::vector<std::string> out;
        for (const auto& [folder, outer] : above)
            if (!what.parent.empty() && lies_in(outer, what.parent, folders_deep))
                out.push_back(folder);
        for (const auto& vm : what.vms) {
            const auto at = vms.find(vm);
            const bool shown =
                what.folders.empty() ||
                std::any_of(what.folders.begin(), what.folders.end(), [&](const auto& folder) {
                    return at != vms.end() && lies_in(at->second, folder, vms_deep);
                });
            if (at != vms.end() && shown) out.push_back(vm);
        }
        return out;
    }
    std::map<std::string, vm_place> find(const std::vector<std::string>& wanted) {
        folder_search search;
        search.add(wanted, all());
        while (const auto what = search.next()) {
            if (++questions > 2'000) throw std::runtime_error("it never ends");
            if (is_refused(*what))
                search.refused(error(errc::upstream_failed, "broken"));
            else
                search.answered(answer(*what));
        }
        return search.take_found();
    }
};

// 300 folders side by side, and a deep one in the middle.
tree some_tree() {
    tree out;
    for (int i = 100; i < 400; ++i) out.above["group-v" + std::to_string(i)] = "";
    out.above["group-v150"] = "group-v250";
    out.above["group-v390"] = "group-v150";
    out.above["group-v101"] = "group-v390";
    out.vms = {{"vm-1", "group-v390"},
               {"vm-2", "group-v250"},
               {"vm-3", "group-v100"},
               {"vm-4", "group-v101"},
               {"vm-5", "group-v390"}};
    return out;
}

class FolderSearch : public ::testing::TestWithParam<std::tuple<bool, bool>> {
protected:
    FolderSearch() {
        here.vms_deep = std::get<0>(GetParam());
        here.folders_deep = std::get<1>(GetParam());
    }
    tree here = some_tree();
};

INSTANTIATE_TEST_SUITE_P(Filters,
                         FolderSearch,
                         ::testing::Combine(::testing::Bool(), ::testing::Bool()));

TEST_P(FolderSearch, FindsTheFolderInWhichAVmLies) {
    for (const auto& [vm, folder] : here.vms) {
        here.questions = 0;
        const auto found = here.find({vm});
        ASSERT_EQ(found.size(), 1U);
        EXPECT_EQ(found.at(vm).folder, folder) << vm;
        EXPECT_LE(here.questions, 40U) << vm;
    }
}

TEST_P(FolderSearch, LooksForManyVmsTogether) {
    std::vector<std::string> wanted;
    for (int i = 1'000; i < 1'100; ++i) {
        wanted.push_back("vm-" + std::to_string(i));
        here.vms[wanted.back()] = i % 2 == 0 ? "group-v390" : "group-v200";
    }
    const auto found = here.find(wanted);
    ASSERT_EQ(found.size(), wanted.size());
    for (const auto& vm : wanted) EXPECT_EQ(found.at(vm).folder, here.vms.at(vm)) << vm;
    EXPECT_LE(here.questions, 100U);
}

TEST_P(FolderSearch, TellsWhyAFolderIsNotFound) {
    here.vms["vm-6"] = "group-hidden";
    here.above["group-hidden"] = "";
    const auto shown = [&] {
        auto out = here.all();
        std::erase(out, "group-hidden");
        return out;
    };
    folder_search search;
    search.add({"vm-6", "vm-7"}, shown());
    while (const auto what = search.next()) search.answered(here.answer(*what));
    const auto found = search.take_found();
    EXPECT_TRUE(found.at("vm-6").folder.empty());
    EXPECT_EQ(found.at("vm-6").why, "it lies in no folder that is shown to this account");
    EXPECT_FALSE(found.at("vm-6").passing);
    EXPECT_EQ(found.at("vm-7").why, "no such VM is listed: it is gone, or a template");
    EXPECT_TRUE(found.at("vm-7").passing);
}

// I8: one that cannot be read does not hide the others.
TEST_P(FolderSearch, OneBrokenVmOrFolderIsToBlameForItselfAlone) {
    here.broken = {"vm-3", "group-v201", "group-v350"};
    const auto found = here.find({"vm-1", "vm-2", "vm-3", "vm-4", "vm-5"});
    ASSERT_EQ(found.size(), 5U);
    for (const auto* vm : {"vm-1", "vm-2", "vm-4", "vm-5"})
        EXPECT_EQ(found.at(vm).folder, here.vms.at(vm)) << vm;
    EXPECT_TRUE(found.at("vm-3").folder.empty());
    EXPECT_EQ(found.at("vm-3").why, "broken");
    EXPECT_LE(here.questions, 400U);
}

TEST_P(FolderSearch, FoldersWithoutEndAreGivenUp) {
    for (int i = 0; i < 60; ++i)
        here.above["group-x" + std::to_string(i)] = i == 0 ? "" : "group-x" + std::to_string(i - 1);
    here.vms["vm-9"] = "group-x59";
    const auto found = here.find({"vm-9"});
    if (found.at("vm-9").folder.empty()) {
        EXPECT_EQ(found.at("vm-9").why, "its folders lie too deep within each other");
    } else {
        EXPECT_EQ(found.at("vm-9").folder, "group-x59");
    }
}

// Moved while it is looked for: what was not shown is not believed.
TEST(FolderSearchMoves, AFolderCountsOnlyIfItWasAskedForAlone) {
    folder_search search;
    search.add({"vm-1"}, {"a", "b", "c", "d"});
    search.answered({"vm-1"});  // a, b, c, d
    search.answered({});        // a, b
    search.answered({});        // c
    EXPECT_EQ(search.next()->folders, std::vector<std::string>{"d"});
    search.answered({});
    ASSERT_TRUE(search.next());
    EXPECT_TRUE(search.next()->folders.empty());
    search.answered({"vm-1"});
    EXPECT_FALSE(search.next());
    const auto found = search.take_found();
    EXPECT_TRUE(found.at("vm-1").folder.empty());
    EXPECT_TRUE(found.at("vm-1").passing);
}

}  // namespace
}  // namespace cloned::backends::vcenter
