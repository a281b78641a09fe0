#include "backends/http/intermediary.hpp"
#include "tests/backends/backend_fixture.hpp"

#include <gtest/gtest.h>

namespace cloned::testing {
namespace {

using namespace cloned::backends;

TEST(Intermediary, IsToldByItsStatusItsPageAndWhereItSendsUs) {
    const auto words = [](int status, std::string body, std::string location = "") {
        auto what = answer(status, std::move(body));
        if (!location.empty()) what.headers.emplace_back("location", std::move(location));
        return http::words_of_intermediary(what);
    };
    const std::string front = " from something in front of the upstream ";

    EXPECT_EQ(words(403, "<html><head><TITLE>\n Access\tdenied </title>", "https://login/?x=1"),
              "HTTP 403" + front + "(page \"Access denied\"), Location https://login/?x=1");
    EXPECT_EQ(words(413, "<h1>Too <b>large</b></h1>"), "HTTP 413" + front + "(page \"Too large\")");
    EXPECT_EQ(words(503, "  no healthy\r\nupstream\n"),
              "HTTP 503" + front + "(\"no healthy upstream\")");
    EXPECT_EQ(words(407, ""), "HTTP 407" + front + "(no text)");
    EXPECT_EQ(words(404, "<p>gone</p>"), "HTTP 404" + front + "(page \"gone\")");
    EXPECT_EQ(words(502, "<title"), "HTTP 502" + front + "(a page without words)");
    EXPECT_EQ(words(302, "", "/a\x1B[31m\xFF"),
              "HTTP 302" + front + "(no text), Location /a\uFFFD[31m\uFFFD");
    EXPECT_EQ(words(500, ""), "HTTP 500 without the upstream's own words (no text)");
    EXPECT_LT(words(403, "<title>" + std::string(100'000, 'x')).size(), 300U);
}

struct page {
    int status;
    const char* body;
};

const std::vector<page> pages{{301, "<title>Moved</title>"},
                              {302, ""},
                              {307, "x"},
                              {400, "Bad Request"},
                              {403, "<title>Access denied</title>"},
                              {404, "no healthy upstream"},
                              {405, ""},
                              {407, "<title>Proxy</title>"},
                              {411, "x"},
                              {413, "<h1>Too large</h1>"},
                              {414, ""},
                              {417, ""},
                              {421, "Misdirected"},
                              {426, ""},
                              {429, "slow down"},
                              {431, "<html>"},
                              {403, R"({"error":{"code":"Forbidden","message":"no"}})"},
                              {400, R"({"error":"bad_request","messages":["no"]})"},
                              {422, R"({"type":"about:blank","title":"no","status":422})"},
                              {451, R"({"message":"no"})"},
                              {511, "<html>log in</html>"}};

// Of each kind of upstream a job that it starts, and what comes before it.
class EachBackend : public BackendFixture, public ::testing::WithParamInterface<endpoint_kind> {
protected:
    void SetUp() override {
        auto how = options(GetParam());
        if (GetParam() == endpoint_kind::vi_json) how.vi_json.release = "8.0.3.0";
        upstream = make(std::move(how));
        always("POST /api/session", 201, "\"session-0123456789abcdef\"");
        always("POST /api/snapservice/sessions", 201, "\"session-0123456789abcdef\"");
        always("PUT /zstack/v1/accounts/login", 200,
               R"({"inventory":{"uuid":"session-0123456789abcdef"}})");
        always("GET /sdk/vim25/8.0.3.0/ServiceInstance/ServiceInstance/content", 200, content);
        auto session = answer(200, R"({"_typeName":"UserSession","key":"k","userName":"u"})");
        session.headers.emplace_back("vmware-api-session-id", "session-0123456789abcdef");
        replies.push_back(
            {"POST /sdk/vim25/8.0.3.0/SessionManager/SessionManager/Login", session, true});
    }

    submission job() const {
        submission out;
        out.task_id = "0123456789abcdef0123456789abcdef";
        switch (GetParam()) {
            case endpoint_kind::vcenter:
                out.spec = vcenter_clone_spec{.source = "vm-42", .name = "web-1"};
                break;
            case endpoint_kind::snapservice:
                out.spec = linked_clone_spec{
                    .cluster = "c", .vm = "vm-42", .snapshot = "s", .name = "web-1"};
                break;
            case endpoint_kind::vi_json:
                out.spec =
                    customize_guest_spec{.vm = "vm-42",
                                         .auth = R"({"_typeName":"NamePasswordAuthentication"})",
                                         .customization = R"({"_typeName":"CustomizationSpec"})"};
                break;
            case endpoint_kind::zstack:
                out.spec = zstack_clone_spec{.vm_instance = "a0000000000040008000000000000042",
                                             .name = "web-1"};
                break;
        }
        return out;
    }

    std::string line() const {
        switch (GetParam()) {
            case endpoint_kind::vcenter:
                return "POST /api/vcenter/vm?action=clone";
            case endpoint_kind::snapservice:
                return "POST /api/snapservice/clusters";
            case endpoint_kind::vi_json:
                return "POST /sdk/vim25/8.0.3.0/VirtualMachineGuestCustomizationManager";
            default:
                return "PUT /zstack/v1/vm-instances";
        }
    }

    std::string known_task() const {
        return GetParam() == endpoint_kind::zstack ? "0123456789abcdef0123456789abcdef/web-1"
                                                   : "task-1";
    }

    static constexpr const char* content =
        R"({"_typeName":"ServiceContent",)"
        R"("sessionManager":{"_typeName":"ManagedObjectReference","type":"SessionManager","value":"SessionManager"},)"
        R"("propertyCollector":{"_typeName":"ManagedObjectReference","type":"PropertyCollector","value":"pc"},)"
        R"("guestCustomizationManager":{"_typeName":"ManagedObjectReference",)"
        R"("type":"VirtualMachineGuestCustomizationManager","value":"gc"}})";

    std::unique_ptr<backend> upstream;
};

TEST_P(EachBackend, HasAJobGoAgainThatSomethingInFrontOfItRefused) {
    for (const auto& one : pages) {
        on(line(), one.status, one.body);
        const auto outcome = world.run(upstream->submit(job()));
        const auto* no = std::get_if<refused>(&outcome);
        ASSERT_NE(no, nullptr) << one.status << " " << one.body << " " << outcome.index();
        EXPECT_EQ(no->why, refusal::not_sent);
        EXPECT_TRUE(no->retry_after);
        EXPECT_EQ(no->said.code(), errc::unavailable);
        EXPECT_TRUE(no->said.message().starts_with("HTTP " + std::to_string(one.status)))
            << no->said.message();
    }
}

TEST_P(EachBackend, IsInDoubtAboutAServerErrorOrASuccessInOtherWords) {
    const std::vector<page> doubtful{{500, ""},   {502, "<title>Bad gateway</title>"}, {504, "x"},
                                     {503, ""},   {200, "<title>Log in</title>"},      {200, ""},
                                     {202, "ok"}, {408, "<title>Timeout</title>"},     {460, ""},
                                     {499, ""}};
    for (const auto& one : doubtful) {
        on(line(), one.status, one.body);
        const auto outcome = world.run(upstream->submit(job()));
        ASSERT_TRUE(std::holds_alternative<uncertain>(outcome)) << one.status << " " << one.body;
        const auto& words = std::get<uncertain>(outcome).said.message();
        EXPECT_NE(words.find("HTTP " + std::to_string(one.status)), std::string::npos) << words;
    }
}

TEST_P(EachBackend, IsNotLoggedInToAnewBecauseAProxyWantsALogin) {
    on(line(), 407, "<title>Proxy</title>");
    on(line(), 407, "<title>Proxy</title>");
    world.run(upstream->submit(job()));
    const auto before = upstream->requests_sent();

    world.run(upstream->submit(job()));

    EXPECT_EQ(upstream->requests_sent(), before + 1);
}

TEST_P(EachBackend, DoesNotTakeAPageForNewsOfATask) {
    auto all = pages;
    all.push_back({200, "<title>Log in</title>"});
    all.push_back({500, ""});
    all.push_back({503, "no healthy upstream"});
    for (const auto& one : all) {
        replies.clear();
        SetUp();
        always("", one.status, one.body);
        const auto seen = world.run(upstream->poll({known_task()}));
        ASSERT_FALSE(seen) << one.status << one.body;
        // That may be the upstream's, and about the task.
        EXPECT_EQ(seen.error().code(),
                  one.status == 500 ? errc::upstream_failed : errc::unavailable)
            << seen.error().message();
        EXPECT_NE(seen.error().message().find("HTTP " + std::to_string(one.status)),
                  std::string::npos)
            << seen.error().message();
    }
}

TEST_P(EachBackend, DoesNotTakeAPageForTheEndOfATaskThatIsCancelled) {
    for (const auto& one : pages) {
        replies.clear();
        SetUp();
        always("", one.status, one.body);
        const auto asked = world.run(upstream->cancel(known_task()));
        EXPECT_TRUE(!asked || *asked == cancel_outcome::unsupported) << one.status << one.body;
    }
}

TEST_P(EachBackend, DoesNotTakeAPageForAbsence) {
    for (const auto& one : pages) {
        replies.clear();
        SetUp();
        always("", one.status, one.body);
        evidence_query query;
        query.spec = job().spec;
        query.task_id = known_task();
        const auto seen = world.run(upstream->look(query));
        // A snapservice without an inventory can tell nothing at all.
        ASSERT_TRUE(!seen || seen->presence != evidence::vm_presence::absent) << one.status;
        if (!seen) {
            EXPECT_EQ(seen.error().code(), errc::unavailable) << seen.error().message();
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         EachBackend,
                         ::testing::Values(endpoint_kind::vcenter,
                                           endpoint_kind::snapservice,
                                           endpoint_kind::vi_json,
                                           endpoint_kind::zstack),
                         [](const auto& of) { return std::string(to_string(of.param)); });

}  // namespace
}  // namespace cloned::testing
