#include "simulator/model/text.hpp"
#include "tests/simulator/model_client.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

using namespace cloned::simulator;
using namespace std::chrono_literals;

namespace {

struct wish {
    std::string user = "svc@vsphere.local";
    std::string password = "secret";
    std::string created = "2026-03-02T10:15:00.000Z";
    std::string expires = "2026-03-02T10:16:00.000Z";
    std::string until = "2026-03-02T10:45:00.000Z";
    std::string delegatable = "true";
    std::string type = "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue";
};

std::string request_of(const wish& w) {
    return R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>)"
           R"(<o:Security xmlns:o="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" )"
           R"(xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">)"
           "<u:Timestamp><u:Created>" +
           w.created + "</u:Created><u:Expires>" + w.expires +
           "</u:Expires></u:Timestamp><o:UsernameToken><o:Username>" + w.user +
           "</o:Username><o:Password>" + w.password +
           "</o:Password></o:UsernameToken></o:Security></s:Header><s:Body>"
           R"(<RequestSecurityToken xmlns="http://docs.oasis-open.org/ws-sx/ws-trust/200512" )"
           R"(xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">)"
           "<TokenType>urn:oasis:names:tc:SAML:2.0:assertion</TokenType><RequestType>" +
           w.type + "</RequestType><Lifetime><u:Created>" + w.created + "</u:Created><u:Expires>" +
           w.until + "</u:Expires></Lifetime><Delegatable>" + w.delegatable +
           "</Delegatable><KeyType>http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer</"
           "KeyType>"
           "</RequestSecurityToken></s:Body></s:Envelope>";
}

std::string gzip(std::string text) {
    z_stream stream{};
    deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(text.size() + 1000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(text.data());
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string sign(const std::string& assertion) {
    return "SIGN token=\"" + base64(gzip(assertion)) + "\"";
}

class Sts : public ::testing::Test {
protected:
    static config of(const std::string& auth) {
        config c = model_client::quick();
        c.sts.snapservice_auth = auth;
        return c;
    }

    static answer ask(model_client& c,
                      const wish& w = {},
                      std::string_view target = "/sts/STSService") {
        return c.call(server_kind::vcenter, "POST", target, request_of(w));
    }
    static std::string assertion(model_client& c, const wish& w = {}) {
        const std::string body = ask(c, w).body;
        const auto from = body.find("<saml2:Assertion");
        const auto end = body.find("</saml2:Assertion>");
        return from == std::string::npos ? "" : body.substr(from, end + 18 - from);
    }
    static answer send(model_client& c,
                       server_kind server,
                       std::string_view method,
                       std::string_view target,
                       const std::string& authorization,
                       const std::string& session = "") {
        std::vector<header_view> headers;
        if (!authorization.empty()) {
            headers.push_back({"Authorization", authorization});
        }
        if (!session.empty()) {
            headers.push_back({"vmware-api-session-id", session});
        }
        return c.world.handle({server, method, target, std::move(headers), {}}, c.now);
    }
    // The status of a call of snapservice's.
    static int tasks(model_client& c, const std::string& authorization, const std::string& s = "") {
        return send(c, server_kind::snapservice, "GET", "/api/snapservice/tasks?services=x",
                    authorization, s)
            .status;
    }
    static answer session(model_client& c, const std::string& authorization) {
        return send(c, server_kind::snapservice, "POST", "/api/snapservice/sessions",
                    authorization);
    }
    static constexpr const char* basic = "Basic c3ZjQHZzcGhlcmUubG9jYWw6c2VjcmV0";
};

TEST_F(Sts, APasswordGetsABearerAssertionForTheTimeAskedFor) {
    model_client c;

    const answer a = ask(c);

    EXPECT_EQ(a.status, 200);
    EXPECT_EQ(a.content_type, "text/xml;charset=utf-8");
    EXPECT_NE(
        a.body.find(
            R"(NotBefore="2026-03-02T10:15:00.000Z" NotOnOrAfter="2026-03-02T10:45:00.000Z")"),
        std::string::npos)
        << a.body;
    EXPECT_NE(a.body.find("<saml2:ProxyRestriction"), std::string::npos) << "it is delegatable";
    EXPECT_EQ(ask(c, {.delegatable = "false"}).body.find("ProxyRestriction"), std::string::npos);
    EXPECT_EQ(ask(c, {}, "/sts/STSService/vsphere.local").status, 200);
    EXPECT_EQ(ask(c, {}, "/sts/STSService/elsewhere.local").status, 404);
    EXPECT_EQ(c.vcenter("GET", "/sts/STSService").status, 405);
}

TEST_F(Sts, ALongerLifeThanAllowedIsCut) {
    config settings = model_client::quick();
    settings.sts.lifetime_s = 60;
    model_client c(settings);

    EXPECT_NE(assertion(c).find(R"(NotOnOrAfter="2026-03-02T10:16:00.000Z")"), std::string::npos);
}

TEST_F(Sts, AWrongPasswordIsAFaultOfOneOfTwoKinds) {
    model_client c;
    config other = model_client::quick();
    other.sts.refusal = "InvalidSecurity";
    model_client d(other);

    const answer a = ask(c, {.password = "wrong"});

    EXPECT_EQ(a.status, 500);
    EXPECT_NE(a.body.find("ns0:FailedAuthentication</faultcode><faultstring>Invalid credentials"),
              std::string::npos)
        << a.body;
    EXPECT_NE(ask(d, {.password = "wrong"}).body.find(":InvalidSecurity<"), std::string::npos);
    EXPECT_NE(ask(c, {.user = "nobody@vsphere.local"}).body.find(":FailedAuthentication<"),
              std::string::npos);
}

TEST_F(Sts, WrongPasswordsLockTheAccountHereAsWell) {
    config settings = model_client::quick();
    settings.lockout_after = 2;
    model_client c(settings);
    ask(c, {.password = "wrong"});
    ask(c, {.password = "wrong"});

    EXPECT_NE(ask(c, {}).body.find("Invalid credentials"), std::string::npos);
    c.log_in();
    EXPECT_TRUE(c.token.empty()) << "and on the other servers";
    EXPECT_EQ(c.sim("GET", "ledger").at("accounts").at(0).at("locked").as_int64(), 2);
}

TEST_F(Sts, ARequestOfAnotherTimeIsRefused) {
    config ahead = model_client::quick();
    ahead.sts.clock_skew_s = 361;
    config behind = model_client::quick();
    behind.sts.clock_skew_s = -301;
    config near = model_client::quick();
    near.sts.clock_skew_s = -300;

    for (const config& settings : {ahead, behind}) {
        model_client c(settings);
        const answer a = ask(c);
        EXPECT_EQ(a.status, 500);
        EXPECT_NE(a.body.find(":MessageExpired<"), std::string::npos) << a.body;
    }
    model_client c(near);
    EXPECT_NE(assertion(c).find(R"(NotBefore="2026-03-02T10:10:00.000Z")"), std::string::npos)
        << "times are those of the service's own clock";
}

TEST_F(Sts, WhatIsNoSuchRequestIsAFault) {
    model_client c;
    const auto fault = [&](const std::string& body) {
        const answer a = c.call(server_kind::vcenter, "POST", "/sts/STSService", body);
        EXPECT_EQ(a.status, 500);
        const auto from = a.body.find("ns0:", a.body.find("<faultcode")) + 4;
        const auto begin = a.body.find(">ns0:") + 5;
        return a.body.substr(begin, a.body.find('<', from) - begin);
    };

    EXPECT_EQ(fault(""), "Client");
    EXPECT_EQ(fault("<a>"), "Client");
    EXPECT_EQ(fault("<a/>"), "VersionMismatch");
    EXPECT_EQ(fault(R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>)"),
              "InvalidSecurity");
    EXPECT_EQ(fault(request_of({.created = "yesterday"})), "InvalidSecurity");
    EXPECT_EQ(fault(request_of({.type = "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Renew"})),
              "InvalidRequest");
    EXPECT_EQ(fault(request_of({.until = "2026-03-02T10:15:00.000Z"})), "InvalidTimeRange");
}

TEST_F(Sts, AnAssertionLetsInUntilItExpires) {
    model_client c;
    const std::string authorization = sign(assertion(c));

    EXPECT_EQ(tasks(c, authorization), 200);
    EXPECT_EQ(session(c, authorization).status, 201);
    EXPECT_EQ(send(c, server_kind::vcenter, "POST", "/api/session", authorization).status, 201);

    c.pass(1799s);
    EXPECT_EQ(tasks(c, authorization), 200);
    c.pass(1s);
    EXPECT_EQ(tasks(c, authorization), 401);
    EXPECT_EQ(session(c, authorization).status, 401);
    EXPECT_EQ(send(c, server_kind::vcenter, "POST", "/api/session", authorization).status, 401);
}

TEST_F(Sts, AnAssertionMayBeWrittenAnewButNotAltered) {
    model_client c;
    const std::string given = assertion(c);
    const auto with = [&](std::string_view what, std::string_view by) {
        std::string out = given;
        for (auto at = out.find(what); at != std::string::npos;
             at = out.find(what, at + by.size())) {
            out.replace(at, what.size(), by);
        }
        EXPECT_NE(out, given) << what;
        return tasks(c, sign(out));
    };

    EXPECT_EQ(with("saml2", "a"), 200) << "another prefix";
    EXPECT_EQ(with("<saml2:Assertion ", R"(<saml2:Assertion xmlns:more="urn:more" )"), 200);
    EXPECT_EQ(with("10:45:00.000Z", "11:45:00.000Z"), 401);
    EXPECT_EQ(with("svc@vsphere.local", "administrator@vsphere.local"), 401);
    EXPECT_EQ(with("<saml2:ProxyRestriction Count=\"10\"/>", ""), 401);
    EXPECT_EQ(with("ds:SignatureValue", "ds:Value"), 401);
    EXPECT_EQ(tasks(c, sign("<a/>")), 401);
    EXPECT_EQ(tasks(c, "SIGN token=\"bm8gZ3ppcA==\""), 401);
    EXPECT_EQ(tasks(c, "SIGN token=\"\""), 401);
    EXPECT_EQ(tasks(c, "SIGN " + given), 401);
}

TEST_F(Sts, AnAssertionOfAnotherWorldIsRefused) {
    config other = model_client::quick();
    other.seed = 2;
    model_client theirs(other);
    model_client c;

    EXPECT_EQ(tasks(c, sign(assertion(theirs))), 401);
}

// 8.0.3 has no sessions, and later versions take credentials that no document names.
TEST_F(Sts, Reading8SnapserviceTakesOneKindOfLoginOnly) {
    struct row {
        std::string auth;
        int each_call;
        int by_saml;
        int by_basic;
        int by_vcenter;
    };
    for (const row& r : std::vector<row>{{"any", 200, 201, 201, 200},
                                         {"saml_each_call", 200, 404, 404, 401},
                                         {"session_saml", 401, 201, 401, 401},
                                         {"session_basic", 401, 401, 201, 401},
                                         {"vcenter_session", 401, 404, 404, 200},
                                         {"refused", 401, 401, 401, 401}}) {
        model_client c(of(r.auth));
        const std::string authorization = sign(assertion(c));

        EXPECT_EQ(tasks(c, authorization), r.each_call) << r.auth;
        EXPECT_EQ(session(c, authorization).status, r.by_saml) << r.auth;
        const answer opened = session(c, basic);
        EXPECT_EQ(opened.status, r.by_basic) << r.auth;
        EXPECT_EQ(tasks(c, "", c.token), r.by_vcenter) << r.auth;
        if (opened.status == 201) {
            EXPECT_EQ(tasks(c, "", model_client::id(opened)), 200) << r.auth;
        }
    }
}

// No document tells by which policy an account is locked.
TEST_F(Sts, Reading9WrongPasswordsLockTheAccountWhereverTheyAreSent) {
    config settings = model_client::quick();
    settings.lockout_after = 2;
    model_client c(settings);
    ask(c, {.password = "wrong"});
    const std::string login = R"({"userName":"svc@vsphere.local","password":"wrong"})";
    EXPECT_EQ(ask(c).status, 200) << "a login that is right forgets the wrong ones";
    ask(c, {.password = "wrong"});
    c.world.handle({server_kind::vcenter,
                    "POST",
                    "/sdk/vim25/8.0.3.0/SessionManager/SessionManager/Login",
                    {},
                    login},
                   c.now);

    EXPECT_EQ(ask(c).status, 500);
    EXPECT_EQ(send(c, server_kind::vcenter, "POST", "/api/session", basic).status, 401);
    c.pass(301s);
    EXPECT_EQ(send(c, server_kind::vcenter, "POST", "/api/session", basic).status, 201);
}

TEST_F(Sts, Reading8CanChangeWhileTheApplianceRuns) {
    model_client c;
    const std::string authorization = sign(assertion(c));
    EXPECT_EQ(tasks(c, authorization), 200);

    c.sim("POST", "readings", R"({"snapservice_auth":"session_basic"})");

    EXPECT_EQ(tasks(c, authorization), 401);
    EXPECT_EQ(
        c.call(server_kind::control, "POST", "/_sim/readings", R"({"snapservice_auth":"magic"})")
            .status,
        400);
}

TEST_F(Sts, RulesSpeakSoap) {
    model_client c;
    c.sim(
        "POST", "rules",
        R"([{"path":"/sts/*","fault":"status","status":500,"error_type":"RequestFailed","message":"a < b"}])");

    const answer a = ask(c);

    EXPECT_EQ(a.status, 500);
    EXPECT_NE(a.body.find("ns0:RequestFailed</faultcode><faultstring>a &lt; b<"),
              std::string::npos);
}

}  // namespace
