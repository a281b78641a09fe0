#include "tests/storage/store_world.hpp"

namespace cloned::storage {
namespace {

// I7: two live jobs never aim at the same VM name in the same place.
class VmNamesInJobStore : public JobStore {
public:
    job_id accept_one(const std::string& batch, job_request job, std::string tenant = "blue") {
        return value(store->accept(batch_of(batch, {std::move(job)}, std::move(tenant))))
            .batch.first_job;
    }
    bool accepts(const std::string& batch, job_request job) {
        return await(store->accept(batch_of(batch, {std::move(job)}))).has_value();
    }
};
CLONED_FOR_EVERY_THREADING(VmNamesInJobStore);

struct folder_case {
    const char* first;
    const char* second;
    bool clash;
};

constexpr folder_case folder_cases[] = {
    {"f1", "f1", true}, {"f1", "f2", false}, {"", "f1", true}, {"f1", "", true}, {"", "", true}};

TEST_P(VmNamesInJobStore, ClashInTheSameFolderOrInAnUnknownOne) {
    int n = 0;
    for (const auto& c : folder_cases) {
        const auto name = "vm" + std::to_string(++n);
        accept_one(name + "a", clone_job("k", name, c.first));

        EXPECT_EQ(accepts(name + "b", clone_job("k", name, c.second)), !c.clash)
            << "'" << c.first << "' and '" << c.second << "'";
    }
}

TEST_P(VmNamesInJobStore, ClashWithinOneBatchByTheSameRule) {
    int n = 0;
    for (const auto& c : folder_cases) {
        const auto name = "vm" + std::to_string(++n);
        auto batch =
            batch_of(name, {clone_job("k1", name, c.first), clone_job("k2", name, c.second)});
        const auto outcome = await(store->accept(std::move(batch)));

        ASSERT_EQ(outcome.has_value(), !c.clash) << "'" << c.first << "' and '" << c.second << "'";
        if (outcome) continue;
        const auto& conflicts = outcome.error().conflicts;
        ASSERT_EQ(conflicts.size(), 1u);
        EXPECT_EQ(conflicts[0].job, 1u);
        EXPECT_NE(conflicts[0].sentence.find("'k1' of the same batch"), std::string::npos);
    }
}

TEST_P(VmNamesInJobStore, ClashAcrossEndpointsOfOneInventoryOnly) {
    accept_one("a", clone_job("k", "web"));
    auto same_inventory = clone_job("k", "web");
    same_inventory.endpoint = "snap";
    auto other_inventory = clone_job("k", "web");
    other_inventory.endpoint = "vc2";
    auto unnamed_inventory = clone_job("k", "web");
    unnamed_inventory.endpoint = "vc3";

    EXPECT_FALSE(accepts("b", same_inventory));
    EXPECT_TRUE(accepts("c", other_inventory));
    EXPECT_TRUE(accepts("d", unnamed_inventory));
    EXPECT_FALSE(accepts("e", unnamed_inventory));
}

TEST_P(VmNamesInJobStore, AreHeldInEveryStateThatIsNotTheEnd) {
    for (std::size_t i = 0; i < job_state_count; ++i) {
        const auto state = static_cast<job_state>(i);
        const auto name = std::string(to_string(state));
        const auto id = accept_one(name, clone_job("k", name));
        if (state != job_state::queued)
            value(store->change(move_job(id, 0, job_state::queued, state)));

        EXPECT_EQ(accepts(name + "2", clone_job("k", name)), is_ended(state)) << name;
    }
}

TEST_P(VmNamesInJobStore, DoNotMatterToJobsThatMakeNoVm) {
    accept_one("a", power_on_job("k", "vm-1"));

    EXPECT_TRUE(accepts("b", power_on_job("k", "vm-1")));
}

TEST_P(VmNamesInJobStore, NameBothJobsOfAClash) {
    accept_one("a", clone_job("first", "web"));

    const auto refused = await(store->accept(batch_of("b", {clone_job("second", "web")})));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::already_exists);
    const auto& conflicts = refused.error().conflicts;
    ASSERT_EQ(conflicts.size(), 1u);
    EXPECT_NE(conflicts[0].sentence.find("batches/uid-a/jobs/first"), std::string::npos);
    EXPECT_NE(conflicts[0].sentence.find("'second'"), std::string::npos);
}

TEST_P(VmNamesInJobStore, RevealNothingOfAnotherTenant) {
    accept_one("a", clone_job("secret-key", "web"), "red");

    const auto refused = await(store->accept(batch_of("b", {clone_job("k", "web")})));

    ASSERT_FALSE(refused);
    const auto& conflicts = refused.error().conflicts;
    ASSERT_EQ(conflicts.size(), 1u);
    for (const auto& text : {conflicts[0].sentence, refused.error().message()})
        for (const auto* hidden : {"uid-a", "secret-key", "red"})
            EXPECT_EQ(text.find(hidden), std::string::npos) << text;
}

TEST_P(VmNamesInJobStore, AreAllReportedAndNothingOfTheBatchIsKept) {
    accept_one("a", clone_job("k", "web-1"));
    auto batch = batch_of("b", {clone_job("k0", "web-0"), clone_job("k1", "web-1"),
                                clone_job("k2", "web-2"), clone_job("k3", "web-2")});

    const auto refused = await(store->accept(batch));

    ASSERT_FALSE(refused);
    const auto& conflicts = refused.error().conflicts;
    ASSERT_EQ(conflicts.size(), 2u);
    EXPECT_EQ(conflicts[0].job, 1u);
    EXPECT_EQ(conflicts[1].job, 3u);
    EXPECT_EQ(value(store->list_jobs({}, job_id{}, 100)).size(), 1u);
    EXPECT_EQ(await(store->find_batch("uid-b")).error().code(), errc::not_found);
    batch.jobs = {clone_job("k0", "web-0")};
    EXPECT_TRUE(await(store->accept(batch)));
}

TEST_P(VmNamesInJobStore, ReportAtMostAHundredClashes) {
    value(store->accept(numbered_batch("a", 150)));
    auto again = numbered_batch("a", 150);
    again.uid = "uid-b";
    again.request_id = "request-b";

    const auto refused = await(store->accept(std::move(again)));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().conflicts.size(), 100u);
}

TEST_P(VmNamesInJobStore, HinderTheRevivalOfAnEndedJob) {
    const auto old = accept_one("a", clone_job("k", "web"));
    value(store->change(move_job(old, 0, job_state::queued, job_state::failed)));
    const auto young = accept_one("b", clone_job("k", "web", ""));
    const auto revival = move_job(old, 1, job_state::failed, job_state::queued);

    const auto refused = await(store->change(revival));
    value(store->change(move_job(young, 0, job_state::queued, job_state::cancelled)));
    const auto allowed = await(store->change(revival));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::already_exists);
    EXPECT_NE(refused.error().message().find("batches/uid-b/jobs/k"), std::string::npos);
    EXPECT_TRUE(allowed);
    EXPECT_FALSE(accepts("c", clone_job("k", "web")));
}

// Both in one commit: the second must see the first.
TEST_P(VmNamesInJobStore, ClashBetweenRevivalsOfOneCommit) {
    const auto one = accept_one("a", clone_job("k", "web"));
    value(store->change(move_job(one, 0, job_state::queued, job_state::failed)));
    const auto two = accept_one("b", clone_job("k", "web"));
    value(store->change(move_job(two, 0, job_state::queued, job_state::failed)));

    const auto outcomes =
        value(store->change_all({move_job(one, 1, job_state::failed, job_state::queued),
                                 move_job(two, 1, job_state::failed, job_state::queued)}));

    EXPECT_TRUE(outcomes.at(0));
    EXPECT_EQ(outcomes.at(1).error().code(), errc::already_exists);
}

}  // namespace
}  // namespace cloned::storage
