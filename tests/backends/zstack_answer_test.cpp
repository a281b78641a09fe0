#include "backends/zstack/job_answer.hpp"
#include "backends/zstack/submit_answer.hpp"
#include "backends/zstack/vm_list.hpp"
#include "backends/zstack/weigh.hpp"
#include "tests/backends/fake_client.hpp"

#include <gtest/gtest.h>

namespace cloned::backends::zstack {
namespace {

using namespace std::chrono_literals;
using cloned::testing::answer;
using presence = evidence::vm_presence;

const std::string uuid = "4d89929b96374b318af338577e77faec";
const std::string source = "5f2c9a7e1d3b4c6f8a90b1c2d3e4f506";

const std::string location =
    R"({"location":"http://10.0.0.5:8080/zstack/v1/api-jobs/4d89929b96374b318af338577e77faec",)"
    R"("apiTimeout":129600000})";

// One name made, one that failed without saying which it was.
const std::string partial =
    R"({"success":true,"result":{"numberOfClonedVm":1,"inventories":[)"
    R"({"inventory":{"uuid":"464e7f40f65142648f95c75734ad9e6d","name":"web-02",)"
    R"("description":"cloned from vm[uuid:5f2c9a7e1d3b4c6f8a90b1c2d3e4f506]","state":"Stopped",)"
    R"("createDate":"Feb 13, 2026 9:16:02 AM"}},)"
    R"({"error":{"code":"HOST_ALLOCATION.1000","description":"No available host found",)"
    R"("details":"no host has enough memory"}}]}})";

job_answer job(int status, const std::string& body) {
    auto read = read_job(answer(status, body));
    EXPECT_TRUE(read) << (read ? "" : read.error().message());
    return read ? *read : job_answer();
}

std::vector<task_status> judged(const std::string& body, const std::vector<std::string>& names) {
    return judge(uuid, names, job(200, body), late_steps::none);
}

submit_outcome outcome(int status, const std::string& body) {
    return outcomes_of(answer(status, body), uuid, {"web-01"}, late_steps::none).front();
}

TEST(ZstackJob, IsRunningWithWhateverBody) {
    for (const auto* body : {"{}", "", R"({"location":"x"})"})
        EXPECT_EQ(job(202, body).state, job_state::running);
}

TEST(ZstackJob, NamesAreMatchedByNameAndNotByOrder) {
    const auto out = judged(partial, {"web-01", "web-02"});

    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(out[0].task_id, uuid + "/web-01");
    EXPECT_EQ(out[0].phase, task_phase::failed);
    EXPECT_TRUE(out[0].later);
    EXPECT_EQ(out[0].said.message(), "HOST_ALLOCATION.1000: no host has enough memory");
    EXPECT_EQ(out[1].task_id, uuid + "/web-02");
    EXPECT_EQ(out[1].phase, task_phase::succeeded);
    EXPECT_EQ(out[1].vm, "464e7f40f65142648f95c75734ad9e6d");
}

TEST(ZstackJob, ANameThatNoErrorAccountsForIsInDoubt) {
    const auto out = judged(partial, {"web-01", "web-03"});

    EXPECT_EQ(out[0].phase, task_phase::vanished);
    EXPECT_EQ(out[1].phase, task_phase::vanished);
}

TEST(ZstackJob, NamesAreComparedExactly) {
    const auto out = judged(
        R"({"result":{"inventories":[{"inventory":{"uuid":"46","name":"WEB-01"}}]}})", {"web-01"});

    EXPECT_EQ(out[0].phase, task_phase::vanished);
}

TEST(ZstackJob, AnErrorOfOneNameThatLeavesDoubtLeavesItToEachThatIsMissing) {
    const auto out = judged(R"({"result":{"inventories":[{"error":{"code":"SYS.1001"}},)"
                            R"({"error":{"code":"SYS.1007"}}]}})",
                            {"web-01", "web-02"});

    EXPECT_EQ(out[0].phase, task_phase::vanished);
    EXPECT_EQ(out[1].phase, task_phase::vanished);
}

TEST(ZstackJob, WithTheUuidAloneTheOnlyItemIsMeant) {
    const auto one =
        judged(R"({"result":{"inventories":[{"inventory":{"uuid":"46","name":"x"}}]}})", {""});
    const auto several = judged(partial, {""});

    EXPECT_EQ(one[0].phase, task_phase::succeeded);
    EXPECT_EQ(one[0].task_id, uuid);
    EXPECT_EQ(several[0].phase, task_phase::vanished);
}

TEST(ZstackJob, AResultWithoutItemsLeavesDoubt) {
    for (const auto* body : {R"({"success":true})", R"({"result":{"inventories":[]}})", "{}"})
        EXPECT_EQ(judged(body, {"web-01"})[0].phase, task_phase::vanished) << body;
}

TEST(ZstackJob, TheItemsMayStandWithoutAFrame) {
    const auto out =
        judged(R"({"inventories":[{"inventory":{"uuid":"46","name":"web-01"}}]})", {"web-01"});

    EXPECT_EQ(out[0].phase, task_phase::succeeded);
}

TEST(ZstackJob, WhatAProxySaysTellsNothingAboutTheJob) {
    for (const auto* page : {"<html><body>not here</body></html>", "404 page not found", "",
                             R"({"message":"no route"})"})
        for (const int status : {302, 400, 403, 404, 405, 429, 500, 502, 503, 504})
            EXPECT_FALSE(read_job(answer(status, page))) << status << page;
    EXPECT_FALSE(read_job(answer(200, "<html>")));
}

TEST(ZstackJob, ExpiredAndUnknownAreInDoubt) {
    const auto out =
        judge(uuid, {"web-01"}, job(404, "the job has been expired"), late_steps::none);

    EXPECT_EQ(out[0].phase, task_phase::vanished);
}

TEST(ZstackJob, ADeadSessionTurnsTheWholeCallAway) {
    const auto out = judge(uuid, {"web-01", "web-02"},
                           job(503, R"({"error":{"code":"ID.1001","details":"expired"}})"),
                           late_steps::possible);

    ASSERT_EQ(out.size(), 2U);
    for (const auto& status : out) {
        EXPECT_EQ(status.phase, task_phase::refused);
        EXPECT_EQ(status.why, refusal::not_sent);
    }
}

// Something in front of the node has said so, of whatever.
TEST(ZstackWeigh, AFailureForWantOfASessionThatLivesIsNotBelieved) {
    job_word word;
    word.status.task_id = uuid;
    word.status.phase = task_phase::failed;
    word.status.said = error(errc::upstream_failed, "SYS.1001, because of ID.1001");
    word.failed = true;
    word.may_be_alive = true;
    vm_sighting seen;
    for (const auto shown : {presence::absent, presence::present}) {
        seen.presence = shown;
        word.believable = true;
        EXPECT_TRUE(weigh(word, seen).own_task);
        word.believable = false;
        EXPECT_FALSE(weigh(word, seen).own_task);
    }
    seen.presence = presence::absent;
    EXPECT_EQ(weigh(word, seen).candidate_tasks.size(), 1U) << "it may be at work";
}

TEST(ZstackSubmit, IsStartedUnderTheUuidOfTheLocation) {
    const auto told = outcome(202, R"({"location":"https://elsewhere/zstack/v1/api-jobs/)"
                                   R"(5e90030ca7485c429bf449688f88fbfd?x=1"})");

    EXPECT_EQ(std::get<started>(outcome(202, location)).task_id, uuid + "/web-01");
    EXPECT_EQ(std::get<started>(told).task_id, "5e90030ca7485c429bf449688f88fbfd/web-01");
}

TEST(ZstackSubmit, IsStartedUnderOurUuidWhereTheLocationIsOfNoUse) {
    for (const auto* body :
         {"{}", R"({"location":7})", R"({"location":"http://x/api-jobs/../../y"})",
          R"({"location":"http://x/zstack/v1/other/5e90030ca7485c429bf449688f88fbfd"})"})
        EXPECT_EQ(std::get<started>(outcome(202, body)).task_id, uuid + "/web-01") << body;
}

TEST(ZstackSubmit, AnAcceptanceInOtherWordsIsInDoubt) {
    for (const int status : {200, 201, 202, 204})
        for (const auto* body : {"", "<html>", "accepted"})
            EXPECT_TRUE(std::holds_alternative<uncertain>(outcome(status, body))) << status << body;
}

TEST(ZstackSubmit, AResultAtOnceEndsEachNameAtOnce) {
    const auto out =
        outcomes_of(answer(200, partial), uuid, {"web-01", "web-02"}, late_steps::none);

    ASSERT_EQ(out.size(), 2U);
    // It is not sent again before its VM was looked for.
    EXPECT_NE(std::get<uncertain>(out[0]).said.message().find("HOST_ALLOCATION.1000"),
              std::string::npos);
    EXPECT_EQ(std::get<finished>(out[1]).vm, "464e7f40f65142648f95c75734ad9e6d");
}

TEST(ZstackSubmit, AKnownUuidIsStarted) {
    EXPECT_EQ(std::get<started>(outcome(400, "Duplicate job uuid[" + uuid + "]")).task_id,
              uuid + "/web-01");
}

TEST(ZstackSubmit, WhatIsWrongWithTheRequestFailsForGood) {
    EXPECT_FALSE(std::get<failed>(outcome(400, "the body doesn't contain action mapping")).later);
    EXPECT_FALSE(std::get<failed>(outcome(404, "no api mapping to /v1/x")).later);
}

TEST(ZstackSubmit, WhatAProxyRefusesGoesAgainAfterAPause) {
    for (const int status : {301, 400, 403, 404, 405, 407, 413, 421, 429, 451, 511})
        for (const auto* body : {"", "<html>", "no route", R"({"message":"no route"})"}) {
            const auto out = outcome(status, body);
            ASSERT_TRUE(std::holds_alternative<refused>(out)) << status << body;
            EXPECT_EQ(std::get<refused>(out).why, refusal::not_sent) << status << body;
            EXPECT_TRUE(std::get<refused>(out).retry_after) << status << body;
        }
}

TEST(ZstackSubmit, WrongCredentialsHoldTheJobs) {
    for (const int status : {401, 403}) {
        const auto out = outcome(status, "wrong accessKey signature");
        ASSERT_TRUE(std::holds_alternative<refused>(out));
        EXPECT_EQ(std::get<refused>(out).why, refusal::not_sent);
        EXPECT_EQ(std::get<refused>(out).said.code(), errc::unauthenticated);
    }
}

TEST(ZstackSubmit, TooManyRequestsAreToldWithAPause) {
    const auto out = std::get<refused>(outcome(429, "Rate limit exceeded"));

    EXPECT_EQ(out.why, refusal::busy);
    EXPECT_EQ(out.retry_after, milliseconds(10'000));
}

TEST(ZstackSubmit, WhatMayHaveRunIsUncertain) {
    for (const int status : {500, 502, 503, 504, 599})
        EXPECT_TRUE(std::holds_alternative<uncertain>(outcome(status, "some text"))) << status;
    EXPECT_TRUE(
        std::holds_alternative<uncertain>(outcome(503, R"({"error":{"code":"SYS.1001"}})")));
}

TEST(ZstackSubmit, AnErrorOfTheApiAtOnceIsJudgedAsTheJobsWouldBe) {
    EXPECT_EQ(std::get<refused>(outcome(503, R"({"error":{"code":"ID.1001"}})")).why,
              refusal::not_sent);
    EXPECT_FALSE(std::get<failed>(outcome(503, R"({"error":{"code":"SYS.1003"}})")).later);
}

// --- the list of VMs

wanted_vm wanted() {
    wanted_vm out;
    out.name = "web-01";
    out.source = source;
    out.sent_at = wall_time(std::chrono::sys_days(std::chrono::year(2026) / 2 / 13) + 9h + 15min);
    return out;
}

std::string vm(const std::string& id, const std::string& more) {
    return R"({"uuid":")" + id + R"(","name":"web-01")" + more + "}";
}
std::string date(const std::string& text) {
    return R"(,"createDate":")" + text + R"(")";
}
std::string from(const std::string& other) {
    return R"(,"description":"cloned from vm[uuid:)" + other + R"(]")";
}
std::string list(const std::string& vms) {
    return R"({"inventories":[)" + vms + R"(],"total":1})";
}

vm_sighting sight(const std::string& vms, const wanted_vm& of = wanted()) {
    auto read = read_vms(list(vms), of);
    EXPECT_TRUE(read) << (read ? "" : read.error().message());
    return read ? *read : vm_sighting();
}

const std::string now = date("Feb 13, 2026 9:15:01 AM");
const std::string hour_ago = date("Feb 13, 2026 8:15:01 AM");
const std::string week_ago = date("Feb 6, 2026 9:15:01 AM");

TEST(ZstackVms, ACloneOfOurSourceIsOurs) {
    const auto seen = sight(vm("v1", from(source) + now + R"(,"state":"Running")"));

    EXPECT_EQ(seen.presence, presence::present);
    EXPECT_EQ(seen.vm, "v1");
    EXPECT_EQ(seen.seen, "VM v1 (Running) named web-01 is listed");
}

TEST(ZstackVms, ACloneOfAnotherSourceIsNot) {
    EXPECT_EQ(sight(vm("v1", from("a0") + now)).presence, presence::absent);
}

TEST(ZstackVms, WithoutAMarkTheDateDecides) {
    EXPECT_EQ(sight(vm("v1", now)).presence, presence::present);
    EXPECT_EQ(sight(vm("v1", week_ago)).presence, presence::absent);
}

TEST(ZstackVms, WhatMayBeOlderButForTheZoneIsAmbiguousWithoutAMark) {
    EXPECT_EQ(sight(vm("v1", hour_ago)).presence, presence::ambiguous);
    EXPECT_EQ(sight(vm("v1", "")).presence, presence::ambiguous);
    EXPECT_EQ(sight(vm("v1", date("soon"))).presence, presence::ambiguous);
}

// Somebody may have cloned the same source under the same name before us.
TEST(ZstackVms, AnOlderCloneOfOurSourceIsNotAdopted) {
    EXPECT_EQ(sight(vm("v1", from(source) + hour_ago)).presence, presence::ambiguous);
    EXPECT_EQ(sight(vm("v1", from(source))).presence, presence::ambiguous);

    const auto both = sight(vm("v1", from(source) + hour_ago) + "," + vm("v2", from(source) + now));
    EXPECT_EQ(both.presence, presence::present);
    EXPECT_EQ(both.vm, "v2");
}

TEST(ZstackVms, ACloneOfOurSourceFromLongAgoIsNotOfThisRequest) {
    EXPECT_EQ(sight(vm("v1", from(source) + week_ago)).presence, presence::absent);
}

TEST(ZstackVms, DatesAreReadInTheNodesZone) {
    auto of = wanted();
    of.clock_offset = std::chrono::hours(8);

    EXPECT_EQ(sight(vm("v1", date("Feb 13, 2026 5:15:01 PM")), of).presence, presence::present);
    EXPECT_EQ(sight(vm("v1", now), of).presence, presence::ambiguous);
}

TEST(ZstackVms, TheSourceItselfIsNotItsClone) {
    EXPECT_EQ(sight(vm(source, now)).presence, presence::absent);
}

TEST(ZstackVms, RemovedOnesDoNotCount) {
    for (const auto* state : {"Destroyed", "Destroying", "Expunging"})
        EXPECT_EQ(sight(vm("v1", from(source) + now + R"(,"state":")" + state + R"(")")).presence,
                  presence::absent);
}

TEST(ZstackVms, NamesThatDifferInCaseDoNotCount) {
    EXPECT_EQ(sight(R"({"uuid":"v1","name":"WEB-01"})").presence, presence::absent);
}

TEST(ZstackVms, SeveralThatMayBeOursAreAmbiguousAndAllShown) {
    const auto seen = sight(vm("v1", from(source) + now) + "," + vm("v2", from(source) + now));

    EXPECT_EQ(seen.presence, presence::ambiguous);
    EXPECT_NE(seen.seen.find("v1"), std::string::npos);
    EXPECT_NE(seen.seen.find("v2"), std::string::npos);
}

TEST(ZstackVms, OneThatIsOursOutweighsOneThatMayBe) {
    const auto seen = sight(vm("v1", hour_ago) + "," + vm("v2", from(source) + now));

    EXPECT_EQ(seen.presence, presence::present);
    EXPECT_EQ(seen.vm, "v2");
}

TEST(ZstackVms, AFullListDoesNotProveAbsence) {
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += (i == 0 ? "" : ",") + vm("v" + std::to_string(i), week_ago);

    EXPECT_EQ(sight(many).presence, presence::ambiguous);
}

TEST(ZstackVms, AnAnswerWithoutAListIsNoAnswer) {
    for (const auto* body : {"{}", R"({"inventories":{}})", R"({"inventories":[{"uuid":"v1"}]})"})
        EXPECT_FALSE(read_vms(body, wanted())) << body;
}

}  // namespace
}  // namespace cloned::backends::zstack
