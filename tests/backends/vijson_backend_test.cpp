#include "tests/backends/backend_fixture.hpp"

#include <string>
#include <vector>

namespace cloned::testing {
namespace {

using namespace cloned::backends;

const std::string base = "/sdk/vim25/8.0.3.0/";
const std::string customize_line =
    "POST " + base + "VirtualMachineGuestCustomizationManager/G/CustomizeGuest_Task";
const std::string retrieve_line = "POST " + base + "PropertyCollector/P/RetrievePropertiesEx";
const std::string next_line = "POST " + base + "PropertyCollector/P/ContinueRetrievePropertiesEx";
const std::string login_line = "POST " + base + "SessionManager/S/Login";
const std::string session_line = "GET " + base + "SessionManager/S/currentSession";

class VijsonBackend : public BackendFixture {
protected:
    VijsonBackend() {
        always("GET " + base + "ServiceInstance/ServiceInstance/content", 200,
               R"({"sessionManager":{"value":"S"},"propertyCollector":{"value":"P"},)"
               R"("guestCustomizationManager":{"value":"G"}})");
        log_in_with("token-1");
        auto with = options(endpoint_kind::vi_json);
        with.vi_json.release = "8.0.3.0";
        with.vi_json.credentials["guest"] = "gu3st-word";
        upstream = make(std::move(with));
    }
    void log_in_with(const std::string& token) {
        auto said = answer(200, R"({"_typeName":"UserSession"})");
        said.headers.emplace_back("vmware-api-session-id", token);
        replies.push_back({login_line, said, false});
    }
    static submission customization() {
        customize_guest_spec spec;
        spec.vm = "vm-7";
        spec.auth = R"({"_typeName":"A","password":{"_credential":"guest"}})";
        spec.customization = R"({"_typeName":"CustomizationSpec"})";
        submission out;
        out.spec = spec;
        out.operation_id = "op-1";
        return out;
    }
    submit_outcome submit() { return world.run(upstream->submit(customization())); }

    std::unique_ptr<backend> upstream;
};

TEST_F(VijsonBackend, AnAcceptedCustomizationHasATask) {
    on(customize_line, 200, R"({"type":"Task","value":"task-1"})");

    const auto outcome = submit();

    ASSERT_TRUE(std::holds_alternative<started>(outcome));
    EXPECT_EQ(std::get<started>(outcome).task_id, "task-1");
    EXPECT_NE(client->seen.back().body.find(R"("password":"gu3st-word")"), std::string::npos);
    EXPECT_EQ(fake_client::header(client->seen.back(), "vmware-api-session-id"), "token-1");
}

TEST_F(VijsonBackend, TheLoginIsNoBasicOneAndCarriesNoOldToken) {
    on(customize_line, 500, R"({"_typeName":"NotAuthenticated"})");
    on(session_line, 200, "null");
    log_in_with("token-2");
    on(customize_line, 200, R"({"type":"Task","value":"task-1"})");

    EXPECT_TRUE(std::holds_alternative<started>(submit()));

    ASSERT_EQ(client->count(login_line), 2U);
    for (const auto& sent : client->seen) {
        EXPECT_EQ(fake_client::header(sent, "Authorization"), "");
        const bool is_login = sent.target.ends_with("/Login");
        EXPECT_EQ(fake_client::header(sent, "vmware-api-session-id").empty(),
                  is_login || sent.target.ends_with("/content"));
    }
    EXPECT_EQ(fake_client::header(client->seen.back(), "vmware-api-session-id"), "token-2");
}

TEST_F(VijsonBackend, ASessionThatIsRefusedTwiceMeansNotSent) {
    always(customize_line, 500, R"({"_typeName":"NotAuthenticated"})");
    always(session_line, 200, "null");
    log_in_with("token-2");

    const auto outcome = submit();

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).why, refusal::not_sent);
    EXPECT_EQ(std::get<refused>(outcome).said.code(), errc::unauthenticated);
}

TEST_F(VijsonBackend, ACallThatIsRefusedInASessionThatLivesCostsNoLogin) {
    always(customize_line, 401);
    always(session_line, 200, R"({"_typeName":"UserSession","key":"52a","userName":"svc"})");

    const auto outcome = submit();

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).said.code(), errc::permission_denied);
    EXPECT_EQ(client->count(login_line), 1U);
}

TEST_F(VijsonBackend, ALoginWithoutATokenMeansNotSent) {
    replies.pop_back();
    on(login_line, 200, R"({"_typeName":"UserSession"})");

    const auto outcome = submit();

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).why, refusal::not_sent);
}

TEST_F(VijsonBackend, ADiscoveryWithoutAnAnswerMeansNotSent) {
    replies.clear();
    fails("GET " + base, errc::in_doubt);

    const auto outcome = submit();

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).why, refusal::not_sent);
}

TEST_F(VijsonBackend, OneDiscoveryServesThoseWhoComeAtOnce) {
    client->latency = milliseconds(100);
    always(customize_line, 200, R"({"type":"Task","value":"task-1"})");
    std::vector<submit_outcome> outcomes;
    const auto submit_one = [&]() -> task<void> {
        auto outcome = co_await upstream->submit(customization());
        outcomes.push_back(std::move(outcome));
    };
    for (int i = 0; i < 5; ++i)
        asio::co_spawn(world.loop.get_executor(), submit_one(), [](std::exception_ptr) {});

    world.drive([&] { return outcomes.size() == 5; }, std::chrono::hours(1));

    EXPECT_EQ(client->count("GET " + base), 1U);
    EXPECT_EQ(client->count(login_line), 1U);
    for (const auto& outcome : outcomes) EXPECT_TRUE(std::holds_alternative<started>(outcome));
}

TEST_F(VijsonBackend, AnAnswerThatIsNoneIsUncertain) {
    fails(customize_line, errc::in_doubt);
    EXPECT_TRUE(std::holds_alternative<uncertain>(submit()));
    for (const auto* body : {"", "null", "{}", R"({"type":"Task","val)", "<html>"}) {
        on(customize_line, 200, body);
        EXPECT_TRUE(std::holds_alternative<uncertain>(submit())) << body;
    }
    for (const int status : {500, 502, 503, 504}) {
        on(customize_line, status, "upstream connect error");
        EXPECT_TRUE(std::holds_alternative<uncertain>(submit())) << status;
    }
}

TEST_F(VijsonBackend, AnUnknownCredentialFailsBeforeAnythingIsSent) {
    auto what = customization();
    std::get<customize_guest_spec>(what.spec).auth = R"({"p":{"_credential":"none"}})";

    const auto outcome = world.run(upstream->submit(what));

    ASSERT_TRUE(std::holds_alternative<failed>(outcome));
    EXPECT_FALSE(std::get<failed>(outcome).later);
    EXPECT_EQ(client->count(customize_line), 0U);
}

TEST_F(VijsonBackend, APageThatFailsLeavesTheOthersTasksAlone) {
    on(retrieve_line, 200,
       R"({"objects":[{"obj":{"type":"Task","value":"task-1"},"propSet":[{"name":"info","val":{"state":"success","entity":{"type":"VirtualMachine","value":"vm-7"}}}]}],"token":"t"})");
    fails(next_line, errc::in_doubt);

    const auto polled = world.run(upstream->poll({"task-1", "task-2"}));

    ASSERT_TRUE(polled);
    EXPECT_EQ((*polled)[0].phase, task_phase::succeeded);
    EXPECT_EQ((*polled)[0].vm, "vm-7");
    EXPECT_EQ((*polled)[1].phase, task_phase::running);
}

TEST_F(VijsonBackend, APollWithoutAnAnswerIsAnError) {
    on(retrieve_line, 503, "");

    const auto polled = world.run(upstream->poll({"task-1"}));

    ASSERT_FALSE(polled);
    EXPECT_EQ(polled.error().code(), errc::unavailable);
}

TEST_F(VijsonBackend, PagesWithoutAnEndAreGivenUp) {
    on(retrieve_line, 200, R"({"objects":[],"token":"t"})");
    always(next_line, 200, R"({"objects":[],"token":"t"})");

    const auto polled = world.run(upstream->poll({"task-1"}));

    ASSERT_TRUE(polled);
    EXPECT_EQ((*polled)[0].phase, task_phase::running);
    EXPECT_LE(client->count(next_line), 200U);
}

TEST_F(VijsonBackend, ATaskThatIsHiddenIsNoNewsAndOneThatIsMissingIsGone) {
    on(retrieve_line, 200,
       R"({"objects":[{"obj":{"type":"Task","value":"task-1"},"missingSet":[{"path":"info","fault":{"_typeName":"NoPermission"}}]},)"
       R"({"obj":{"type":"Task","value":"task-2"},"missingSet":[{"path":"info","fault":{"fault":{"_typeName":"ManagedObjectNotFound"}}}]}]})");

    const auto polled = world.run(upstream->poll({"task-1", "task-2", "task-3"}));

    ASSERT_TRUE(polled);
    EXPECT_EQ((*polled)[0].phase, task_phase::running);
    EXPECT_EQ((*polled)[1].phase, task_phase::vanished);
    EXPECT_EQ((*polled)[2].phase, task_phase::vanished);
}

const std::string task_told =
    R"({"obj":{"type":"Task","value":"task-1"},"propSet":[{"name":"info","val":{"state":"success"}}]})";
const std::string task_refused =
    R"({"obj":{"type":"Task","value":"task-1"},"missingSet":[{"path":"info","fault":{"fault":{"_typeName":"NotAuthenticated"}}}]})";
const std::string task_as_a_fault =
    R"({"obj":{"type":"Task","value":"task-1"},"propSet":[{"name":"info","val":{"_typeName":"NotAuthenticated"}}]})";
const std::string own_session =
    R"({"obj":{"type":"SessionManager","value":"S"},"propSet":[{"name":"currentSession","val":{"userName":"a"}}]})";
const std::string other_told =
    R"({"obj":{"type":"Task","value":"task-2"},"propSet":[{"name":"info","val":{"state":"success"}}]})";

std::string of_objects(const std::string& objects) {
    return R"({"objects":[)" + objects + "]}";
}

// Some servers refuse each property instead of the call. The session is then as dead as by a 401.
TEST_F(VijsonBackend, ASessionThatIsRefusedInEveryPropertyIsRenewedAtOnce) {
    const std::string forms[] = {of_objects(task_refused), of_objects(task_as_a_fault),
                                 of_objects(task_refused + "," + own_session),
                                 of_objects(R"({"_typeName":"NotAuthenticated"})"),
                                 R"({"_typeName":"NotAuthenticated"})"};
    always("POST " + base + "SessionManager/S/Logout", 204);
    int logins = 1;
    for (const auto& form : forms) {
        on(retrieve_line, 200, form);
        on(session_line, 200, "null");
        on(retrieve_line, 200, of_objects(task_told));
        log_in_with("token-" + std::to_string(++logins));

        const auto polled = world.run(upstream->poll({"task-1"}));

        ASSERT_TRUE(polled) << form;
        EXPECT_EQ((*polled)[0].phase, task_phase::succeeded) << form;
        EXPECT_EQ(fake_client::header(client->seen.back(), "vmware-api-session-id"),
                  "token-" + std::to_string(logins));
    }
}

TEST_F(VijsonBackend, ASessionThatIsRefusedOnePropertyAloneIsRenewedSeldom) {
    always(retrieve_line, 200, of_objects(task_refused + "," + other_told));
    client->latency = milliseconds(10);
    for (int i = 2; i < 10; ++i) log_in_with("token-" + std::to_string(i));

    for (int i = 0; i < 50; ++i) {
        const auto polled = world.run(upstream->poll({"task-1", "task-2"}));
        ASSERT_TRUE(polled);
        EXPECT_EQ((*polled)[0].phase, task_phase::running);
        EXPECT_EQ((*polled)[1].phase, task_phase::succeeded);
    }

    EXPECT_EQ(client->count(login_line), 2U);
}

TEST_F(VijsonBackend, AFaultInsteadOfObjectsProvesNothing) {
    on(retrieve_line, 200, R"({"_typeName":"SystemError","reason":"out of order"})");

    const auto polled = world.run(upstream->poll({"task-1"}));

    ASSERT_FALSE(polled);
    EXPECT_NE(polled.error().message().find("out of order"), std::string::npos);
}

const std::string broken_task =
    R"({"obj":{"type":"Task","value":"task-1"},"propSet":[{"name":"info","val":{"state":"error","name":"CustomizeGuest_Task","startTime":"2026-03-02T10:00:00Z","entity":{"type":"VirtualMachine","value":"vm-7"},"error":{"_typeName":"SystemError","reason":"broken"}}}]})";

std::string guest_of_it(const std::string& info) {
    return R"({"obj":{"type":"VirtualMachine","value":"vm-7"},"propSet":[{"name":"guest.customizationInfo","val":{)" +
           info + "}}]}";
}

// The fault does not tell whether the guest was set to work: the guest does.
TEST_F(VijsonBackend, ATaskThatBreaksHasDoneWhatItsGuestHasBegun) {
    const std::string begun = R"("startTime":"2026-03-02T10:00:03Z","customizationStatus":)";
    const std::vector<std::pair<std::string, task_phase>> table{
        {begun + R"("TOOLSDEPLOYPKG_SUCCEEDED")", task_phase::succeeded},
        {begun + R"("TOOLSDEPLOYPKG_RUNNING")", task_phase::running},
        {begun + R"("TOOLSDEPLOYPKG_FAILED")", task_phase::failed},
        {R"("customizationStatus":"TOOLSDEPLOYPKG_IDLE")", task_phase::failed},
        {R"("startTime":"2026-03-02T09:00:00Z","customizationStatus":"TOOLSDEPLOYPKG_SUCCEEDED")",
         task_phase::failed},
    };
    for (const auto& [info, phase] : table) {
        on(retrieve_line, 200, of_objects(broken_task));
        on(retrieve_line, 200, of_objects(guest_of_it(info)));
        const auto polled = world.run(upstream->poll({"task-1"}));
        ASSERT_TRUE(polled);
        EXPECT_EQ((*polled)[0].phase, phase) << info;
    }
    on(retrieve_line, 200, of_objects(broken_task));
    fails(retrieve_line, errc::in_doubt);
    EXPECT_EQ((*world.run(upstream->poll({"task-1"})))[0].phase, task_phase::running);
}

TEST_F(VijsonBackend, AWaitForAGuestIsOursToEnd) {
    const std::string cancel_line = "POST " + base + "Task/task-1/CancelTask";
    on(cancel_line, 500, R"({"_typeName":"InvalidState"})");
    on(retrieve_line, 200,
       of_objects(task_told + "," +
                  guest_of_it(R"("customizationStatus":"TOOLSDEPLOYPKG_RUNNING")")));
    EXPECT_EQ(*world.run(upstream->cancel("guest:vm-7:task-1")), cancel_outcome::only_waits);

    on(cancel_line, 500, R"({"_typeName":"InvalidState"})");
    EXPECT_EQ(*world.run(upstream->cancel("task-1")), cancel_outcome::too_late);
}

TEST_F(VijsonBackend, TheVmOfAFollowedTaskMayBeDeleted) {
    on(retrieve_line, 200,
       R"({"objects":[{"obj":{"type":"Task","value":"task-1"},"propSet":[{"name":"info","val":{"state":"success"}}]}]})");

    const auto polled = world.run(upstream->poll({"guest:vm-7:task-1"}));

    ASSERT_TRUE(polled);
    EXPECT_EQ((*polled)[0].phase, task_phase::failed);
    EXPECT_EQ((*polled)[0].said.code(), errc::not_found);
}

TEST_F(VijsonBackend, AllTasksAreAskedForInOneRequest) {
    on(retrieve_line, 200, "");

    const auto polled = world.run(upstream->poll({"task-1", "guest:vm-7:task-2", "task-3"}));

    ASSERT_TRUE(polled);
    EXPECT_EQ(client->count(retrieve_line), 1U);
    EXPECT_NE(client->seen.back().body.find("guest.customizationInfo"), std::string::npos);
}

TEST_F(VijsonBackend, TheGuestsSecretIsMaskedInWhatAPollTells) {
    on(retrieve_line, 200,
       R"({"objects":[{"obj":{"type":"Task","value":"task-1"},"propSet":[{"name":"info","val":{"state":"error","error":{"_typeName":"SystemError","reason":"with gu3st-word"}}}]}]})");

    const auto polled = world.run(upstream->poll({"task-1"}));

    ASSERT_TRUE(polled);
    EXPECT_EQ((*polled)[0].said.message().find("gu3st"), std::string::npos);
}

TEST_F(VijsonBackend, TheLoginsSecretIsMaskedInItsRefusal) {
    replies.pop_back();
    on(login_line, 500, R"({"_typeName":"InvalidLogin","faultstring":"no svc/secret"})");

    const auto outcome = submit();

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).said.message().find("svc/secret"), std::string::npos);
    EXPECT_NE(std::get<refused>(outcome).said.message().find("svc/(redacted)"), std::string::npos);
}

}  // namespace
}  // namespace cloned::testing
