#include "daemon/rpc/api/batch_reader.hpp"

#include "tests/rpc/requests.hpp"

#include <gtest/gtest.h>

#include <set>

namespace cloned::rpc::test {
namespace {

const endpoint_directory& endpoints() {
    static const endpoint_directory directory(some_endpoints());
    return directory;
}

std::string hash_of(const v1::SubmitBatchRequest& request) {
    return read_batch(request, endpoints()).batch.content_hash;
}

v1::SubmitBatchRequest mixed_batch() {
    v1::SubmitBatchRequest request;
    request.set_request_id(some_request_id);
    *request.add_jobs() = good_vcenter_clone();
    *request.add_jobs() = good_linked_clone();
    *request.add_jobs() = good_restore();
    *request.add_jobs() = good_power_on();
    return request;
}

std::vector<field_problem> problems_of(const v1::SubmitBatchRequest& request,
                                       batch_rules rules = batch_rules()) {
    return read_batch(request, endpoints(), rules).problems.kept();
}

TEST(BatchReader, FillsInWhatTheConfigurationDecides) {
    auto request = mixed_batch();
    request.mutable_jobs(0)->mutable_vcenter_clone()->mutable_placement()->clear_folder();

    const auto read = read_batch(request, endpoints());

    ASSERT_TRUE(read.problems.empty());
    const auto& jobs = read.batch.jobs;
    ASSERT_EQ(jobs.size(), 4U);
    EXPECT_EQ(jobs[0].endpoint, "vc-1");
    EXPECT_EQ(jobs[0].cluster, "domain-c7");
    EXPECT_EQ(jobs[0].max_attempts, 3U);
    const auto& clone = std::get<vcenter_clone_spec>(jobs[0].spec);
    EXPECT_EQ(clone.where.folder, "group-v1");
    EXPECT_EQ(clone.where.cluster, "");
    EXPECT_EQ(jobs[1].cluster, "domain-c1");
    EXPECT_EQ(std::get<linked_clone_spec>(jobs[1].spec).cluster, "domain-c1");
    EXPECT_EQ(std::get<linked_clone_spec>(jobs[1].spec).where.folder, "");
    EXPECT_EQ(jobs[2].cluster, "domain-c2");
}

TEST(BatchReader, NamesTheInventoryOfEveryEndpoint) {
    const auto read = read_batch(mixed_batch(), endpoints());

    const std::vector<std::pair<std::string, std::string>> expected{
        {"snap-1", "vc-1"}, {"snap-2", "snap-2"}, {"vc-1", "vc-1"}};
    EXPECT_EQ(read.batch.inventories, expected);
}

TEST(BatchReader, GivesPositionsAsKeysAndLowersTheRequestId) {
    auto request = good_batch(3, "0F8FAD5B-D9CB-469F-A165-70867728950E");
    for (auto& job : *request.mutable_jobs()) job.clear_key();

    const auto read = read_batch(request, endpoints());

    ASSERT_TRUE(read.problems.empty());
    EXPECT_EQ(read.batch.jobs[0].key, "1");
    EXPECT_EQ(read.batch.jobs[2].key, "3");
    EXPECT_EQ(read.batch.request_id, some_request_id);
}

TEST(BatchReader, TakesThePolicyOfLeftoversAndHashesOnlyOneThatIsNotTheUsual) {
    auto request = mixed_batch();
    const auto usual = hash_of(request);
    request.set_leftover_policy(v1::LEFTOVER_POLICY_LEAVE);
    EXPECT_EQ(hash_of(request), usual);
    EXPECT_EQ(read_batch(request, endpoints()).batch.leftovers, leftover_policy::leave);

    request.set_leftover_policy(v1::LEFTOVER_POLICY_ADOPT_IF_COMPLETE);
    EXPECT_NE(hash_of(request), usual);
    EXPECT_EQ(read_batch(request, endpoints()).batch.leftovers, leftover_policy::adopt_if_complete);

    request.set_leftover_policy(static_cast<v1::LeftoverPolicy>(7));
    const auto wrong = problems_of(request);
    ASSERT_EQ(wrong.size(), 1U);
    EXPECT_EQ(wrong.front().field, "leftover_policy");
}

TEST(BatchReader, RefusesAKeyThatIsUsedTwice) {
    auto request = good_batch(3);
    request.mutable_jobs(2)->set_key("job-0");

    const auto problems = problems_of(request);

    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].field, "jobs[2].key");
    EXPECT_NE(problems[0].description.find("jobs[0]"), std::string::npos);
}

TEST(BatchReader, RefusesAGivenKeyThatIsTheAssignedOneOfAnotherJobInEitherOrder) {
    auto before = good_batch(3);
    before.mutable_jobs(0)->set_key("2");
    before.mutable_jobs(1)->clear_key();
    auto after = good_batch(3);
    after.mutable_jobs(0)->clear_key();
    after.mutable_jobs(2)->set_key("1");

    ASSERT_EQ(problems_of(before).size(), 1U);
    EXPECT_EQ(problems_of(before)[0].field, "jobs[0].key");
    ASSERT_EQ(problems_of(after).size(), 1U);
    EXPECT_EQ(problems_of(after)[0].field, "jobs[2].key");
}

v1::JobSpec power_on_after(const std::string& key, const std::string& earlier) {
    auto job = good_power_on();
    job.set_key(key);
    job.set_after(earlier);
    job.mutable_power_on()->clear_vm();
    return job;
}

TEST(BatchReader, LeavesTheVmOpenWhereAnotherJobMakesIt) {
    v1::SubmitBatchRequest request;
    request.set_request_id(some_request_id);
    *request.add_jobs() = power_on_after("on", "made");
    *request.add_jobs() = good_vcenter_clone();
    request.mutable_jobs(1)->set_key("made");

    const auto read = read_batch(request, endpoints());

    ASSERT_TRUE(read.problems.empty());
    EXPECT_EQ(read.batch.jobs[0].after, "made");
}

TEST(BatchReader, RefusesChainsThatLeadNowhereAndReportsThemAll) {
    v1::SubmitBatchRequest request;
    request.set_request_id(some_request_id);
    *request.add_jobs() = power_on_after("a", "nobody");
    *request.add_jobs() = power_on_after("b", "b");
    *request.add_jobs() = power_on_after("c", "d");
    *request.add_jobs() = power_on_after("d", "c");
    *request.add_jobs() = power_on_after("e", "d");

    const auto problems = problems_of(request);

    std::set<std::string> fields;
    for (const auto& p : problems) fields.insert(p.field);
    EXPECT_EQ(fields, (std::set<std::string>{"jobs[0].after", "jobs[1].after", "jobs[2].after",
                                             "jobs[3].after"}));
}

TEST(BatchReader, RefusesAnOpenVmThatNoJobMakes) {
    v1::SubmitBatchRequest request;
    request.set_request_id(some_request_id);
    *request.add_jobs() = power_on_after("a", "");

    const auto problems = problems_of(request);

    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].field, "jobs[0].power_on.vm");
}

// The identifier of a VM means nothing in another inventory.
TEST(BatchReader, RefusesAnOpenVmFromAnotherInventory) {
    v1::SubmitBatchRequest request;
    request.set_request_id(some_request_id);
    *request.add_jobs() = good_linked_clone();
    request.mutable_jobs(0)->set_key("made");
    request.mutable_jobs(0)->set_endpoint("snap-2");
    request.mutable_jobs(0)->set_cluster("domain-c9");
    request.mutable_jobs(0)->mutable_linked_clone()->clear_cluster();
    *request.add_jobs() = power_on_after("on", "made");

    const auto problems = problems_of(request);

    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].field, "jobs[1].after");
}

TEST(BatchReader, RefusesBadHeaders) {
    const struct {
        const char* request_id;
        std::string display_name;
        const char* field;
    } cases[] = {
        {"", "", "request_id"},
        {"4711", "", "request_id"},
        {"0f8fad5b-d9cb-469f-a165-70867728950", "", "request_id"},
        {"0f8fad5bxd9cb-469f-a165-70867728950e", "", "request_id"},
        {"0f8fad5b-d9cb-469f-a165-70867728950g", "", "request_id"},
        {"00000000-0000-0000-0000-000000000000", "", "request_id"},
        {some_request_id, std::string(201, 'd'), "display_name"},
        {some_request_id, "two\nlines", "display_name"},
    };
    for (const auto& wrong : cases) {
        auto request = good_batch(1);
        request.set_request_id(wrong.request_id);
        request.set_display_name(wrong.display_name);
        const auto problems = problems_of(request);
        ASSERT_EQ(problems.size(), 1U) << wrong.request_id;
        EXPECT_EQ(problems[0].field, wrong.field);
    }
    auto request = good_batch(1);
    request.set_display_name(std::string(200, 'd'));
    EXPECT_TRUE(problems_of(request).empty());
}

TEST(BatchReader, RefusesNoneAndTooMany) {
    const auto none = problems_of(good_batch(0));
    ASSERT_EQ(none.size(), 1U);
    EXPECT_EQ(none[0].field, "jobs");

    batch_rules rules;
    rules.jobs_max = 3;
    EXPECT_TRUE(problems_of(good_batch(3), rules).empty());
    const auto many = problems_of(good_batch(5), rules);
    ASSERT_EQ(many.size(), 1U);
    EXPECT_EQ(many[0].field, "jobs");
    EXPECT_NE(many[0].description.find('5'), std::string::npos);
}

TEST(BatchReader, TellsMistakesFromCircumstances) {
    auto late = good_batch(2);
    late.mutable_jobs(0)->mutable_deadline()->set_seconds(1);
    EXPECT_TRUE(read_batch(late, endpoints()).problems.only_circumstances());

    late.mutable_jobs(1)->set_max_attempts(-1);
    EXPECT_FALSE(read_batch(late, endpoints()).problems.only_circumstances());
}

TEST(ContentHash, IsTheSameForEqualContentHoweverItWasWritten) {
    auto request = mixed_batch();
    for (int i = 0; i < 20; ++i)
        (*request.mutable_jobs(0)->mutable_labels())["l" + std::to_string(i)] = "v";
    auto same = mixed_batch();
    for (int i = 19; i >= 0; --i)
        (*same.mutable_jobs(0)->mutable_labels())["l" + std::to_string(i)] = "v";
    same.mutable_jobs(1)->set_priority(v1::PRIORITY_NORMAL);
    same.set_validate_only(true);

    EXPECT_EQ(hash_of(request), hash_of(same));
    EXPECT_EQ(hash_of(request).size(), 64U);
}

// What the store keeps must still be found by the next release.
TEST(ContentHash, IsStableOverReleases) {
    // Computed with another implementation of SHA-256 and of the order of the values.
    EXPECT_EQ(hash_of(mixed_batch()),
              "90bbd25c69c1c772a28ae5d42cc2875838bb33990b62c105449337d12534b2f9");
}

TEST(ContentHash, DoesNotDependOnTheConfiguration) {
    auto changed = some_endpoints();
    for (auto& endpoint : changed) {
        endpoint.default_folder = "group-v77";
        endpoint.default_cluster = "domain-c77";
    }
    const endpoint_directory others(changed);
    batch_rules rules;
    rules.default_max_attempts = 9;

    EXPECT_EQ(read_batch(mixed_batch(), others, rules).batch.content_hash, hash_of(mixed_batch()));
}

TEST(ContentHash, DiffersForEveryFieldOfEveryOperation) {
    using request = v1::SubmitBatchRequest;
    const std::function<void(request&)> changes[] = {
        [](request&) {},
        [](request& r) { r.set_display_name("x"); },
        [](request& r) { r.mutable_jobs()->RemoveLast(); },
        [](request& r) { r.mutable_jobs()->SwapElements(0, 1); },
        [](request& r) { r.mutable_jobs(0)->set_key("x"); },
        [](request& r) { r.mutable_jobs(0)->set_endpoint("vc-1"); },
        [](request& r) { r.mutable_jobs(0)->set_cluster("x"); },
        [](request& r) { r.mutable_jobs(0)->set_priority(v1::PRIORITY_LOW); },
        [](request& r) { r.mutable_jobs(0)->set_max_attempts(1); },
        [](request& r) { r.mutable_jobs(0)->mutable_not_before()->set_seconds(0); },
        [](request& r) { r.mutable_jobs(0)->mutable_deadline()->set_seconds(0); },
        [](request& r) { (*r.mutable_jobs(0)->mutable_labels())["a"] = "b"; },
        [](request& r) { (*r.mutable_jobs(0)->mutable_labels())["ab"] = ""; },
        [](request& r) { r.mutable_jobs(0)->mutable_vcenter_clone()->set_source("x"); },
        [](request& r) { r.mutable_jobs(0)->mutable_vcenter_clone()->set_name("x"); },
        [](request& r) { r.mutable_jobs(0)->mutable_vcenter_clone()->set_power_on(false); },
        [](request& r) { r.mutable_jobs(0)->mutable_vcenter_clone()->clear_power_on(); },
        [](request& r) { r.mutable_jobs(0)->mutable_vcenter_clone()->add_disks_to_remove("9"); },
        [](request& r) { r.mutable_jobs(0)->mutable_vcenter_clone()->clear_disks_to_remove(); },
        [](request& r) { r.mutable_jobs(0)->mutable_vcenter_clone()->clear_disks_to_update(); },
        [](request& r) {
            r.mutable_jobs(0)->mutable_vcenter_clone()->mutable_disks_to_update(0)->set_datastore(
                "x");
        },
        [](request& r) {
            r.mutable_jobs(0)->mutable_vcenter_clone()->set_guest_customization_spec("x");
        },
        [](request& r) {
            auto* where = r.mutable_jobs(0)->mutable_vcenter_clone()->mutable_placement();
            where->set_host(where->folder());
            where->clear_folder();
        },
        [](request& r) { r.mutable_jobs(1)->mutable_linked_clone()->set_cluster("x"); },
        [](request& r) { r.mutable_jobs(1)->mutable_linked_clone()->set_vm("x"); },
        [](request& r) { r.mutable_jobs(1)->mutable_linked_clone()->set_snapshot("x"); },
        [](request& r) { r.mutable_jobs(1)->mutable_linked_clone()->set_name("x"); },
        [](request& r) {
            const auto from = r.jobs(1).linked_clone();
            auto* to = r.mutable_jobs(1)->mutable_restore();
            to->set_vm(from.vm());
            to->set_snapshot(from.snapshot());
            to->set_name(from.name());
            *to->mutable_placement() = from.placement();
        },
        [](request& r) { r.mutable_jobs(3)->mutable_power_on()->set_vm("x"); },
        [](request& r) { r.mutable_jobs(3)->mutable_power_on()->set_wait_for_tools(false); },
    };
    std::set<std::string> hashes;
    for (const auto& change : changes) {
        auto changed = mixed_batch();
        change(changed);
        hashes.insert(hash_of(changed));
    }
    EXPECT_EQ(hashes.size(), std::size(changes));
}

TEST(ContentHash, KeepsNeighbouringTextsApart) {
    value_hasher one("test");
    one.add("ab");
    one.add("c");
    value_hasher other("test");
    other.add("a");
    other.add("bc");

    EXPECT_NE(one.finish(), other.finish());
}

}  // namespace
}  // namespace cloned::rpc::test
