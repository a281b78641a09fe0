// What tasks show of a clone whose outcome is not known, under each reading of the documents.
#include "backends/vapi/clone_evidence.hpp"

#include <gtest/gtest.h>

namespace cloned::backends::vapi {
namespace {

using presence = evidence::vm_presence;
using namespace std::chrono_literals;

constexpr wall_time sent = wall_time(milliseconds(1'772'446'500'000));
constexpr auto uuid = ":19595054-8196-42fe-a140-bbd3210a3bb8";

evidence_query about_web_1() {
    vcenter_clone_spec spec;
    spec.source = "vm-42";
    spec.name = "web-1";
    evidence_query query;
    query.spec = spec;
    query.sent_at = sent;
    return query;
}

listed_task a_task(task_phase phase, std::string target = "", std::string type = "VirtualMachine") {
    listed_task out;
    out.id = "t1";
    out.phase = phase;
    out.operation = "clone$task";
    out.target = std::move(target);
    if (!out.target.empty()) out.target_type = std::move(type);
    out.started = sent + 1s;
    if (phase == task_phase::failed) out.said = error(errc::upstream_failed, "no space left");
    return out;
}

vm_sighting shown(presence how) {
    vm_sighting out;
    out.presence = how;
    if (how != presence::absent) out.vm = "vm-9";
    out.seen = "seen";
    return out;
}

evidence judged(const vm_sighting& seen,
                const task_listing& tasks,
                const evidence_query& query = about_web_1(),
                const names_by_vm& names = {}) {
    evidence out;
    live_candidates candidates(tasks);
    judge(query, seen, tasks, candidates.of(query, "clone"), "clone", names, out);
    return out;
}

task_listing with_live(listed_task task) {
    task_listing out;
    out.live.push_back(std::move(task));
    return out;
}

task_listing with_ended(std::vector<listed_task> tasks) {
    task_listing out;
    out.ended = std::move(tasks);
    return out;
}

const std::vector<std::pair<std::string, std::string>> targets{
    {"", ""},
    {"vm-42", "VirtualMachine"},
    {std::string("vm-42") + uuid, "VirtualMachine"},
    {"vm-9", "VirtualMachine"},
    {std::string("vm-9") + uuid, "VirtualMachine"},
    {"group-v3", "Folder"},
};

TEST(CloneEvidence, ALiveCloneMayBeOursWhateverItsTarget) {
    for (const auto& [target, type] : targets) {
        const auto live = with_live(a_task(task_phase::running, target, type));
        EXPECT_EQ(judged(shown(presence::absent), live).candidate_tasks.size(), 1U) << target;
    }
    // Also one whose target is another VM: it may be the new one, which nobody knows yet.
    const auto other = with_live(a_task(task_phase::pending, "vm-77"));
    EXPECT_EQ(judged(shown(presence::absent), other).candidate_tasks.size(), 1U);
}

TEST(CloneEvidence, OnlyWhatIsPositivelyAnothersIsNoSuspect) {
    auto query = about_web_1();
    query.others = std::make_shared<known_tasks>(known_tasks{std::string("t1") + uuid});
    const auto live = with_live(a_task(task_phase::running, "vm-42"));
    EXPECT_TRUE(judged(shown(presence::absent), live, query).candidate_tasks.empty());
    auto move = a_task(task_phase::running, "vm-42");
    move.operation = "relocate$task";
    EXPECT_TRUE(judged(shown(presence::absent), with_live(move)).candidate_tasks.empty());
    // It does not say what it does.
    move.operation.clear();
    EXPECT_EQ(judged(shown(presence::absent), with_live(move)).candidate_tasks.size(), 1U);
    // A clock that is wrong must not hide a task of ours.
    auto early = a_task(task_phase::running, "vm-42");
    early.started = sent - 24h;
    EXPECT_EQ(judged(shown(presence::absent), with_live(early)).candidate_tasks.size(), 1U);
}

TEST(CloneEvidence, AVmThatAFailedTaskLeftIsLeftBehind) {
    for (const auto& [target, type] : targets) {
        const auto failed = with_ended({a_task(task_phase::failed, target, type)});
        for (const auto how : {presence::present, presence::incomplete}) {
            const auto seen = judged(shown(how), failed);
            EXPECT_EQ(seen.presence, presence::left_behind) << target;
            ASSERT_TRUE(seen.failure);
            EXPECT_EQ(seen.failure->message(), "no space left");
        }
    }
}

TEST(CloneEvidence, WhatMadeTheVmCountsForMoreThanWhatFailed) {
    auto made = a_task(task_phase::succeeded, "vm-42");
    made.id = "t2";
    made.result = std::string("vm-9") + uuid;
    const auto both = with_ended({a_task(task_phase::failed, "vm-42"), made});
    EXPECT_EQ(judged(shown(presence::present), both).presence, presence::present);
}

TEST(CloneEvidence, FailuresOfOthersAreNotOurs) {
    auto query = about_web_1();
    query.others = std::make_shared<known_tasks>(known_tasks{"t1"});
    const auto known = with_ended({a_task(task_phase::failed, "vm-42")});
    EXPECT_EQ(judged(shown(presence::present), known, query).presence, presence::present);
    const auto elsewhere = with_ended({a_task(task_phase::failed, "vm-77")});
    EXPECT_EQ(judged(shown(presence::present), elsewhere).presence, presence::present);
    auto before = a_task(task_phase::failed, "vm-42");
    before.started = sent - 6min;
    EXPECT_EQ(judged(shown(presence::present), with_ended({before})).presence, presence::present);
}

TEST(CloneEvidence, WhereSeveralMayHaveMadeItAnOperatorMustTell) {
    auto silent = a_task(task_phase::succeeded);
    silent.id = "t2";
    const auto failed = a_task(task_phase::failed, "group-v3", "Folder");
    auto second = failed;
    second.id = "t3";
    for (const auto& tasks : {with_ended({failed, silent}), with_ended({failed, second})}) {
        const auto seen = judged(shown(presence::present), tasks);
        EXPECT_EQ(seen.presence, presence::ambiguous);
        EXPECT_NE(seen.seen.find("no space left"), std::string::npos);
    }
    auto hidden = with_ended({failed});
    hidden.shows_succeeded = false;
    EXPECT_EQ(judged(shown(presence::present), hidden).presence, presence::ambiguous);
    // The task names the VM itself.
    hidden.ended.front().target = "vm-9";
    hidden.ended.front().target_type = "VirtualMachine";
    EXPECT_EQ(judged(shown(presence::present), hidden).presence, presence::left_behind);
}

TEST(CloneEvidence, AVmThatWasMadeAndIsNotListedIsNoAbsence) {
    auto made = a_task(task_phase::succeeded, "vm-42");
    made.result = "vm-9";
    const auto tasks = with_ended({made});
    EXPECT_EQ(vms_to_explain(about_web_1(), shown(presence::absent), tasks, "clone"),
              std::vector<std::string>{"vm-9"});
    EXPECT_EQ(judged(shown(presence::absent), tasks).unexplained_tasks, 1U);
    EXPECT_EQ(judged(shown(presence::absent), tasks, about_web_1(), {{"vm-9", "web-1"}})
                  .unexplained_tasks,
              1U);
    EXPECT_EQ(judged(shown(presence::absent), tasks, about_web_1(), {{"vm-9", "other"}})
                  .unexplained_tasks,
              0U);
    made.result.clear();
    EXPECT_EQ(judged(shown(presence::absent), with_ended({made})).unexplained_tasks, 1U);
}

TEST(CloneEvidence, TheOnlyFailureIsTheCauseOfAnAbsence) {
    const auto one = with_ended({a_task(task_phase::failed, "vm-42")});
    const auto seen = judged(shown(presence::absent), one);
    EXPECT_EQ(seen.presence, presence::absent);
    ASSERT_TRUE(seen.failure);
    EXPECT_EQ(seen.failure->message(), "no space left");
    auto second = a_task(task_phase::failed, "vm-42");
    second.id = "t2";
    const auto two = with_ended({a_task(task_phase::failed, "vm-42"), second});
    EXPECT_FALSE(judged(shown(presence::absent), two).failure);
}

TEST(CloneEvidence, WhatFailedBecauseTheNameWasTakenLeftNothing) {
    auto taken = a_task(task_phase::failed, "vm-42");
    taken.said = error(errc::already_exists, "ALREADY_EXISTS");
    auto query = about_web_1();
    query.task_id = "t1";
    EXPECT_EQ(judged(shown(presence::present), with_ended({taken}), query).presence,
              presence::present);
}

TEST(CloneEvidence, WhatAnEarlierAttemptLeftIsOurs) {
    auto query = about_web_1();
    query.job = 7;
    auto known = std::make_shared<known_tasks>();
    known->add("t1", 7);
    query.others = known;
    auto early = a_task(task_phase::failed, "group-v3", "Folder");
    early.started = sent - 2h;
    // Its name was free before this attempt was sent, if the list did not lag.
    EXPECT_EQ(judged(shown(presence::present), with_ended({early}), query).presence,
              presence::ambiguous);
    auto made = a_task(task_phase::succeeded, "vm-42");
    made.id = "t2";
    made.result = "vm-9";
    EXPECT_TRUE(judged(shown(presence::present), with_ended({early, made}), query).is_made);
    early.target = "vm-9";
    early.target_type = "VirtualMachine";
    EXPECT_EQ(judged(shown(presence::present), with_ended({early}), query).presence,
              presence::left_behind);
    EXPECT_FALSE(judged(shown(presence::absent), with_ended({early}), query).failure);
    // Of another job it says nothing of ours.
    query.job = 8;
    EXPECT_EQ(judged(shown(presence::present), with_ended({early}), query).presence,
              presence::present);
}

// What has made the VM may be forgotten by then, and the one that failed be another's.
TEST(CloneEvidence, AfterALongTimeNobodyIsBlamedByGuess) {
    auto query = about_web_1();
    const auto ended = with_ended({a_task(task_phase::failed, "vm-42")});
    query.now = sent + 8min;
    EXPECT_EQ(judged(shown(presence::present), ended, query).presence, presence::left_behind);
    query.now = sent + 10min;
    EXPECT_EQ(judged(shown(presence::present), ended, query).presence, presence::ambiguous);
    query.task_id = "t1";
    EXPECT_EQ(judged(shown(presence::present), ended, query).presence, presence::left_behind);
}

TEST(CloneEvidence, WhoWasTurnedAwayForWantOfRoomHasLeftNothing) {
    auto refused = a_task(task_phase::failed, "vm-42");
    EXPECT_EQ(judged(shown(presence::present), with_ended({refused})).presence,
              presence::left_behind);
    refused.begun = false;
    EXPECT_EQ(judged(shown(presence::present), with_ended({refused})).presence, presence::present);
    EXPECT_TRUE(judged(shown(presence::absent), with_ended({refused})).failure);
}

TEST(CloneEvidence, AMakerIsOursOnlyIfNothingSpeaksAgainstIt) {
    auto made = a_task(task_phase::succeeded, "vm-42");
    made.result = "vm-9";
    const auto ended = with_ended({made});
    auto query = about_web_1();
    const auto ours = judged(shown(presence::present), ended, query);
    EXPECT_EQ(ours.presence, presence::present);
    EXPECT_TRUE(ours.is_made);
    query.task_id = "t1";
    EXPECT_TRUE(judged(shown(presence::present), ended, query).is_made);
    // Nobody knows who began it, and that was before the attempt was sent: ours may be at work.
    query.task_id.clear();
    made.started = sent - 1s;
    const auto early = judged(shown(presence::present), with_ended({made}), query);
    EXPECT_EQ(early.presence, presence::present);
    EXPECT_FALSE(early.is_made);
    made.started.reset();
    EXPECT_FALSE(judged(shown(presence::present), with_ended({made}), query).is_made);
    query.task_id = "t2";  // the attempt's own task is another one
    EXPECT_EQ(judged(shown(presence::present), ended, query).presence, presence::foreign);
    query.task_id.clear();
    query.others = std::make_shared<known_tasks>(known_tasks{"t1"});
    EXPECT_EQ(judged(shown(presence::present), ended, query).presence, presence::foreign);
    query.others.reset();
    made.started = sent - 6min;
    EXPECT_EQ(judged(shown(presence::present), with_ended({made}), query).presence,
              presence::foreign);
}

TEST(CloneEvidence, TheAttemptsOwnTaskCountsWhateverItsTime) {
    auto query = about_web_1();
    query.task_id = "t1";
    auto own = a_task(task_phase::failed, "vm-42");
    own.started = sent - 24h;
    EXPECT_EQ(judged(shown(presence::present), with_ended({own}), query).presence,
              presence::left_behind);
    auto made = a_task(task_phase::succeeded, "vm-42");
    made.started = sent - 24h;
    EXPECT_EQ(judged(shown(presence::absent), with_ended({made}), query).unexplained_tasks, 1U);
}

TEST(CloneEvidence, ANameIsTheSameInItsStoredFormAndTrimmed) {
    auto made = a_task(task_phase::succeeded, "vm-42");
    made.result = "vm-9";
    auto query = about_web_1();
    std::get<vcenter_clone_spec>(query.spec).name = "a/b%";
    for (const auto* name : {"a/b%", "a%2fb%25", "a%2Fb%25", " a/b% "})
        EXPECT_EQ(judged(shown(presence::absent), with_ended({made}), query, {{"vm-9", name}})
                      .unexplained_tasks,
                  1U)
            << name;
    EXPECT_EQ(judged(shown(presence::absent), with_ended({made}), query, {{"vm-9", "ab"}})
                  .unexplained_tasks,
              0U);
}

TEST(CloneEvidence, WhereWhatWasMadeIsNotShownThatIsTold) {
    EXPECT_TRUE(judged(shown(presence::absent), {}).shows_made);
    task_listing hidden;
    hidden.shows_succeeded = false;
    EXPECT_FALSE(judged(shown(presence::absent), hidden).shows_made);
}

TEST(CloneEvidence, TasksThatAreNotShownAreTold) {
    task_listing hidden;
    hidden.live_refused = error(errc::permission_denied, "UNAUTHORIZED");
    const auto seen = judged(shown(presence::absent), hidden);
    ASSERT_TRUE(seen.tasks_refused);
    EXPECT_NE(seen.seen.find("UNAUTHORIZED"), std::string::npos);
}

TEST(SameIds, AreEqualOrLackTheServersId) {
    EXPECT_TRUE(is_same_id("vm-1", "vm-1"));
    EXPECT_TRUE(is_same_id("vm-1", "vm-1:a"));
    EXPECT_TRUE(is_same_id("vm-1:a", "vm-1"));
    EXPECT_FALSE(is_same_id("vm-1:a", "vm-1:b"));
    EXPECT_FALSE(is_same_id("vm-1", "vm-11"));
    EXPECT_FALSE(is_same_id("", "vm-1"));
    const known_tasks known{"a:1", "b", "c:1"};
    EXPECT_TRUE(known.contains("a:1"));
    EXPECT_TRUE(known.contains("a"));
    EXPECT_TRUE(known.contains("b:7"));
    EXPECT_FALSE(known.contains("a:2"));
    EXPECT_FALSE(known.contains("c:"));
    EXPECT_FALSE(known.contains("d"));
}

}  // namespace
}  // namespace cloned::backends::vapi
