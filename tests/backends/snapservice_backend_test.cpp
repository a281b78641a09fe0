#include "tests/backends/backend_fixture.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace cloned::testing {
namespace {

using namespace cloned::backends;

// A vCenter that shows what the test wants.
class fake_inventory final : public inventory {
public:
    explicit fake_inventory(http::token_source& lends) : lends_(lends) {}

    task<result<std::vector<vm_sighting>>> find_vms(std::vector<vm_identity> wanted,
                                                    steady_time) override {
        ++requests;
        for (const auto& one : wanted) asked.push_back(one.name + "@" + one.folder);
        if (!shows) co_return fail(shows.error());
        co_return std::vector<vm_sighting>(wanted.size(), *shows);
    }
    task<result<std::map<std::string, std::string, std::less<>>>> names_of(
        std::vector<std::string> vms, steady_time) override {
        std::map<std::string, std::string, std::less<>> out;
        for (const auto& vm : vms)
            if (const auto one = named.find(vm); one != named.end()) out.insert(*one);
        co_return out;
    }
    http::token_source& session() override { return lends_; }
    http::client& transport() override { throw std::logic_error("nobody asks its server"); }

    result<vm_sighting> shows;
    std::map<std::string, std::string> named;
    std::vector<std::string> asked;
    int requests = 0;

private:
    http::token_source& lends_;
};

const std::string clone_line =
    "POST /api/snapservice/clusters/domain-c8/virtual-machines/vm-42?action=linked-clone";
const std::string tasks_line = "GET /api/snapservice/tasks?services=";

class SnapserviceBackend : public BackendFixture {
protected:
    SnapserviceBackend() {
        always("POST /api/snapservice/sessions", 201, "\"token-1\"");
        upstream = make(options(endpoint_kind::snapservice), &vms);
    }

    static submission linked_clone() {
        linked_clone_spec spec;
        spec.cluster = "domain-c8";
        spec.vm = "vm-42";
        spec.snapshot = "s-1";
        spec.name = "web-1";
        spec.where.folder = "group-v3";
        submission out;
        out.spec = spec;
        return out;
    }
    submit_outcome submit() { return world.run(upstream->submit(linked_clone())); }
    result<evidence> look(known_tasks known = {}) {
        evidence_query query;
        query.spec = linked_clone().spec;
        query.others = std::make_shared<known_tasks>(std::move(known));
        return world.run(upstream->look(std::move(query)));
    }

    std::unique_ptr<http::token_source> lent = http::make_static_header("X-Token", "lent");
    fake_inventory vms{*lent};
    std::unique_ptr<backend> upstream;
};

TEST_F(SnapserviceBackend, ALinkedCloneThatIsAcceptedHasATask) {
    on(clone_line, 202, "\"b3d6\"");

    const auto outcome = submit();

    ASSERT_TRUE(std::holds_alternative<started>(outcome));
    EXPECT_EQ(std::get<started>(outcome).task_id, "b3d6");
}

TEST_F(SnapserviceBackend, TooManyOperationsAreARefusalForCapacity) {
    on(clone_line, 400,
       R"({"error_type":"NOT_ALLOWED_IN_CURRENT_STATE","messages":[{"id":"x","default_message":)"
       R"("The maximum number of clone operations is in progress.","args":[]}]})");

    const auto outcome = submit();

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).why, refusal::capacity);
}

TEST_F(SnapserviceBackend, AnAcceptanceThatCannotBeReadIsUncertain) {
    on(clone_line, 202, "\"b3d");
    EXPECT_TRUE(std::holds_alternative<uncertain>(submit()));

    fails(clone_line, errc::in_doubt);
    EXPECT_TRUE(std::holds_alternative<uncertain>(submit()));
}

TEST_F(SnapserviceBackend, AMissingTaskIsConfirmedSingly) {
    on("GET /api/snapservice/tasks?tasks=a&tasks=b", 200,
       R"({"items":[{"task":"a","info":{"status":"SUCCEEDED","result":"vm-5"}}]})");
    on("GET /api/snapservice/tasks/b", 404, R"({"error_type":"NOT_FOUND","messages":[]})");

    const auto polled = world.run(upstream->poll({"a", "b"}));

    ASSERT_TRUE(polled);
    ASSERT_EQ(polled->size(), 2U);
    EXPECT_EQ((*polled)[0].vm, "vm-5");
    EXPECT_EQ((*polled)[1].phase, task_phase::vanished);
}

TEST_F(SnapserviceBackend, EvidenceJoinsItsTasksAndTheInventorysVms) {
    on(tasks_line, 200,
       R"({"items":[{"task":"t1","info":{"operation":"linked_clone","status":"RUNNING"}},)"
       R"({"task":"t2","info":{"operation":"restore","status":"RUNNING"}},)"
       R"({"task":"t3","info":{"operation":"linked_clone","status":"PENDING"}}]})");
    vm_sighting there;
    there.presence = evidence::vm_presence::present;
    there.vm = "vm-9";
    vms.shows = there;
    on(tasks_line, 200, R"({"items":[]})");

    const auto seen = look({"t3"});

    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->presence, evidence::vm_presence::present);
    EXPECT_EQ(seen->vm, "vm-9");
    EXPECT_EQ(seen->candidate_tasks, std::vector<std::string>{"t1"});
    EXPECT_EQ(vms.asked, std::vector<std::string>{"web-1@group-v3"});
}

TEST_F(SnapserviceBackend, AnInventoryThatDoesNotAnswerIsNoEvidence) {
    on(tasks_line, 200, R"({"items":[]})");
    vms.shows = fail(errc::unavailable, "vCenter is away");

    EXPECT_FALSE(look());
}

TEST_F(SnapserviceBackend, WithoutAnInventoryAbsenceIsNeverProven) {
    upstream = make(options(endpoint_kind::snapservice));
    always(tasks_line, 200, R"({"items":[]})");

    const auto seen = look();

    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->presence, evidence::vm_presence::ambiguous);
}

TEST_F(SnapserviceBackend, SomebodyIsAtWorkIfAnOperationOfThatKindLives) {
    const std::string restoring =
        R"({"items":[{"task":"t2","info":{"operation":"restore","status":"RUNNING",)"
        R"("target":{"type":"VirtualMachine","id":"vm-1"}}}]})";
    on(tasks_line, 200, restoring);
    on(tasks_line, 200, restoring);
    on(tasks_line, 503);

    EXPECT_EQ(world.run(upstream->anyone_at_work(job_kind::restore)), true);
    EXPECT_EQ(world.run(upstream->anyone_at_work(job_kind::linked_clone)), false);
    EXPECT_FALSE(world.run(upstream->anyone_at_work(job_kind::restore)).has_value());
}

TEST_F(SnapserviceBackend, ThereIsNoCancel) {
    EXPECT_EQ(*world.run(upstream->cancel("b3d6")), cancel_outcome::unsupported);
    EXPECT_TRUE(client->seen.empty());
}

TEST_F(SnapserviceBackend, ProbesItsSession) {
    on("GET /api/snapservice/sessions", 200, "{}");

    EXPECT_TRUE(world.run(upstream->probe()));
}

TEST_F(SnapserviceBackend, WithAStaticHeaderTheProbeIsAListOfNothing) {
    auto fixed = options(endpoint_kind::snapservice);
    fixed.auth = auth_kind::static_header;
    fixed.header_name = "Authorization";
    fixed.header_value = "SIGN x";
    upstream = make(fixed, &vms);
    on("GET /api/snapservice/tasks?tasks=none", 404, R"({"error_type":"NOT_FOUND","messages":[]})");
    EXPECT_TRUE(world.run(upstream->probe()));
    on("GET /api/snapservice/tasks?tasks=none", 403,
       R"({"error_type":"UNAUTHORIZED","messages":[]})");
    EXPECT_TRUE(world.run(upstream->probe())) << "the account may not list, and is let in";

    on("GET /api/snapservice/tasks?tasks=none", 401);
    const auto refused_probe = world.run(upstream->probe());
    ASSERT_FALSE(refused_probe);
    EXPECT_EQ(refused_probe.error().code(), errc::unauthenticated);
}

TEST_F(SnapserviceBackend, TheSessionOfTheVcenterIsBorrowed) {
    auto borrowing = options(endpoint_kind::snapservice);
    borrowing.auth = auth_kind::vcenter_session;
    upstream = make(borrowing, &vms);
    on(clone_line, 202, "\"b3d6\"");

    ASSERT_TRUE(std::holds_alternative<started>(submit()));
    EXPECT_EQ(fake_client::header(client->seen[0], "X-Token"), "lent");
    EXPECT_EQ(client->seen.size(), 1U);
}

TEST_F(SnapserviceBackend, OptionsThatCannotWorkAreRefused) {
    auto nobody = options(endpoint_kind::snapservice);
    nobody.user.clear();
    auto lonely = options(endpoint_kind::snapservice);
    lonely.auth = auth_kind::vcenter_session;
    auto nameless = options(endpoint_kind::snapservice);
    nameless.auth = auth_kind::static_header;

    for (const auto& wrong : {nobody, lonely, nameless}) {
        auto made = make_backend(world.loop, world.time, random, wrong, nullptr,
                                 std::make_unique<fake_client>(world.time));
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code(), errc::invalid_argument);
    }
}

TEST_F(SnapserviceBackend, ManyLooksListTheTasksOnceAndTheVmsOnce) {
    on(tasks_line, 200,
       R"({"items":[{"task":"t1","info":{"operation":"linked_clone","status":"RUNNING"}}]})");
    on(tasks_line, 200, R"({"items":[]})");
    evidence_query query;
    query.spec = linked_clone().spec;
    vms.shows = vm_sighting();

    const auto seen = world.run(upstream->look_together({query, query, query}));

    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->size(), 3U);
    EXPECT_EQ((*seen)[2].candidate_tasks, std::vector<std::string>{"t1"});
    EXPECT_EQ(client->count(tasks_line), 2U);
    EXPECT_EQ(vms.requests, 1);
}

TEST_F(SnapserviceBackend, AVmThatATaskHasMadeFromAnotherSourceIsForeign) {
    vm_sighting there;
    there.presence = evidence::vm_presence::present;
    there.vm = "vm-9";
    vms.shows = there;
    on(tasks_line, 200, R"({"items":[]})");
    on(tasks_line, 200,
       R"({"items":[{"task":"s","info":{"operation":"linked_clone","status":"SUCCEEDED",)"
       R"("result":"vm-9","target":{"type":"VirtualMachine","id":"vm-77"}}}]})");

    const auto seen = look();

    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->presence, evidence::vm_presence::foreign);
}

TEST_F(SnapserviceBackend, NamesAreLookedUpInTheInventoryIfThereIsOne) {
    vm_sighting there;
    there.presence = evidence::vm_presence::incomplete;
    there.vm = "vm-9";
    vms.shows = there;

    const auto seen = world.run(upstream->find_by_name({{"web-1", "group-v3"}}));

    ASSERT_TRUE(seen);
    EXPECT_EQ(*seen, (std::vector<occupant>{{"vm-9", {}}}));
    EXPECT_TRUE(upstream->has_unique_names(job_kind::linked_clone));
    EXPECT_TRUE(upstream->has_unique_names(job_kind::restore));
    upstream = make(options(endpoint_kind::snapservice));
    EXPECT_FALSE(upstream->has_unique_names(job_kind::restore));
}

TEST_F(SnapserviceBackend, AFreshLookRenewsItsOwnSessionToo) {
    vms.shows = vm_sighting();
    always(tasks_line, 200, R"({"items":[]})");
    ASSERT_TRUE(look());
    world.time.advance_by(std::chrono::seconds(1));
    evidence_query query;
    query.spec = linked_clone().spec;
    query.session_after = world.time.now();
    world.time.advance_by(std::chrono::seconds(1));

    const auto seen = world.run(upstream->look(query));

    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->fresh_session);
    EXPECT_EQ(client->count("POST /api/snapservice/sessions"), 2U);
}

}  // namespace
}  // namespace cloned::testing
