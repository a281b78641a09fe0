#include "tests/backends/vijson_model.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace cloned::testing {
namespace {

using namespace cloned::backends;

TEST_F(VijsonModel, ACustomizationRunsToItsEnd) {
    power_on();

    const auto id = start(spec());

    EXPECT_EQ(poll(id).phase, task_phase::running);
    pass(milliseconds(1000));
    const auto status = poll(id);
    EXPECT_EQ(status.phase, task_phase::succeeded);
    EXPECT_EQ(status.vm, "vm-42");
    EXPECT_EQ(book().at("vms").as_array()[0].at("host_name").as_string(), "web-1");
}

TEST_F(VijsonModel, WaitingForTheGuestEndsWithTheGuest) {
    power_on();
    auto what = spec();
    what.wait_for_guest = true;

    const auto id = start(what);

    EXPECT_TRUE(id.starts_with("guest:vm-42:task-")) << id;
    pass(milliseconds(1000));
    EXPECT_EQ(poll(id).phase, task_phase::running);
    pass(milliseconds(500));
    EXPECT_EQ(poll(id).phase, task_phase::succeeded);
    EXPECT_EQ(poll(id).vm, "vm-42");
}

TEST_F(VijsonModel, WhatTheGuestCannotDoFailsTheJob) {
    set(R"({"guest_fails":true})");
    power_on();
    auto what = spec();
    what.wait_for_guest = true;
    const auto id = start(what);
    pass(milliseconds(1500));

    const auto status = poll(id);

    EXPECT_EQ(status.phase, task_phase::failed);
    EXPECT_FALSE(status.later);
    EXPECT_NE(status.said.message().find("exited with status 1"), std::string::npos);
}

TEST_F(VijsonModel, TheOutcomeOfAnOlderCustomizationIsOldNews) {
    power_on();
    start(spec());
    pass(milliseconds(5000));
    auto what = spec();
    what.wait_for_guest = true;

    const auto id = start(what);

    pass(milliseconds(1000));
    EXPECT_EQ(poll(id).phase, task_phase::running);
}

TEST_F(VijsonModel, EveryKindOfIdentityIsAccepted) {
    const std::vector<std::string> identities{
        R"({"_typeName":"CustomizationLinuxPrep","hostName":{"_typeName":"CustomizationVirtualMachineName"},"domain":"d","scriptText":{"_credential":"guest"}})",
        R"({"_typeName":"CustomizationSysprep","guiUnattended":{"_typeName":"CustomizationGuiUnattended","timeZone":85,"autoLogon":false,"autoLogonCount":0,"password":{"_typeName":"CustomizationPassword","value":{"_credential":"guest"},"plainText":true}},"userData":{"_typeName":"CustomizationUserData","fullName":"a","orgName":"b","computerName":{"_typeName":"CustomizationPrefixName","base":"w"},"productId":""},"identification":{"_typeName":"CustomizationIdentification","joinWorkgroup":"g"}})",
        R"({"_typeName":"CustomizationSysprepText","value":"text"})",
        R"({"_typeName":"CustomizationCloudinitPrep","metadata":"m","userdata":{"_credential":"guest"}})",
    };
    power_on();
    for (const auto& identity : identities) {
        auto what = spec();
        what.customization =
            R"({"_typeName":"CustomizationSpec","identity":)" + identity +
            R"(,"globalIPSettings":{"_typeName":"CustomizationGlobalIPSettings","dnsServerList":["10.0.0.2"]},)"
            R"("nicSettingMap":[{"_typeName":"CustomizationAdapterMapping","adapter":{"_typeName":"CustomizationIPSettings","ip":{"_typeName":"CustomizationFixedIp","ipAddress":"10.0.1.21"},"subnetMask":"255.255.255.0","gateway":["10.0.1.1"]}}]})";
        what.config_params =
            R"([{"_typeName":"OptionValue","key":"k","value":{"_typeName":"string","_value":{"_credential":"guest"}}}])";
        const auto id = start(what);
        pass(milliseconds(2000));
        EXPECT_EQ(poll(id).phase, task_phase::succeeded) << identity;
    }
}

TEST_F(VijsonModel, AVmThatIsOffOrStillBootsIsNotReady) {
    auto off = submit(spec());
    power_on("vm-42", false);
    auto booting = submit(spec());
    pass(milliseconds(1000));

    ASSERT_TRUE(std::holds_alternative<refused>(off));
    EXPECT_EQ(std::get<refused>(off).why, refusal::not_ready);
    ASSERT_TRUE(std::holds_alternative<refused>(booting));
    EXPECT_EQ(std::get<refused>(booting).why, refusal::not_ready);
    EXPECT_FALSE(start(spec()).empty());
}

TEST_F(VijsonModel, AGuestThatDoesNotLetUsInYetIsNotReady) {
    set(R"({"guest_login_ms":3000})");
    power_on();

    const auto early = submit(spec());
    pass(milliseconds(3000));

    ASSERT_TRUE(std::holds_alternative<refused>(early));
    EXPECT_EQ(std::get<refused>(early).why, refusal::not_ready);
    EXPECT_FALSE(start(spec()).empty());
}

TEST_F(VijsonModel, AVmThatIsBeingCustomizedIsBusy) {
    power_on();
    start(spec());

    const auto second = submit(spec());
    pass(milliseconds(1200));
    const auto third = submit(spec());

    ASSERT_TRUE(std::holds_alternative<refused>(second));
    EXPECT_EQ(std::get<refused>(second).why, refusal::busy);
    ASSERT_TRUE(std::holds_alternative<refused>(third));
    EXPECT_EQ(std::get<refused>(third).why, refusal::busy);
    EXPECT_EQ(book().at("overlapping").as_int64(), 0);
}

TEST_F(VijsonModel, ARefusalThatComesAsATaskGivesTheJobBack) {
    set(R"({"customize_faults_in_task":true})");
    power_on("vm-42", false);

    const auto id = start(spec());
    pass(milliseconds(1000));

    const auto status = poll(id);
    EXPECT_EQ(status.phase, task_phase::refused);
    EXPECT_EQ(status.why, refusal::not_ready);
}

TEST_F(VijsonModel, AVmThatIsGoneFailsForGood) {
    const auto outcome = submit(spec("vm-77"));

    ASSERT_TRUE(std::holds_alternative<failed>(outcome));
    EXPECT_FALSE(std::get<failed>(outcome).later);
    EXPECT_EQ(std::get<failed>(outcome).said.code(), errc::not_found);
}

TEST_F(VijsonModel, AMistakeInTheSpecFailsForGood) {
    power_on();
    auto what = spec();
    what.customization = R"({"_typeName":"CustomizationSpec","color":"red"})";

    const auto outcome = submit(what);

    ASSERT_TRUE(std::holds_alternative<failed>(outcome));
    EXPECT_FALSE(std::get<failed>(outcome).later);
    EXPECT_NE(std::get<failed>(outcome).said.message().find("color"), std::string::npos);
}

TEST_F(VijsonModel, AServerWithoutTheManagerSaysSo) {
    set(R"({"vi_guest_customization":false})");

    const auto outcome = submit(spec());

    ASSERT_TRUE(std::holds_alternative<failed>(outcome));
    EXPECT_FALSE(std::get<failed>(outcome).later);
    EXPECT_NE(std::get<failed>(outcome).said.message().find("no manager"), std::string::npos);
}

TEST_F(VijsonModel, ADeadSessionIsRenewedWhateverItsStatus) {
    power_on();
    for (const auto* status : {"status_500", "status_401", "status_403"}) {
        set(R"({"vi_unauthenticated":")" + std::string(status) + "\"}");
        ASSERT_TRUE(world.run(vijson->probe()));
        control("POST", "/_sim/expire-sessions");
        const auto before = requests("VI Login");

        EXPECT_FALSE(start(spec()).empty()) << status;

        EXPECT_EQ(requests("VI Login"), before + 1) << status;
        pass(milliseconds(2000));
    }
    EXPECT_EQ(book().at("overlapping").as_int64(), 0);
}

TEST_F(VijsonModel, AWrongPasswordMeansNotSent) {
    auto with = options();
    with.password = "hunter2-wrong";
    vijson = make(with);

    const auto outcome = submit(spec());

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    EXPECT_EQ(std::get<refused>(outcome).why, refusal::not_sent);
    EXPECT_EQ(std::get<refused>(outcome).said.code(), errc::unauthenticated);
}

TEST_F(VijsonModel, TheSessionOfTheInventoryIsBorrowed) {
    auto with = options();
    with.auth = auth_kind::vcenter_session;
    vijson = make(with);
    power_on();

    EXPECT_FALSE(start(spec()).empty());

    EXPECT_EQ(requests("VI Login"), 0);
}

TEST_F(VijsonModel, ABorrowedSessionThatIsTooOldForItSaysWhatToDo) {
    set(R"({"vi_releases":"8.0.2.0","vi_shared_sessions":false})");
    auto with = options();
    with.auth = auth_kind::vcenter_session;
    vijson = make(with);

    const auto probed = world.run(vijson->probe());

    ASSERT_FALSE(probed);
    EXPECT_NE(probed.error().message().find("8.0 Update 3"), std::string::npos);

    // What answered was not the server.
    set(R"({"vi_releases":"8.0.3.0","vi_shared_sessions":true})");
    const auto again = world.run(vijson->probe());
    EXPECT_TRUE(again) << again.error().message();
}

TEST_F(VijsonModel, TheReleaseIsNegotiatedOnce) {
    ASSERT_TRUE(world.run(vijson->probe()));
    ASSERT_TRUE(world.run(vijson->probe()));

    EXPECT_EQ(requests("POST /api/vcenter/system?action=hello"), 1);
    EXPECT_EQ(requests("VI GET without a session"), 1);
}

TEST_F(VijsonModel, AServerThatKnowsNoNegotiationIsSpokenToInTheOldestRelease) {
    set(R"({"vi_hello":false,"vi_releases":"8.0.1.0"})");

    EXPECT_TRUE(world.run(vijson->probe()));
}

TEST_F(VijsonModel, AServerWithoutViJsonSaysSo) {
    set(R"({"vi_hello":false,"vi_releases":"6.0"})");

    const auto probed = world.run(vijson->probe());

    ASSERT_FALSE(probed);
    EXPECT_NE(probed.error().message().find("8.0 Update 1"), std::string::npos);
}

TEST_F(VijsonModel, ATaskThatIsForgottenHasVanished) {
    rule(R"({"path":"*/CustomizeGuest_Task","fault":"task_vanish","after_ms":100})");
    power_on();
    const auto id = start(spec());
    pass(milliseconds(200));

    EXPECT_EQ(poll(id).phase, task_phase::vanished);
}

TEST_F(VijsonModel, PagesAreReadToTheEnd) {
    set(R"({"vi_page_size":1})");
    std::vector<std::string> ids;
    for (const auto* vm : {"vm-42", "vm-43", "vm-44"}) {
        power_on(vm);
        ids.push_back(start(spec(vm)));
    }
    ids.emplace_back("task-9");
    pass(milliseconds(1000));

    const auto polled = world.run(vijson->poll(ids));

    ASSERT_TRUE(polled);
    ASSERT_EQ(polled->size(), 4U);
    EXPECT_EQ((*polled)[2].phase, task_phase::succeeded);
    EXPECT_EQ((*polled)[3].phase, task_phase::vanished);
    EXPECT_EQ(requests("VI ContinueRetrievePropertiesEx"), 2);
}

TEST_F(VijsonModel, EveryFormOfNothingIsUnderstood) {
    for (const auto* form : {"empty", "null", "no_content"}) {
        set(R"({"vi_nothing":")" + std::string(form) + R"("})");
        EXPECT_EQ(poll("task-9").phase, task_phase::vanished) << form;
    }
}

TEST_F(VijsonModel, AWrappedFaultOfATaskIsUnderstood) {
    set(R"({"vi_wrapped_errors":true})");
    rule(R"({"path":"*_Task","fault":"task_fail","error_type":"GuestPermissionDenied"})");
    power_on();
    const auto id = start(spec());
    pass(milliseconds(1000));

    const auto status = poll(id);

    EXPECT_EQ(status.phase, task_phase::failed);
    EXPECT_FALSE(status.later);
    EXPECT_EQ(status.said.code(), errc::permission_denied);
}

TEST_F(VijsonModel, ACancelledTaskIsToldFromAFailedOne) {
    power_on();
    const auto id = start(spec());

    EXPECT_EQ(*world.run(vijson->cancel(id)), cancel_outcome::asked);
    EXPECT_TRUE(poll(id).cancelled);
    EXPECT_EQ(*world.run(vijson->cancel(id)), cancel_outcome::too_late);
    EXPECT_EQ(*world.run(vijson->cancel("guest:vm-42:task-9")), cancel_outcome::too_late);
}

TEST_F(VijsonModel, ASecretThatTheServerRepeatsIsNotShown) {
    rule(R"({"path":"*_Task","fault":"status","status":500,"error_type":"InvalidGuestLogin",)"
         R"("message":"no login with tr0ub4dor-pass for you"})");
    power_on();

    const auto outcome = submit(spec());

    ASSERT_TRUE(std::holds_alternative<refused>(outcome));
    const auto& words = std::get<refused>(outcome).said.message();
    EXPECT_EQ(words.find("tr0ub4dor"), std::string::npos);
    EXPECT_NE(words.find("no login with (redacted) for you"), std::string::npos);
}

TEST_F(VijsonModel, ClosingLogsOut) {
    ASSERT_TRUE(world.run(vijson->probe()));

    world.run(vijson->close());

    EXPECT_EQ(requests("VI Logout"), 1);
    const auto ledger = control("GET", "/_sim/ledger");
    EXPECT_EQ(ledger.at("sessions").at("vcenter").at("open").to_number<int>(), 0);
}

// --- evidence

TEST_F(VijsonModel, WhatNeverArrivedIsAbsent) {
    rule(R"({"path":"*/CustomizeGuest_Task","fault":"drop_before"})");
    power_on();
    const auto sent = world.time.wall();
    const auto outcome = submit(spec());
    pass(milliseconds(5000));

    const auto seen = look(spec(), sent);

    EXPECT_TRUE(std::holds_alternative<uncertain>(outcome));
    EXPECT_EQ(seen.presence, evidence::vm_presence::absent);
    EXPECT_TRUE(seen.candidate_tasks.empty());
    EXPECT_FALSE(seen.own_task);
}

TEST_F(VijsonModel, AnUnansweredRequestIsACandidateWhileItRunsAndOursWhenItHasEnded) {
    rule(R"({"path":"*/CustomizeGuest_Task","fault":"drop_after"})");
    power_on();
    const auto sent = world.time.wall();
    EXPECT_TRUE(std::holds_alternative<uncertain>(submit(spec())));

    const auto early = look(spec(), sent);
    pass(milliseconds(2000));
    const auto late = look(spec(), sent);

    EXPECT_EQ(early.candidate_tasks.size(), 1U);
    EXPECT_FALSE(early.own_task);
    ASSERT_TRUE(late.own_task);
    EXPECT_EQ(late.own_task->phase, task_phase::succeeded);
    EXPECT_EQ(late.own_task->vm, "vm-42");
}

TEST_F(VijsonModel, AnEndedTaskWhoseGuestIsStillAtWorkIsPolledOn) {
    rule(R"({"path":"*/CustomizeGuest_Task","fault":"drop_after"})");
    set(R"({"guest_ms":60000})");
    power_on();
    auto what = spec();
    what.wait_for_guest = true;
    const auto sent = world.time.wall();
    submit(what);
    pass(milliseconds(2000));

    const auto seen = look(what, sent);

    ASSERT_TRUE(seen.own_task);
    EXPECT_EQ(seen.own_task->phase, task_phase::running);
    EXPECT_TRUE(seen.own_task->task_id.starts_with("guest:vm-42:task-"));
    EXPECT_EQ(poll(seen.own_task->task_id).phase, task_phase::running);
}

TEST_F(VijsonModel, TasksOfOtherJobsOrFromEarlierProveNothing) {
    power_on();
    start(spec());
    pass(milliseconds(3000));
    const auto sent = world.time.wall();
    pass(milliseconds(100));
    const auto other = start(spec());
    pass(milliseconds(3000));

    const auto seen = look(spec(), sent, "", {other});

    EXPECT_EQ(seen.presence, evidence::vm_presence::absent);
    EXPECT_FALSE(seen.own_task);
}

TEST_F(VijsonModel, SeveralThatFitAreAmbiguous) {
    power_on();
    const auto sent = world.time.wall();
    start(spec());
    pass(milliseconds(3000));
    start(spec());
    pass(milliseconds(3000));

    EXPECT_EQ(look(spec(), sent).presence, evidence::vm_presence::ambiguous);
}

TEST_F(VijsonModel, AKnownTaskSettlesItAtOnce) {
    power_on();
    const auto sent = world.time.wall();
    const auto id = start(spec());

    const auto seen = look(spec(), sent, id);

    ASSERT_TRUE(seen.own_task);
    EXPECT_EQ(seen.own_task->task_id, id);
    EXPECT_EQ(seen.own_task->phase, task_phase::running);
}

TEST_F(VijsonModel, AKnownTaskThatIsForgottenIsSettledByTheGuest) {
    power_on();
    const auto sent = world.time.wall();
    const auto id = start(spec());
    pass(milliseconds(700'000));

    const auto seen = look(spec(), sent, id);

    EXPECT_FALSE(seen.own_task);
    EXPECT_EQ(seen.presence, evidence::vm_presence::present);
    EXPECT_EQ(seen.vm, "vm-42");
}

TEST_F(VijsonModel, AVmThatDoesNotExistEndsTheDoubt) {
    const auto seen = look(spec("vm-77"), world.time.wall());

    ASSERT_TRUE(seen.own_task);
    EXPECT_EQ(seen.own_task->phase, task_phase::failed);
    EXPECT_FALSE(seen.own_task->later);
}

TEST_F(VijsonModel, TheLedgerCountsWhatShouldNeverOverlap) {
    set(R"({"customize_allow_overlap":true})");
    power_on();
    start(spec());
    start(spec());

    EXPECT_EQ(book().at("overlapping").to_number<int>(), 1);
    EXPECT_EQ(control("GET", "/_sim/ledger").at("violations").to_number<int>(), 1);
}

class VijsonClocks : public VijsonModel, public ::testing::WithParamInterface<int> {
protected:
    VijsonClocks() : VijsonModel(std::chrono::minutes(GetParam())) {}
};

TEST_P(VijsonClocks, TimesAreComparedOnTheUpstreamsClock) {
    power_on();
    start(spec());
    pass(milliseconds(5000));
    const auto sent = world.time.wall();
    const auto before = look(spec(), sent);
    pass(milliseconds(100));
    start(spec());
    pass(milliseconds(5000));
    const auto after = look(spec(), sent);

    EXPECT_FALSE(before.own_task);
    EXPECT_EQ(before.presence, evidence::vm_presence::absent);
    EXPECT_TRUE(after.own_task);
}

INSTANTIATE_TEST_SUITE_P(MinutesAhead, VijsonClocks, ::testing::Values(-10, 10));

}  // namespace
}  // namespace cloned::testing
