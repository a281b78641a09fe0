#include "tests/backends/vcenter_fixture.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace cloned::testing {
namespace {

using namespace cloned::backends;

const std::string clone_line = "POST /api/vcenter/vm?action=clone";
const std::string list_line = "POST /api/cis/tasks?action=list";

class VcenterBackend : public VcenterFixture {
protected:
    VcenterBackend() {
        always("GET /api/vcenter/folder?type=VIRTUAL_MACHINE&parent_folders=", 200, "[]");
    }

    static submission clone() {
        vcenter_clone_spec spec;
        spec.source = "vm-42";
        spec.name = "web-1";
        spec.where.folder = "group-v3";
        submission out;
        out.spec = spec;
        out.operation_id = "op-1";
        return out;
    }
};

TEST_F(VcenterBackend, ACloneThatIsAcceptedHasATask) {
    on(clone_line, 202, "\"task-1:x\"");

    const auto outcome = submit(clone());

    ASSERT_TRUE(std::holds_alternative<started>(outcome));
    EXPECT_EQ(std::get<started>(outcome).task_id, "task-1:x");
    EXPECT_EQ(fake_client::header(client->seen.back(), "X-Request-ID"), "op-1");
    EXPECT_EQ(fake_client::header(client->seen.back(), "vmware-api-session-id"), "token-1");
}

TEST_F(VcenterBackend, TheRestFlavourLogsInAndClonesInItsOwnWay) {
    auto legacy = options(endpoint_kind::vcenter);
    legacy.vcenter.speaks = vapi::flavour::rest;
    upstream = make(legacy);
    on("POST /rest/com/vmware/cis/session", 200, R"({"value":"t"})");
    on("POST /rest/vcenter/vm?vmw-task=true&action=clone", 200, R"({"value":"task-1"})");

    const auto outcome = submit(clone());

    ASSERT_TRUE(std::holds_alternative<started>(outcome));
    EXPECT_EQ(std::get<started>(outcome).task_id, "task-1");
}

TEST_F(VcenterBackend, AnAcceptanceThatCannotBeReadIsUncertain) {
    for (const auto* body : {"", "\"tas", "{}", "\"\"", "<html>"}) {
        on(clone_line, 202, body);
        EXPECT_TRUE(std::holds_alternative<uncertain>(submit(clone()))) << body;
    }
}

TEST_F(VcenterBackend, ACloneWithoutAnAnswerIsUncertainAndOneThatWasNotSentIsNot) {
    fails(clone_line, errc::in_doubt);
    EXPECT_TRUE(std::holds_alternative<uncertain>(submit(clone())));

    fails(clone_line, errc::unavailable);
    const auto outcome = submit(clone());
    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).why, refusal::not_sent);
}

TEST_F(VcenterBackend, AFailedLoginMeansNotSent) {
    replies.clear();
    fails("POST /api/session", errc::in_doubt);

    const auto outcome = submit(clone());

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).why, refusal::not_sent);
}

TEST_F(VcenterBackend, ASecond401MeansNotSent) {
    always(clone_line, 401);
    always("GET /api/session", 401);

    const auto outcome = submit(clone());

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).why, refusal::not_sent);
    EXPECT_EQ(std::get<refused>(outcome).said.code(), errc::unauthenticated);
    EXPECT_EQ(client->count(clone_line), 2U);
}

TEST_F(VcenterBackend, ACallThatIsRefusedInASessionThatLivesWaitsForAnOperator) {
    always(clone_line, 401);
    always("GET /api/session", 200, "{}");

    const auto outcome = submit(clone());

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).why, refusal::busy);
    EXPECT_EQ(std::get<refused>(outcome).said.code(), errc::permission_denied);
    EXPECT_EQ(std::get<refused>(outcome).retry_after, milliseconds(60'000));
    EXPECT_EQ(client->count("POST /api/session"), 1U);
}

TEST_F(VcenterBackend, ATakenNameIsAFailureThatNoRepeatHelps) {
    on(clone_line, 400, R"({"error_type":"ALREADY_EXISTS","messages":[]})");

    const auto outcome = submit(clone());

    ASSERT_TRUE(std::holds_alternative<failed>(outcome));
    EXPECT_EQ(std::get<failed>(outcome).said.code(), errc::already_exists);
    EXPECT_FALSE(std::get<failed>(outcome).later);
}

TEST_F(VcenterBackend, AnswersOfServersInTroubleAreUncertain) {
    for (const int status : {500, 502, 503, 504}) {
        on(clone_line, status, "upstream connect error");
        EXPECT_TRUE(std::holds_alternative<uncertain>(submit(clone()))) << status;
    }
}

TEST_F(VcenterBackend, ASubmitEndsWithinItsTimeLoginsIncluded) {
    client->latency = std::chrono::seconds(25);
    always(clone_line, 401);
    const auto begin = world.time.now();

    const auto outcome = submit(clone());

    EXPECT_LE(world.time.now() - begin, std::chrono::seconds(60));
    EXPECT_FALSE(std::holds_alternative<started>(outcome));
}

TEST_F(VcenterBackend, JobsOfOtherKindsAreRefusedWithoutARequest) {
    submission what;
    what.spec = restore_spec();

    EXPECT_TRUE(std::holds_alternative<failed>(submit(std::move(what))));
    EXPECT_TRUE(client->seen.empty());
}

TEST_F(VcenterBackend, ManyTasksArePolledWithFewRequests) {
    std::vector<std::string> ids;
    for (int i = 0; i < 1200; ++i) ids.push_back("task-" + std::to_string(i));
    std::string body = "{";
    for (const auto& id : ids)
        body += (body.size() > 1 ? ",\"" : "\"") + id + R"(":{"status":"RUNNING"})";
    always(list_line, 200, body + "}");

    const auto polled = poll(ids);

    EXPECT_EQ(polled.size(), 1200U);
    EXPECT_EQ(client->count(list_line), 3U);
    EXPECT_EQ(client->seen.size(), 4U);
}

TEST_F(VcenterBackend, AMissingTaskIsVanishedOnlyIfASingleLookConfirmsIt) {
    on(list_line, 200, R"({"a":{"status":"RUNNING"}})");
    on("GET /api/cis/tasks/b", 404, R"({"error_type":"NOT_FOUND","messages":[]})");
    on("GET /api/cis/tasks/c", 200, R"({"status":"SUCCEEDED","result":"vm-1"})");
    on("GET /api/cis/tasks/d", 503);

    auto polled = poll({"a", "b", "c", "d"});

    EXPECT_EQ(polled["a"].phase, task_phase::running);
    EXPECT_EQ(polled["b"].phase, task_phase::vanished);
    EXPECT_EQ(polled["c"].phase, task_phase::succeeded);
    EXPECT_EQ(polled["d"].phase, task_phase::running);
}

// A list that fails because of one task in it costs that task alone: it is found by halves, and
// then left out for ever longer.
TEST_F(VcenterBackend, OneTaskThatSpoilsTheListIsFoundAndAskedForApart) {
    const std::string ill = R"({"error_type":"INTERNAL_SERVER_ERROR","messages":[]})";
    std::vector<std::string> ids;
    std::string all = "{";
    for (int i = 0; i < 100; ++i) {
        ids.push_back("t" + std::to_string(i) + "t");
        all += (i > 0 ? ",\"" : "\"") + ids.back() + R"(":{"status":"RUNNING"})";
    }
    all += "}";
    std::size_t lists = 0;
    std::size_t asked_alone = 0;
    auto usual = client->on_request;
    client->on_request = [&](const backends::http::request& what) {
        const bool list = what.target.starts_with("/api/cis/tasks?");
        lists += list ? 1U : 0U;
        const auto about = what.target + what.body;
        if (about.find("t37t") != std::string::npos) {
            asked_alone += list ? 0U : 1U;
            return result<backends::http::response>(answer(500, ill));
        }
        return list ? result<backends::http::response>(answer(200, all)) : usual(what);
    };

    auto polled = poll(ids);
    EXPECT_EQ(polled.size(), 100U);
    EXPECT_LE(lists, 1U + 2 * 7);
    EXPECT_EQ(asked_alone, 1U);
    EXPECT_EQ(polled["t37t"].phase, task_phase::running);
    EXPECT_NE(polled["t37t"].said.message().find("INTERNAL_SERVER_ERROR"), std::string::npos);
    lists = 0;
    for (int turn = 0; turn < 60; ++turn) polled = poll(ids);
    EXPECT_LE(lists, 60U + 6);
    EXPECT_LE(asked_alone, 6U);
}

TEST_F(VcenterBackend, AnUpstreamThatIsIllCostsAFewRequests) {
    std::vector<std::string> ids;
    for (int i = 0; i < 100; ++i) ids.push_back("t" + std::to_string(i));
    always(list_line, 500, R"({"error_type":"INTERNAL_SERVER_ERROR","messages":[]})");

    const auto polled = world.run(upstream->poll(ids));

    EXPECT_FALSE(polled);
    EXPECT_LE(client->count(list_line), 16U);
}

TEST_F(VcenterBackend, TheConfirmationsOfOnePollAreLimitedAndReachEverybodyInTheEnd) {
    std::vector<std::string> ids;
    for (int i = 0; i < 100; ++i) ids.push_back("t" + std::to_string(i));
    always(list_line, 200, "{}");
    always("GET /api/cis/tasks/", 404, R"({"error_type":"NOT_FOUND","messages":[]})");

    std::vector<std::string> rest = ids;
    int polls = 0;
    while (!rest.empty() && polls < 10) {
        const auto before = client->count("GET /api/cis/tasks/");
        const auto polled = poll(rest);
        ++polls;
        EXPECT_LE(client->count("GET /api/cis/tasks/") - before, 32U);
        std::erase_if(rest,
                      [&](const auto& id) { return polled.at(id).phase == task_phase::vanished; });
    }

    EXPECT_TRUE(rest.empty());
    EXPECT_EQ(polls, 4);
}

TEST_F(VcenterBackend, OneBadIdDoesNotSpoilTheOthersPoll) {
    client->on_request = [&](const http::request& what) -> result<http::response> {
        if (what.target == "/api/session") return answer(201, "\"t\"");
        if (what.target == "/api/cis/tasks/bad")
            return answer(400, R"({"error_type":"INVALID_ARGUMENT","messages":[]})");
        if (what.body.find("\"bad\"") != std::string::npos)
            return answer(400, R"({"error_type":"INVALID_ARGUMENT","messages":[]})");
        std::string body = "{";
        for (int i = 0; i < 16; ++i) {
            const auto id = "\"t" + std::to_string(i) + "\"";
            if (what.body.find(id) == std::string::npos) continue;
            body += (body.size() > 1 ? "," : "") + id + R"(:{"status":"SUCCEEDED"})";
        }
        return answer(200, body + "}");
    };
    std::vector<std::string> ids{"bad"};
    for (int i = 0; i < 15; ++i) ids.push_back("t" + std::to_string(i));

    auto polled = poll(ids);

    EXPECT_EQ(polled["bad"].phase, task_phase::running);
    for (int i = 0; i < 15; ++i)
        EXPECT_EQ(polled["t" + std::to_string(i)].phase, task_phase::succeeded) << i;
    EXPECT_LT(client->seen.size(), 20U);
}

TEST_F(VcenterBackend, APollWithoutAnyAnswerIsAnError) {
    fails(list_line, errc::in_doubt);

    const auto polled = world.run(upstream->poll({"a"}));

    ASSERT_FALSE(polled);
    EXPECT_EQ(polled.error().code(), errc::in_doubt);
}

TEST_F(VcenterBackend, EvidenceIsTheTasksFirstAndThenTheVm) {
    on(list_line, 200,
       R"({"ours":{"operation":"clone","status":"RUNNING","target":{"type":"V","id":"vm-42"}},)"
       R"("strange":{"operation":"clone$task","status":"PENDING"}})");
    on("GET /api/vcenter/vm?names=web-1&folders=group-v3", 200, "[]");
    on(list_line, 200, "{}");

    const auto seen = look(clone().spec, {"x", "ours"});

    EXPECT_EQ(seen.presence, evidence::vm_presence::absent);
    EXPECT_EQ(seen.candidate_tasks, std::vector<std::string>{"strange"});
    EXPECT_FALSE(seen.seen.empty());
    ASSERT_EQ(client->seen.size(), 4U);
    EXPECT_EQ(client->seen[1].target, "/api/cis/tasks?action=list");
}

TEST_F(VcenterBackend, ALookThatIsNotWholeIsNoEvidence) {
    on(list_line, 200, "{}");
    on("GET /api/vcenter/vm?", 503, "upstream connect error");
    evidence_query query;
    query.spec = clone().spec;

    const auto seen = world.run(upstream->look(query));

    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().code(), errc::unavailable);
}

struct cancel_row {
    int status;
    const char* body;
    cancel_outcome means;
};

TEST_F(VcenterBackend, CancellingTellsTheTruth) {
    const std::vector<cancel_row> table{
        {204, "", cancel_outcome::asked},
        {400, R"({"error_type":"UNSUPPORTED","messages":[]})", cancel_outcome::unsupported},
        {400, R"({"error_type":"NOT_ALLOWED_IN_CURRENT_STATE","messages":[]})",
         cancel_outcome::too_late},
        {404, R"({"error_type":"NOT_FOUND","messages":[]})", cancel_outcome::too_late},
    };
    for (const auto& r : table) {
        on("POST /api/cis/tasks/t%3A1?action=cancel", r.status, r.body);
        const auto outcome = world.run(upstream->cancel("t:1"));
        ASSERT_TRUE(outcome);
        EXPECT_EQ(*outcome, r.means) << r.status << r.body;
    }
}

TEST_F(VcenterBackend, ProbesWithItsSessionAndLogsOutAtTheEnd) {
    on("GET /api/session", 200, "{}");
    on("DELETE /api/session", 204);

    EXPECT_TRUE(world.run(upstream->probe()));
    world.run(upstream->close());

    EXPECT_TRUE(client->closed);
    EXPECT_EQ(upstream->requests_sent(), 3);
}

TEST_F(VcenterBackend, ClosingIsBoundedInTime) {
    on("GET /api/session", 200, "{}");
    on("DELETE /api/session", 204);
    ASSERT_TRUE(world.run(upstream->probe()));
    client->latency = std::chrono::hours(1);
    const auto begin = world.time.now();

    world.run(upstream->close());

    EXPECT_LE(world.time.now() - begin, std::chrono::seconds(5));
}

// --- names and many looks

TEST_F(VcenterBackend, OccupantsOfManyNamesAreFoundWithOneRequestForEachFolder) {
    on("GET /api/vcenter/vm?names=a&names=b&folders=group-v3", 200,
       R"([{"vm":"vm-9","name":"b","power_state":"POWERED_OFF"}])");
    on("GET /api/vcenter/vm?names=a&folders=group-v4", 200, "[]");

    const auto seen = world.run(
        upstream->find_by_name({{"a", "group-v3"}, {"b", "group-v3"}, {"a", "group-v4"}}));

    ASSERT_TRUE(seen);
    EXPECT_EQ(*seen, (std::vector<occupant>{{}, {"vm-9", {}}, {}}));
    EXPECT_TRUE(upstream->has_unique_names(job_kind::vcenter_clone));
    EXPECT_FALSE(upstream->has_unique_names(job_kind::power_on));
}

TEST_F(VcenterBackend, NamesThatDoNotFitIntoOneRequestTakeMore) {
    always("GET /api/vcenter/vm?names=", 200, "[]");
    std::vector<vm_identity> names;
    for (int i = 0; i < 100; ++i)
        names.push_back({std::string(70, 'x') + std::to_string(i), "group-v3"});

    const auto seen = world.run(upstream->find_by_name(names));

    ASSERT_TRUE(seen);
    EXPECT_EQ(*seen, std::vector<occupant>(100));
    const auto requests = client->count("GET /api/vcenter/vm?");
    EXPECT_GE(requests, 2U);
    EXPECT_LE(requests, 4U);
    for (const auto& line : client->lines()) EXPECT_LE(line.size(), 8000U);
}

TEST_F(VcenterBackend, ANameLookupThatIsNotWholeTellsNothing) {
    on("GET /api/vcenter/vm?names=a&folders=group-v3", 200, "[]");
    on("GET /api/vcenter/vm?names=a&folders=group-v4", 503);

    const auto seen = world.run(upstream->find_by_name({{"a", "group-v3"}, {"a", "group-v4"}}));

    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().code(), errc::unavailable);
}

evidence_query query_for(const std::string& name, const std::string& source = "vm-42") {
    vcenter_clone_spec spec;
    spec.source = source;
    spec.name = name;
    spec.where.folder = "group-v3";
    evidence_query query;
    query.spec = spec;
    return query;
}

TEST_F(VcenterBackend, ManyLooksListTheTasksOnce) {
    on(list_line, 200,
       R"({"t1":{"operation":"clone","status":"RUNNING","target":{"type":"V","id":"vm-42"}},)"
       R"("t2":{"operation":"clone","status":"RUNNING","target":{"type":"V","id":"vm-43"}}})");
    on("GET /api/vcenter/vm?names=a&names=b&names=c&folders=group-v3", 200,
       R"([{"vm":"vm-9","name":"b","cpu_count":1,"memory_size_MiB":4}])");
    on(list_line, 200, "{}");
    auto third = query_for("c", "vm-43");
    third.others = std::make_shared<known_tasks>(known_tasks{"t2"});

    const auto seen = world.run(upstream->look_together({query_for("a"), query_for("b"), third}));

    ASSERT_TRUE(seen);
    EXPECT_EQ((*seen)[0].presence, evidence::vm_presence::absent);
    EXPECT_EQ((*seen)[0].candidate_tasks, (std::vector<std::string>{"t1", "t2"}));
    EXPECT_EQ((*seen)[1].presence, evidence::vm_presence::present);
    EXPECT_EQ((*seen)[1].vm, "vm-9");
    EXPECT_EQ((*seen)[2].presence, evidence::vm_presence::absent);
    EXPECT_EQ((*seen)[2].candidate_tasks, std::vector<std::string>{"t1"});
    EXPECT_EQ(client->seen.size(), 5U);  // one of them about folders, as something was found
}

// --- whose VM it is

struct maker_row {
    const char* done;
    evidence::vm_presence presence;
};

TEST_F(VcenterBackend, AVmThatATaskHasMadeFromAnotherSourceIsForeign) {
    using enum evidence::vm_presence;
    const std::vector<maker_row> table{
        {R"({"s":{"operation":"clone","status":"SUCCEEDED","result":"vm-9",)"
         R"("target":{"type":"VirtualMachine","id":"vm-77"}}})",
         foreign},
        {R"({"s":{"operation":"clone","status":"SUCCEEDED","result":"vm-9",)"
         R"("target":{"type":"VirtualMachine","id":"vm-42"}}})",
         present},
        {R"({"s":{"operation":"clone","status":"SUCCEEDED","result":"vm-9:uuid",)"
         R"("target":{"type":"VirtualMachine","id":"vm-42:uuid"}}})",
         present},
        // About the new VM itself, of another operation, about another VM, without a target.
        {R"({"s":{"operation":"clone","status":"SUCCEEDED","result":"vm-9",)"
         R"("target":{"type":"VirtualMachine","id":"vm-9"}}})",
         present},
        {R"({"s":{"operation":"relocate","status":"SUCCEEDED","result":"vm-9",)"
         R"("target":{"type":"VirtualMachine","id":"vm-77"}}})",
         present},
        {R"({"s":{"operation":"clone","status":"SUCCEEDED","result":"vm-8",)"
         R"("target":{"type":"VirtualMachine","id":"vm-77"}}})",
         present},
        {R"({"s":{"operation":"clone","status":"SUCCEEDED","result":"vm-9"}})", present},
    };
    for (const auto& row : table) {
        on(list_line, 200, "{}");
        on("GET /api/vcenter/vm?names=a", 200,
           R"([{"vm":"vm-9","name":"a","cpu_count":1,"memory_size_MiB":4}])");
        on(list_line, 200, row.done);
        const auto seen = world.run(upstream->look(query_for("a")));
        ASSERT_TRUE(seen);
        EXPECT_EQ(seen->presence, row.presence) << row.done;
        EXPECT_EQ(seen->vm, "vm-9");
    }
}

TEST_F(VcenterBackend, TooManyTasksToListTellNothingAgainstTheVm) {
    on(list_line, 200, "{}");
    on("GET /api/vcenter/vm?names=a", 200,
       R"([{"vm":"vm-9","name":"a","cpu_count":1,"memory_size_MiB":4}])");
    on(list_line, 500, R"({"error_type":"RESOURCE_INACCESSIBLE","messages":[]})");
    on(list_line, 200, "{}");

    EXPECT_EQ(look(query_for("a").spec).presence, evidence::vm_presence::present);
}

TEST_F(VcenterBackend, ALookWithAFreshSessionLogsInAnewAndThenNotForAWhile) {
    always(list_line, 200, "{}");
    always("GET /api/vcenter/vm?names=a", 200, "[]");
    EXPECT_TRUE(look(query_for("a").spec).fresh_session);
    world.time.advance_by(std::chrono::seconds(1));
    auto query = query_for("a");
    query.session_after = world.time.now();
    world.time.advance_by(std::chrono::seconds(1));

    auto seen = world.run(upstream->look(query));
    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->fresh_session);
    EXPECT_EQ(client->count("POST /api/session"), 2U);

    query.session_after = world.time.now();
    world.time.advance_by(std::chrono::seconds(1));
    seen = world.run(upstream->look(query));
    ASSERT_TRUE(seen);
    EXPECT_FALSE(seen->fresh_session);
    EXPECT_EQ(client->count("POST /api/session"), 2U);
}

}  // namespace
}  // namespace cloned::testing
