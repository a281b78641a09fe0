// Names are looked for in the folder that counts: the job's, or that of its source.

#include "tests/backends/backend_fixture.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <set>

namespace cloned::testing {
namespace {

using namespace cloned::backends;
using namespace std::chrono_literals;
using enum evidence::vm_presence;

// A vCenter with the folders group-v3, group-v4 and, inside group-v3, group-v5.
class VcenterFolders : public BackendFixture {
protected:
    struct vm {
        std::string id, name, folder;
    };

    VcenterFolders() {
        upstream = make(options(endpoint_kind::vcenter));
        client->on_request = [this](const http::request& what) { return serve(what); };
    }

    static std::set<std::string> values(const std::string& target, const std::string& of) {
        std::set<std::string> out;
        for (std::size_t at = target.find('?'); at != std::string::npos;) {
            const auto end = target.find('&', at + 1);
            const auto one = target.substr(at + 1, end - at - 1);
            if (one.starts_with(of + "=")) out.insert(one.substr(of.size() + 1));
            at = end;
        }
        return out;
    }

    result<http::response> serve(const http::request& what) {
        if (what.target == "/api/session") return answer(201, "\"token\"");
        if (what.target.starts_with("/api/cis/tasks")) return answer(200, "{}");
        if (what.target.starts_with("/api/vcenter/folder")) return folders(what.target);
        ++lists;
        const auto ids = values(what.target, "vms");
        const auto names = values(what.target, "names");
        auto in = values(what.target, "folders");
        if (recursive && in.contains("group-v3")) in.insert("group-v5");
        std::string out;
        for (const auto& one : vms) {
            if (!(ids.empty() || ids.contains(one.id)) ||
                !(names.empty() || names.contains(one.name)) ||
                !(in.empty() || in.contains(one.folder)))
                continue;
            out += (out.empty() ? R"({"vm":")" : R"(,{"vm":")") + one.id + R"(","name":")" +
                   one.name + R"(","cpu_count":1,"memory_size_MiB":4})";
        }
        return answer(200, "[" + out + "]");
    }
    result<http::response> folders(const std::string& target) {
        ++folder_lists;
        if (folders_refused != 0)
            return answer(folders_refused, R"({"error_type":")" + refusal_type +
                                               R"(","messages":[{"id":"x","default_message":)"
                                               R"("Not for you.","args":[]}]})");
        const auto parents = values(target, "parent_folders");
        if (parents.empty())
            return answer(200, R"([{"folder":"group-v3"},{"folder":"group-v4"},)"
                               R"({"folder":"group-v5"}])");
        return answer(200, parents.contains("group-v3") ? R"([{"folder":"group-v5"}])" : "[]");
    }

    occupant find(const std::string& folder = "") {
        auto seen = world.run(upstream->find_by_name({{"web-1", folder, "vm-42"}}));
        EXPECT_TRUE(seen) << (seen ? "" : seen.error().message());
        return seen ? seen->front() : occupant();
    }
    evidence look() {
        vcenter_clone_spec spec;
        spec.source = "vm-42";
        spec.name = "web-1";
        evidence_query query;
        query.spec = spec;
        auto seen = world.run(upstream->look(query));
        EXPECT_TRUE(seen) << (seen ? "" : seen.error().message());
        return seen ? *seen : evidence();
    }
    void pass(milliseconds time) { world.time.advance_by(time); }

    bool recursive = false;
    int folders_refused = 0;  // with this status
    std::string refusal_type = "UNAUTHORIZED";
    int lists = 0;
    int folder_lists = 0;
    std::vector<vm> vms{{"vm-42", "source", "group-v3"}};
    std::unique_ptr<backend> upstream;
};

TEST_F(VcenterFolders, ASourcesFolderIsRememberedForSomeMinutes) {
    vms.push_back({"vm-7", "web-1", "group-v4"});
    EXPECT_EQ(find(), (occupant{"", " in the folder of its source, group-v3"}));
    lists = folder_lists = 0;
    EXPECT_EQ(find().vm, "");
    EXPECT_EQ(lists, 1);
    EXPECT_EQ(folder_lists, 0);
    vms.front().folder = "group-v4";
    pass(3min);
    EXPECT_EQ(find(), (occupant{"vm-7", " in the folder of its source, group-v4"}));
}

TEST_F(VcenterFolders, ManyWhoAskAtOnceShareOneSearch) {
    client->latency = 10ms;
    int done = 0;
    const auto ask = [&]() -> task<void> {
        std::vector<vm_identity> wanted{{"web-1", "", "vm-42"}};
        auto seen = co_await upstream->find_by_name(std::move(wanted));
        done += seen && seen->front().vm.empty() ? 1 : 0;
    };
    for (int i = 0; i < 5; ++i)
        asio::co_spawn(world.loop.get_executor(), ask(), [](std::exception_ptr) {});
    pass(5s);
    EXPECT_EQ(done, 5);
    EXPECT_EQ(client->count("GET /api/vcenter/folder?type=VIRTUAL_MACHINE"),
              client->count("GET /api/vcenter/folder?type=VIRTUAL_MACHINE&parent_folders=") + 1);
}

TEST_F(VcenterFolders, WhatLiesBelowTheFolderIsNotInTheWay) {
    recursive = true;
    vms.push_back({"vm-7", "web-1", "group-v5"});
    EXPECT_EQ(find().vm, "");
    EXPECT_EQ(find("group-v3"), occupant());
    EXPECT_EQ(find("group-v5").vm, "vm-7");
    vms.push_back({"vm-8", "web-1", "group-v3"});
    EXPECT_EQ(find("group-v3").vm, "vm-8");
    const auto seen = look();
    EXPECT_EQ(seen.presence, present) << seen.seen;
    EXPECT_EQ(seen.vm, "vm-8");
}

// It costs nothing where nothing is found.
TEST_F(VcenterFolders, AFreeNameInANamedFolderTakesOneRequest) {
    find("group-v4");
    EXPECT_EQ(lists, 1);
    EXPECT_EQ(folder_lists, 0);
}

TEST_F(VcenterFolders, WhereFoldersAreNotShownEveryFolderCounts) {
    vms.push_back({"vm-7", "web-1", "group-v4"});
    folders_refused = 403;
    const auto seen = find();
    EXPECT_EQ(seen.vm, "vm-7");
    EXPECT_NE(seen.where.find("Not for you."), std::string::npos) << seen.where;
    EXPECT_NE(seen.where.find("so every folder counts"), std::string::npos) << seen.where;
    EXPECT_EQ(find("group-v4").vm, "vm-7");
    // The name was free everywhere before the job was sent.
    EXPECT_EQ(look().presence, present);
}

TEST_F(VcenterFolders, MoreFoldersThanAreListedIsNoOutage) {
    vms.push_back({"vm-7", "web-1", "group-v4"});
    folders_refused = 503;
    refusal_type = "UNABLE_TO_ALLOCATE_RESOURCE";
    EXPECT_EQ(find().vm, "vm-7");
    EXPECT_EQ(look().presence, present);
}

// What is elsewhere must not be adopted because a list failed for once.
TEST_F(VcenterFolders, AfterADoubtAFolderThatCannotBeToldNowLeavesTheDoubt) {
    vms.push_back({"vm-7", "web-1", "group-v4"});
    folders_refused = 500;
    refusal_type = "INTERNAL_SERVER_ERROR";
    EXPECT_EQ(look().presence, ambiguous);
    EXPECT_FALSE(find().sure);
    folders_refused = 0;
    pass(1min);
    EXPECT_EQ(look().presence, absent);
}

TEST_F(VcenterFolders, AfterADoubtAListOfFoldersThatFailsLeavesTheDoubt) {
    recursive = true;
    vms.push_back({"vm-7", "web-1", "group-v5"});
    EXPECT_EQ(look().presence, absent);
    folders_refused = 500;
    refusal_type = "INTERNAL_SERVER_ERROR";
    EXPECT_EQ(look().presence, ambiguous);
}

TEST_F(VcenterFolders, ASourceThatIsGoneLeavesTheDoubtUnlessItsFolderWasKnown) {
    vms = {{"vm-7", "web-1", "group-v4"}};
    EXPECT_EQ(look().presence, ambiguous);

    vms = {{"vm-42", "source", "group-v3"}, {"vm-7", "web-1", "group-v4"}};
    pass(1min);
    EXPECT_EQ(look().presence, absent);
    vms = {{"vm-7", "web-1", "group-v4"}, {"vm-8", "web-1", "group-v3"}};
    pass(5min);
    const auto seen = look();
    EXPECT_EQ(seen.presence, present) << seen.seen;
    EXPECT_EQ(seen.vm, "vm-8");
}

TEST_F(VcenterFolders, ASearchThatTakesTooLongIsGoneOnWith) {
    auto slow = options(endpoint_kind::vcenter);
    slow.info.request_timeout = 30s;
    upstream = make(slow);
    client->on_request = [this](const http::request& what) { return serve(what); };
    client->latency = 9s;
    int attempts = 0;
    for (bool told = false; !told && attempts < 10; ++attempts) {
        const auto seen = world.run(upstream->find_by_name({{"web-1", "", "vm-42"}}));
        told = seen.has_value();
    }
    EXPECT_GT(attempts, 1);
    EXPECT_LT(attempts, 8);
    EXPECT_EQ(client->count("GET /api/vcenter/folder?type=VIRTUAL_MACHINE"),
              client->count("GET /api/vcenter/folder?type=VIRTUAL_MACHINE&parent_folders=") + 1);
}

}  // namespace
}  // namespace cloned::testing
