#include "tests/backends/zstack_world.hpp"

#include <set>

namespace cloned::testing {
namespace {

using namespace cloned::backends;
using presence = evidence::vm_presence;

const std::string other_uuid = "5e90030ca7485c429bf449688f88fbfd";

TEST_F(ZstackWorld, ACloneRunsAndEndsWithItsVm) {
    const auto task = task_of(submit("web-01"));

    EXPECT_EQ(task, std::string(uuid) + "/web-01");
    EXPECT_EQ(poll(task).phase, task_phase::running);
    pass(milliseconds(1000));
    const auto ended = poll(task);
    EXPECT_EQ(ended.phase, task_phase::succeeded);
    EXPECT_EQ(ended.vm.size(), 32U);
}

TEST_F(ZstackWorld, PollingNeedsNoSession) {
    const auto task = task_of(submit("web-01"));
    sim_call("POST", "expire-sessions");
    pass(milliseconds(1000));

    EXPECT_EQ(poll(task).phase, task_phase::succeeded);
    EXPECT_EQ(wire->count("PUT /zstack/v1/accounts/login"), 1U);
}

TEST_F(ZstackWorld, JobsThatShareACallAreOneRequestAndEachItsOwnTask) {
    const auto outcomes = world.run(backend->submit_together({job("web-01"), job("web-02")}));
    ASSERT_EQ(outcomes.size(), 2U);
    pass(milliseconds(1000));
    const auto polled = world.run(backend->poll({task_of(outcomes[0]), task_of(outcomes[1])}));

    ASSERT_TRUE(polled);
    ASSERT_EQ(polled->size(), 2U);
    EXPECT_NE((*polled)[0].vm, (*polled)[1].vm);
    EXPECT_EQ(wire->count("PUT /zstack/v1/vm-instances"), 1U);
    EXPECT_EQ(wire->count("GET /zstack/v1/api-jobs"), 1U);
}

TEST_F(ZstackWorld, OfAGroupOnlyTheNameThatFailedHasFailed) {
    rule(R"({"fault":"zstack_item_fail","object":"web-02","error_type":"HOST_ALLOCATION.1000"})");
    world.run(backend->submit_together({job("web-01"), job("web-02"), job("web-03")}));
    pass(milliseconds(1000));

    EXPECT_EQ(poll(std::string(uuid) + "/web-01").phase, task_phase::succeeded);
    EXPECT_EQ(poll(std::string(uuid) + "/web-03").phase, task_phase::succeeded);
    EXPECT_EQ(poll(std::string(uuid) + "/web-02").phase, task_phase::vanished);
    const auto seen = look("web-02", std::string(uuid) + "/web-02");
    ASSERT_TRUE(seen.own_task);
    EXPECT_EQ(seen.own_task->phase, task_phase::failed);
    EXPECT_TRUE(seen.own_task->later);
    EXPECT_NE(seen.own_task->said.message().find("HOST_ALLOCATION.1000"), std::string::npos);
}

TEST_F(ZstackWorld, AVmThatWasMadeBeforeAStepFailedIsToldAndNeverMadeAgain) {
    rule(R"({"fault":"zstack_item_fail_late","error_type":"HOST.1010"})");
    const auto task = task_of(submit("web-01"));
    pass(milliseconds(1000));

    const auto ended = poll(task);

    EXPECT_EQ(ended.phase, task_phase::failed);
    EXPECT_FALSE(ended.later);
    EXPECT_EQ(ended.vm.size(), 32U);
    EXPECT_NE(ended.said.message().find(ended.vm), std::string::npos);
}

TEST_F(ZstackWorld, ADeadSessionIsToldByTheJobAndTheNextCallHasANewOne) {
    ASSERT_TRUE(world.run(backend->probe()));
    sim_call("POST", "expire-sessions");

    const auto task = task_of(submit("web-01"));
    EXPECT_EQ(poll(task).phase, task_phase::vanished);
    const auto seen = look("web-01", task);
    const auto again = task_of(submit("web-01", other_uuid));

    ASSERT_TRUE(seen.own_task);
    EXPECT_EQ(seen.own_task->phase, task_phase::refused);
    EXPECT_EQ(seen.own_task->why, refusal::not_sent);
    pass(milliseconds(1000));
    EXPECT_EQ(poll(again).phase, task_phase::succeeded);
    EXPECT_EQ(wire->count("PUT /zstack/v1/accounts/login"), 2U);
}

TEST_F(ZstackWorld, ManyJobsOfADeadSessionCostOneLogin) {
    ASSERT_TRUE(world.run(backend->probe()));
    sim_call("POST", "expire-sessions");
    std::vector<std::string> tasks;
    for (int i = 10; i < 30; ++i)
        tasks.push_back(task_of(submit("web", other_uuid.substr(2) + std::to_string(i))));

    const auto polled = world.run(backend->poll(tasks));

    ASSERT_TRUE(polled);
    for (const auto& status : *polled) EXPECT_EQ(status.phase, task_phase::vanished);
    EXPECT_EQ(wire->count("PUT /zstack/v1/accounts/login"), 2U);
    EXPECT_EQ(wire->count("GET /zstack/v1/vm-instances"), 3U);
}

TEST_F(ZstackWorld, AReadWithADeadSessionIsRepeatedWithANewOne) {
    ASSERT_TRUE(world.run(backend->probe()));
    sim_call("POST", "expire-sessions");

    EXPECT_TRUE(world.run(backend->probe()));
    EXPECT_EQ(wire->count("PUT /zstack/v1/accounts/login"), 2U);
}

TEST_F(ZstackWorld, AWrongPasswordRefusesBeforeAnythingIsSent) {
    auto with = options();
    with.password = "guess";
    backend = make(std::move(with));

    const auto outcome = submit("web-01");

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).why, refusal::not_sent);
    EXPECT_EQ(std::get<refused>(outcome).said.code(), errc::unauthenticated);
    EXPECT_EQ(wire->count("PUT /zstack/v1/vm-instances"), 0U);
}

TEST_F(ZstackWorld, AJobUuidThatIsKnownAlreadyCountsAsStarted) {
    submit("web-01");

    EXPECT_EQ(task_of(submit("web-01")), std::string(uuid) + "/web-01");
    EXPECT_EQ(doubles(), 0);
}

class OldZstackWorld : public ZstackWorld {
protected:
    OldZstackWorld() : ZstackWorld(old()) {
        auto with = options();
        with.zstack.refuses_known_tasks = false;
        backend = make(std::move(with));
    }
    static simulator::config old() {
        auto out = settings();
        out.zstack.refuses_known_jobs = false;
        return out;
    }
    submit_outcome submit_again() {
        auto what = job("web-01");
        what.repeated = true;
        return world.run(backend->submit(std::move(what)));
    }
};

TEST_F(OldZstackWorld, AServerThatWouldRunAKnownJobAgainIsAskedFirst) {
    submit("web-01");

    EXPECT_EQ(task_of(submit_again()), std::string(uuid) + "/web-01");
    EXPECT_EQ(wire->count("PUT /zstack/v1/vm-instances"), 1U);
    EXPECT_EQ(doubles(), 0);
}

TEST_F(OldZstackWorld, AJobThatItDoesNotKnowIsSent) {
    EXPECT_EQ(task_of(submit_again()), std::string(uuid) + "/web-01");
    EXPECT_EQ(wire->count("PUT /zstack/v1/vm-instances"), 1U);
}

TEST_F(OldZstackWorld, AJobThatItDoesNotTellOfIsNotSentAgain) {
    rule(R"({"path":"*/api-jobs/*","fault":"proxy","status":503})");

    EXPECT_TRUE(std::holds_alternative<uncertain>(submit_again()));
    EXPECT_EQ(wire->count("PUT /zstack/v1/vm-instances"), 0U);
}

class KeyZstackWorld : public ZstackWorld {
protected:
    KeyZstackWorld() : ZstackWorld(shanghai()) { use_key(std::chrono::hours(8)); }
    static simulator::config shanghai() {
        auto out = settings();
        out.zstack.utc_offset_min = 480;
        return out;
    }
    void use_key(std::chrono::minutes offset) {
        auto with = options();
        with.auth = auth_kind::access_key;
        with.user = "composedKeyId012345";
        with.password = "composedKeySecret0123456789abcdef";
        with.zstack.clock_offset = offset;
        backend = make(std::move(with));
    }
};

TEST_F(KeyZstackWorld, AnAccessKeyNeedsNoLogin) {
    const auto task = task_of(submit("web-01"));
    pass(milliseconds(1000));

    EXPECT_EQ(poll(task).phase, task_phase::succeeded);
    EXPECT_EQ(look("web-01", "").presence, presence::present);
    EXPECT_EQ(wire->count("PUT /zstack/v1/accounts"), 0U);
}

TEST_F(KeyZstackWorld, AnAccessKeyWithTheWrongLocalTimeIsRefusedAsUnauthenticated) {
    use_key(std::chrono::hours(0));

    const auto outcome = submit("web-01");

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).why, refusal::not_sent);
    EXPECT_EQ(std::get<refused>(outcome).said.code(), errc::unauthenticated);
}

TEST_F(ZstackWorld, ACallThatFailsAtItsGateFailsForGood) {
    auto what = job("web-01");
    std::get<zstack_clone_spec>(what.spec).vm_instance = "a0000000000040008000000000009999";

    const auto task = task_of(world.run(backend->submit(std::move(what))));
    EXPECT_EQ(poll(task).phase, task_phase::vanished);
    const auto seen = look("web-01", task);

    ASSERT_TRUE(seen.own_task);
    EXPECT_EQ(seen.own_task->phase, task_phase::failed);
    EXPECT_FALSE(seen.own_task->later);
    EXPECT_EQ(seen.own_task->said.code(), errc::not_found);
}

// Whatever its code would prove by itself: the VM is there, so it is neither a success nor to be
// made again.
TEST_F(ZstackWorld, ACallThatFailedAfterItsVmsWereMadeHasFailedWithThatVm) {
    const std::string name = "web-0";
    int n = 0;
    for (const auto* code : {"SYS.1006", "SYS.1001", "SYS.1007", "HOST_ALLOCATION.1000"}) {
        const auto one = name + std::to_string(n);
        const auto its_uuid = other_uuid.substr(1) + std::to_string(n++);
        rule(std::string(R"({"fault":"zstack_call_fail_late","error_type":")") + code + "\"}");
        const auto task = task_of(submit(one, its_uuid));
        pass(milliseconds(1000));

        const auto polled = poll(task);
        EXPECT_EQ(polled.phase, task_phase::vanished) << code;
        EXPECT_NE(polled.said.message().find(code), std::string::npos);
        const auto seen = look(one, task);
        ASSERT_TRUE(seen.own_task) << code;
        EXPECT_EQ(seen.own_task->phase, task_phase::failed);
        EXPECT_FALSE(seen.own_task->later);
        EXPECT_EQ(seen.own_task->vm.size(), 32U);
        EXPECT_EQ(seen.own_task->vm, seen.vm);
        const auto& said = seen.own_task->said.message();
        EXPECT_NE(said.find("the VM was made and is there as " + seen.vm), std::string::npos)
            << said;
        EXPECT_NE(said.find(code), std::string::npos) << said;
    }
}

// Something in front of the node wants a session of a poll. Ours is alive: the job did not fail for
// want of one, whether its VM is listed by now or not.
class ZstackBehindAGate : public ZstackWorld {
protected:
    explicit ZstackBehindAGate(simulator::config of = slow()) : ZstackWorld(of) {}
    static simulator::config slow() {
        auto out = settings();
        out.zstack.marks_clones = false;
        return out;
    }
    std::string submit_behind_gate(const char* answer, const std::string& as = uuid) {
        const auto task = task_of(submit("web-01", as));
        rule(std::string(R"({"path":"*/api-jobs/*",)") + answer + "}");
        EXPECT_EQ(poll(task).phase, task_phase::vanished);
        return task;
    }
};
constexpr auto no_session = R"("fault":"status","status":503,"error_type":"ID.1001")";
constexpr auto not_known = R"("fault":"status","status":404,"message":"the job has been expired")";

TEST_F(ZstackBehindAGate, AJobWhoseVmIsListedWasNotRefused) {
    for (const auto* answer : {no_session, not_known}) {
        sent_at = world.time.wall();
        const auto task = submit_behind_gate(answer, answer == no_session ? uuid : other_uuid);

        const auto early = look("web-01", task);
        pass(milliseconds(1000));
        const auto late = look("web-01", task);

        EXPECT_FALSE(early.own_task);
        EXPECT_EQ(early.presence, presence::incomplete);
        EXPECT_FALSE(late.own_task);
        EXPECT_EQ(late.presence, presence::present);
        EXPECT_TRUE(late.candidate_tasks.empty());
        sim_call("DELETE", "vms/" + late.vm);
    }
}

class ZstackQueueBehindAGate : public ZstackBehindAGate {
protected:
    ZstackQueueBehindAGate() : ZstackBehindAGate(full()) {}
    static simulator::config full() {
        auto out = slow();
        out.zstack.clone_limit = 0;  // nothing begins
        return out;
    }
};

TEST_F(ZstackQueueBehindAGate, AJobWithoutAVmMayBeAtWorkUntilTheNodeMayHaveForgottenIt) {
    for (const auto* answer : {no_session, not_known}) {
        sent_at = world.time.wall();
        const auto task = submit_behind_gate(answer, answer == no_session ? uuid : other_uuid);

        const auto early = look("web-01", task);
        pass(std::chrono::hours(3));
        const auto late = look("web-01", task);

        EXPECT_FALSE(early.own_task);
        EXPECT_EQ(early.presence, presence::absent);
        EXPECT_EQ(early.candidate_tasks.size(), 1U);
        EXPECT_FALSE(late.own_task);
        EXPECT_TRUE(late.candidate_tasks.empty());
    }
}

// Another call's session has died since, so that the answer might be believed.
TEST_F(ZstackQueueBehindAGate, AJobThatWasSeenAtWorkHadASession) {
    const auto task = task_of(submit("web-01"));
    EXPECT_EQ(poll(task).phase, task_phase::running);
    sim_call("POST", "expire-sessions");
    ASSERT_TRUE(world.run(backend->probe()));

    rule(std::string(R"({"path":"*/api-jobs/*",)") + no_session + "}");
    const auto polled = poll(task);
    const auto seen = look("web-01", task);

    EXPECT_EQ(polled.phase, task_phase::vanished);
    EXPECT_FALSE(seen.own_task) << seen.own_task->said.message();
    EXPECT_EQ(seen.candidate_tasks.size(), 1U);
}

TEST_F(ZstackQueueBehindAGate, WhatMayHaveArrivedIsGoneIfItIsNotKnownUnlessItCouldRunTwice) {
    rule(std::string(R"({"path":"*/api-jobs/*",)") + not_known + "}");
    submit("web-01");

    EXPECT_TRUE(look("web-01", uuid).candidate_tasks.empty());
    auto with = options();
    with.zstack.refuses_known_tasks = false;
    backend = make(std::move(with));
    EXPECT_EQ(look("web-01", uuid).candidate_tasks.size(), 1U);
}

TEST_F(ZstackWorld, ACallThatFailedBeforeAnythingWasMadeIsSeenAsAbsent) {
    rule(R"({"fault":"task_fail","error_type":"SYS.1006"})");
    const auto task = task_of(submit("web-01"));

    EXPECT_EQ(poll(task).phase, task_phase::vanished);
    EXPECT_EQ(look("web-01", task).presence, presence::absent);
}

TEST_F(ZstackWorld, WhatAPollMustDoubtALookSettlesWhereTheSpecHasNoLateSteps) {
    rule(R"({"fault":"task_fail","error_type":"SYS.1006","message_id":"VM.1010"})");
    const auto task = task_of(submit("web-01"));

    EXPECT_EQ(poll(task).phase, task_phase::vanished);
    const auto seen = look("web-01", task);
    ASSERT_TRUE(seen.own_task);
    EXPECT_EQ(seen.own_task->phase, task_phase::refused);
    EXPECT_EQ(seen.own_task->why, refusal::busy);
}

TEST_F(ZstackWorld, ALookAfterALostAnswerFindsTheJobByItsBareUuid) {
    rule(R"({"path":"*/actions","fault":"drop_after"})");
    EXPECT_TRUE(std::holds_alternative<uncertain>(submit("web-01")));

    const auto early = look("web-01");
    pass(milliseconds(1000));
    const auto late = look("web-01");

    ASSERT_TRUE(early.own_task && late.own_task);
    EXPECT_EQ(early.own_task->phase, task_phase::running);
    EXPECT_EQ(early.own_task->task_id, std::string(uuid) + "/web-01");
    EXPECT_EQ(late.own_task->phase, task_phase::succeeded);
    EXPECT_EQ(late.vm, late.own_task->vm);
}

TEST_F(ZstackWorld, ALookAfterALostRequestSeesNothing) {
    rule(R"({"path":"*/actions","fault":"proxy","status":504})");
    EXPECT_TRUE(std::holds_alternative<uncertain>(submit("web-01")));

    const auto seen = look("web-01");

    EXPECT_FALSE(seen.own_task);
    EXPECT_EQ(seen.presence, presence::absent);
}

TEST_F(ZstackWorld, AJobThatRunsForEverIsNotBelievedForEver) {
    auto with = options();
    with.info.task_timeout = std::chrono::hours(40);
    backend = make(std::move(with));
    rule(R"({"fault":"zstack_node_dies"})");
    submit("web-01");

    pass(std::chrono::hours(39));
    ASSERT_TRUE(look("web-01").own_task);
    pass(std::chrono::hours(2));
    const auto late = look("web-01");

    EXPECT_FALSE(late.own_task);
    EXPECT_EQ(late.presence, presence::absent);
}

TEST_F(ZstackWorld, AnExpiredJobsVmIsFoundByNameSourceAndTime) {
    const auto task = task_of(submit("web-01"));
    pass(milliseconds(1000));
    sim_call("POST", "expire-jobs");

    EXPECT_EQ(poll(task).phase, task_phase::vanished);
    EXPECT_EQ(look("web-01", task).presence, presence::present);
}

TEST_F(ZstackWorld, AVmThatIsStillBeingMadeIsIncomplete) {
    const auto task = task_of(submit("web-01"));
    sim_call("POST", "expire-jobs");
    rule(R"({"path":"*/api-jobs/*","fault":"status","status":404,)"
         R"("message":"the job has been expired"})");

    for (const auto at : {100, 700}) {  // Created, then Starting
        pass(milliseconds(at));
        const auto seen = look("web-01", task);
        EXPECT_EQ(seen.presence, presence::incomplete) << seen.seen;
    }
    pass(milliseconds(300));
    EXPECT_EQ(look("web-01", task).presence, presence::present);
}

TEST_F(ZstackWorld, ADestroyedVmIsNotThere) {
    const auto task = task_of(submit("web-01"));
    pass(milliseconds(1000));
    const auto vm = poll(task).vm;
    sim_call("DELETE", "vms/" + vm);
    sim_call("POST", "expire-jobs");

    EXPECT_EQ(look("web-01", task).presence, presence::absent);
}

TEST_F(ZstackWorld, ACloneOfAnotherSourceIsAStrangers) {
    sim_call("POST", "vms",
             R"({"server":"zstack","name":"web-01","source":"a0000000000040008000000000000043"})");

    EXPECT_EQ(look("web-01").presence, presence::absent);
}

TEST_F(ZstackWorld, TwoVmsThatMayBothBeOursAreAmbiguousAndBothShown) {
    submit("web-01");
    submit("web-01", other_uuid);
    pass(milliseconds(1000));
    sim_call("POST", "expire-jobs");

    const auto seen = look("web-01");

    EXPECT_EQ(seen.presence, presence::ambiguous);
    EXPECT_NE(seen.seen.find("2 VMs"), std::string::npos);
    EXPECT_EQ(doubles(), 1);
}

TEST_F(ZstackWorld, TooManyRequestsHoldTheJobBackForAWhile) {
    rule(R"({"path":"*/actions","fault":"status","status":429})");

    const auto outcome = submit("web-01");

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).why, refusal::busy);
    EXPECT_TRUE(std::get<refused>(outcome).retry_after);
}

TEST_F(ZstackWorld, WhatCannotBeReachedTellsNothingAboutTheOthers) {
    const auto first = task_of(submit("web-01"));
    const auto second = task_of(submit("web-02", other_uuid));
    pass(milliseconds(1000));
    rule(R"({"path":"*/api-jobs/4d*","fault":"garbage"})");

    const auto polled = world.run(backend->poll({first, second}));

    ASSERT_TRUE(polled);
    for (const auto& status : *polled)
        EXPECT_EQ(status.phase,
                  status.task_id == first ? task_phase::running : task_phase::succeeded);
}

TEST_F(ZstackWorld, APollThatReachesNothingIsAnError) {
    const auto task = task_of(submit("web-01"));
    rule(R"({"path":"*/api-jobs/*","fault":"proxy","status":502})");

    const auto polled = world.run(backend->poll({task}));

    ASSERT_FALSE(polled);
    EXPECT_EQ(polled.error().code(), errc::unavailable);
}

TEST_F(ZstackWorld, EachJobGetsItsTurnHoweverManyThereAre) {
    std::vector<std::string> tasks;
    for (int i = 100; i < 350; ++i)
        tasks.push_back(
            task_of(submit("web-" + std::to_string(i), other_uuid.substr(3) + std::to_string(i))));
    pass(milliseconds(1000));
    std::set<std::string> ended;

    for (int turn = 0; turn < 3; ++turn) {
        const auto polled = world.run(backend->poll(tasks));
        ASSERT_TRUE(polled);
        EXPECT_EQ(polled->size(), tasks.size());
        for (const auto& status : *polled)
            if (status.phase == task_phase::succeeded) ended.insert(status.task_id);
    }

    EXPECT_EQ(ended.size(), tasks.size());
    EXPECT_EQ(wire->count("GET /zstack/v1/api-jobs"), 300U);
}

TEST_F(ZstackWorld, ATaskOfSomebodyElseHasVanished) {
    EXPECT_EQ(poll("task-1001").phase, task_phase::vanished);
    EXPECT_EQ(wire->count("GET"), 0U);
}

TEST_F(ZstackWorld, CloseEndsTheSession) {
    ASSERT_TRUE(world.run(backend->probe()));

    world.run(backend->close());

    const auto sessions = sim_call("GET", "ledger").at("sessions").at("zstack");
    EXPECT_EQ(sessions.at("created").to_number<int>(), 1);
    EXPECT_EQ(sessions.at("open").to_number<int>(), 0);
}

TEST_F(ZstackWorld, ACloneCannotBeCancelled) {
    EXPECT_EQ(*world.run(backend->cancel(task_of(submit("web-01")))), cancel_outcome::unsupported);
}

}  // namespace
}  // namespace cloned::testing
