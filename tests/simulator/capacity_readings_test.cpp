// What a refusal for want of a slot, a locked account or a proxy's page may look like.

#include "simulator/model/text.hpp"
#include "tests/simulator/model_client.hpp"

#include <gtest/gtest.h>

using namespace cloned::simulator;
using namespace std::chrono_literals;
using client = model_client;

namespace {

const std::string right_login = "Basic c3ZjQHZzcGhlcmUubG9jYWw6c2VjcmV0";
const std::string wrong_login = "Basic " + base64("svc@vsphere.local:wrong");

template <class Set>
config with(const Set& set) {
    config c = client::quick();
    set(c);
    return c;
}

answer log_in(client& c,
              server_kind server,
              std::string_view target,
              std::string_view credentials) {
    return c.world.handle({server, "POST", target, {{"authorization", credentials}}, {}}, c.now);
}

answer rest_login(client& c, std::string_view credentials) {
    return log_in(c, server_kind::vcenter, "/rest/com/vmware/cis/session", credentials);
}

answer vi_login(client& c, std::string_view password) {
    const std::string body =
        R"({"userName":"svc@vsphere.local","password":")" + std::string(password) + R"("})";
    return c.world.handle({server_kind::vcenter,
                           "POST",
                           "/sdk/vim25/8.0.3.0/SessionManager/SessionManager/Login",
                           {{"content-type", "application/json"}},
                           body},
                          c.now);
}

answer linked_clone_in_c9(client& c, std::string_view name) {
    return c.snap("POST",
                  "/api/snapservice/clusters/domain-c9/virtual-machines/vm-43"
                  "?action=linked-clone&vmw-task=true",
                  R"({"snapshot":"00000043-0000-4000-8000-000000000001","name":")" +
                      std::string(name) + R"("})");
}

boost::json::value account_line(client& c) {
    return c.sim("GET", "ledger").at("accounts").at(0);
}

}  // namespace

TEST(Capacity, RefusalComesInTheTaskAndNothingWasMade) {
    client c(with([](config& s) { s.capacity_at = capacity_place::task; }));
    c.linked_clone("a");
    c.linked_clone("b");

    const answer third = c.linked_clone("c");
    c.pass(200ms);

    EXPECT_EQ(third.status, 202);
    const auto info = c.snap_task(third);
    EXPECT_EQ(client::text(info, "status"), "FAILED");
    EXPECT_EQ(client::text(info.at("error"), "error_type"), "NOT_ALLOWED_IN_CURRENT_STATE");
    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm?names=c").body, "[]");
    const auto lane = c.lane("linked_clone");
    EXPECT_EQ(lane.at("refused").as_int64(), 1);
    EXPECT_EQ(lane.at("current").as_int64(), 2);
    EXPECT_EQ(lane.at("peak").as_int64(), 2);
    EXPECT_EQ(lane.at("violations").as_int64(), 0);
    c.pass(1s);
    EXPECT_EQ(c.lane("linked_clone").at("current").as_int64(), 0);
    EXPECT_EQ(c.sim("GET", "ledger").at("in_progress").as_int64(), 0);
}

TEST(Capacity, RefusalComesInBothPlacesInTurn) {
    client c(with([](config& s) { s.capacity_at = capacity_place::both; }));
    c.restore("a");

    EXPECT_EQ(c.restore("b").status, 400);
    EXPECT_EQ(c.restore("b").status, 202);
    EXPECT_EQ(c.restore("c").status, 400);
}

TEST(Capacity, MaximumCountsWhatItsScopeSays) {
    // Two linked clones and one restore are allowed in a cluster, as the client sets it.
    struct row {
        capacity_span span;
        int restore_beside, clone_elsewhere;
    };
    for (const auto& [span, restore_beside, clone_elsewhere] : {
             row{capacity_span::lane, 202, 202},
             row{capacity_span::cluster, 400, 202},
             row{capacity_span::kind, 202, 400},
             row{capacity_span::appliance, 400, 400},
         }) {
        client c(with([span = span](config& s) { s.capacity_scope = span; }));
        c.linked_clone("a");
        c.linked_clone("b");

        EXPECT_EQ(c.restore("r").status, restore_beside) << to_text(span);
        EXPECT_EQ(linked_clone_in_c9(c, "x").status, clone_elsewhere) << to_text(span);
        EXPECT_EQ(c.linked_clone("c").status, 400) << to_text(span);
        c.pass(1s);
        EXPECT_EQ(linked_clone_in_c9(c, "y").status, 202) << to_text(span);
    }
}

TEST(Capacity, WiderMaximumIsJudgedWhereItIsNotEnforced) {
    client c(with([](config& s) {
        s.capacity_scope = capacity_span::appliance;
        s.enforce = false;
    }));
    c.linked_clone("a");
    linked_clone_in_c9(c, "b");
    EXPECT_EQ(c.sim("GET", "ledger").at("violations").as_int64(), 0);
    c.restore("r");

    EXPECT_EQ(c.sim("GET", "ledger").at("violations").as_int64(), 1);
}

TEST(Capacity, EverythingIsRefusedForAWhileAlthoughNothingIsAtWork) {
    client c(with([](config& s) {
        s.refuse_all_from_s = 10;
        s.refuse_all_s = 60;
    }));
    c.pass(9s);
    EXPECT_EQ(c.linked_clone("a").status, 202);
    c.pass(2s);
    EXPECT_EQ(client::error_type(c.linked_clone("b")), "NOT_ALLOWED_IN_CURRENT_STATE");
    EXPECT_EQ(client::error_type(c.restore("r")), "NOT_ALLOWED_IN_CURRENT_STATE");
    EXPECT_EQ(c.clone("v").status, 202);
    c.pass(58s);
    EXPECT_EQ(c.linked_clone("b").status, 400);
    c.pass(1s);
    EXPECT_EQ(c.linked_clone("b").status, 202);
}

TEST(Capacity, EverythingIsRefusedInTasksAndNothingWasMade) {
    client c(with([](config& s) {
        s.capacity_at = capacity_place::task;
        s.refuse_all_vcenter = true;
        s.refuse_all_type = "RESOURCE_BUSY";
    }));
    c.sim("POST", "limits", R"({"refuse_all":true})");

    const answer linked = c.linked_clone("a");
    const answer full = c.clone("v");
    c.pass(200ms);

    const auto info = c.snap_task(linked);
    EXPECT_EQ(client::text(info.at("error"), "error_type"), "NOT_ALLOWED_IN_CURRENT_STATE");
    EXPECT_EQ(full.status, 202);
    EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm?names=v").body, "[]");
    EXPECT_EQ(c.lane("linked_clone").at("refused").as_int64(), 1);
    EXPECT_EQ(c.lane("linked_clone").at("current").as_int64(), 0);
    EXPECT_EQ(c.sim("GET", "ledger").at("in_progress").as_int64(), 0);
    c.sim("POST", "limits", R"({"refuse_all":false})");
    EXPECT_EQ(c.linked_clone("a").status, 202);
    EXPECT_EQ(c.clone("v").status, 202);
}

TEST(Capacity, ControlRefusesEverythingUntilItIsToldOtherwise) {
    client c(with([](config& s) {
        s.refuse_all_vcenter = true;
        s.refuse_all_type = "RESOURCE_BUSY";
    }));
    c.sim("POST", "limits", R"({"refuse_all":true})");
    EXPECT_EQ(c.linked_clone("a").status, 400);
    EXPECT_EQ(client::error_type(c.clone("v")), "RESOURCE_BUSY");
    EXPECT_EQ(c.clone("v").status, 500);
    c.sim("POST", "limits", R"({"refuse_all":false})");
    EXPECT_EQ(c.linked_clone("a").status, 202);
    EXPECT_EQ(c.clone("v").status, 202);
}

TEST(Accounts, WrongLoginsOnEveryServerLockTheAccount) {
    for (const auto& [told, status] : {std::pair{401, 401}, std::pair{403, 403}}) {
        client c(with([told = told](config& s) {
            s.lockout_after = 5;
            s.lockout_status = told;
        }));
        for (int i = 0; i < 2; ++i) {
            EXPECT_EQ(rest_login(c, wrong_login).status, 401);
            EXPECT_EQ(log_in(c, server_kind::snapservice, "/api/snapservice/sessions", wrong_login)
                          .status,
                      401);
        }
        EXPECT_NE(vi_login(c, "wrong").body.find("InvalidLogin"), std::string::npos);

        EXPECT_EQ(rest_login(c, right_login).status, status);
        EXPECT_EQ(
            log_in(c, server_kind::snapservice, "/api/snapservice/sessions", right_login).status,
            status);
        EXPECT_NE(vi_login(c, "secret").body.find("InvalidLogin"), std::string::npos);
        EXPECT_EQ(rest_login(c, wrong_login).status, 401);
        EXPECT_EQ(c.vcenter("GET", "/api/session").status, 200) << "a session outlives it";
        const auto line = account_line(c);
        EXPECT_EQ(client::text(line, "account"), "svc@vsphere.local");
        EXPECT_EQ(line.at("tried").as_int64(), 10);
        EXPECT_EQ(line.at("failed").as_int64(), 6);
        EXPECT_EQ(line.at("locked").as_int64(), 4);
        EXPECT_EQ(line.at("lockouts").as_int64(), 1);
        c.pass(300s);
        EXPECT_EQ(rest_login(c, right_login).status, 200);
    }
}

TEST(Accounts, OnlyWrongLoginsWithinTheWindowCount) {
    client c(with([](config& s) { s.lockout_after = 2; }));

    rest_login(c, wrong_login);
    c.pass(180s);
    rest_login(c, wrong_login);
    EXPECT_EQ(rest_login(c, right_login).status, 200) << "and that forgives the wrong one";
    rest_login(c, wrong_login);
    EXPECT_EQ(rest_login(c, right_login).status, 200);
}

TEST(Accounts, NoAccountIsLockedUnlessAsked) {
    client c;
    for (int i = 0; i < 50; ++i) {
        rest_login(c, wrong_login);
    }
    EXPECT_EQ(rest_login(c, right_login).status, 200);
}

TEST(Accounts, RequestWithoutCredentialsIsNoAttempt) {
    client c;
    for (const char* given : {"", "Basic ", "Basic !!!!", "Bearer x", "Basic bm9jb2xvbg=="}) {
        EXPECT_EQ(rest_login(c, given).status, 401) << given;
    }
    EXPECT_EQ(account_line(c).at("tried").as_int64(), 1) << "the client's own";
}

TEST(Accounts, SessionsAreCountedOpenAtMostAndLoggedOut) {
    client c;
    rest_login(c, right_login);
    c.vcenter("DELETE", "/api/session");

    const auto line = c.sim("GET", "ledger").at("sessions").at("vcenter");

    EXPECT_EQ(line.at("created").as_int64(), 2);
    EXPECT_EQ(line.at("open").as_int64(), 1);
    EXPECT_EQ(line.at("peak").as_int64(), 2);
    EXPECT_EQ(line.at("closed").as_int64(), 1);
}

TEST(Accounts, OneKindOfCallMayAnswer401ToAGoodSession) {
    struct row {
        const char *shut, *method, *target;
    };
    for (const auto& [shut, method, target] : {
             row{"GET /api/vcenter/vm/{vm}/tools", "GET", "/api/vcenter/vm/vm-42/tools"},
             row{"GET /api/vcenter/vm?", "GET", "/api/vcenter/vm?names=x"},
             row{"POST /api/cis/tasks?action=list", "POST", "/api/cis/tasks?action=list"},
         }) {
        client c(with([shut = shut](config& s) { s.unauthenticated_route = shut; }));
        EXPECT_EQ(client::error_type(c.vcenter(method, target)), "UNAUTHENTICATED") << shut;
        c.log_in();
        EXPECT_EQ(c.vcenter(method, target).status, 401) << "a new session does not help";
        EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm/vm-42/power").status, 200);
        EXPECT_EQ(c.vcenter("GET", "/api/session").status, 200);
    }
    client snap(
        with([](config& s) { s.unauthenticated_route = "POST /api/snapservice/clusters"; }));
    EXPECT_EQ(snap.linked_clone("a").status, 401);
    EXPECT_EQ(snap.clone("a").status, 202);
}

TEST(Proxy, SendsAPageOfItsOwnWithAnyStatusAndDoesNothing) {
    for (const int status : {200, 301, 302, 307, 308, 401, 403, 407, 413, 429}) {
        client c;
        c.sim("POST", "rules",
              R"([{"fault":"proxy","status":)" + std::to_string(status) +
                  R"(,"title":"Sign in","location":"https://sso.example/"}])");
        const answer a = c.clone("web-1");

        EXPECT_EQ(a.status, status);
        EXPECT_EQ(a.content_type, "text/html");
        EXPECT_NE(a.body.find("<title>Sign in</title>"), std::string::npos);
        EXPECT_EQ(client::error_type(a), "");
        EXPECT_EQ(a.header("location"), "https://sso.example/");
        EXPECT_EQ(a.header("proxy-authenticate").empty(), status != 407);
        c.sim("POST", "rules", "[]");
        EXPECT_EQ(c.vcenter("GET", "/api/vcenter/vm?names=web-1").body, "[]");
    }
}

TEST(Proxy, RuleIsShownWithItsPage) {
    client c;
    c.sim("POST", "rules", R"([{"fault":"proxy","title":"No","location":"/x"}])");

    const auto rule = c.sim("GET", "rules").at("rules").at(0);

    EXPECT_EQ(client::text(rule, "title"), "No");
    EXPECT_EQ(client::text(rule, "location"), "/x");
}

TEST(Text, DecodesBase64AndRefusesWhatIsNone) {
    for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar", "a:b"}) {
        EXPECT_EQ(base64_decoded(base64(text)), text);
    }
    for (const char* broken : {"Zg", "Zg=", "Z===", "Zm9v!m9v", "Zg==Zg=="}) {
        EXPECT_FALSE(base64_decoded(broken)) << broken;
    }
}
