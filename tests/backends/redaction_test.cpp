#include "backends/zstack/access_key.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "tests/backends/backend_fixture.hpp"

#include <gtest/gtest.h>

#include <sstream>

// Every way on which words of an upstream leave a backend, with words that would deceive a reader
// and hold all that its requests carried.
namespace cloned::testing {
namespace {

using namespace cloned::backends;

const std::string password = "Pa$$w\"rd/7 1";
const std::string session = "6f1e0c9b7d8a45f3b2c1d0e9f8a7b6c5";
const std::string guest_password = "gu&st'Secret";

// As JSON may have them, in a text.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

const std::string hostile = "\x1B[31m \u202Egnp.exe \u009B2J \u2028 " + escaped(password) + " " +
                            session + " " + to_base64("svc@vsphere.local:" + password) + " " +
                            zstack::password_digest(password) + " " + escaped(guest_password);
// The same where it comes as JSON, in which control characters are escaped.
const std::string hostile_json = "\\u001B" + hostile.substr(1);

class WordsOfUpstreams : public BackendFixture {
protected:
    std::unique_ptr<backend> upstream(endpoint_kind kind, inventory* vms = nullptr) {
        auto how = options(kind);
        how.password = password;
        if (kind == endpoint_kind::vi_json) {
            how.vi_json.release = "8.0.3.0";
            how.vi_json.credentials["guest"] = guest_password;
        }
        // Elsewhere it cannot be known.
        guests_are_known_ = kind == endpoint_kind::vi_json;
        return make(std::move(how), vms);
    }

    void log_in() {
        known_.push_back(session);
        always("POST /api/session", 201, "\"" + session + "\"");
        always("POST /api/snapservice/sessions", 201, "\"" + session + "\"");
        always("PUT /zstack/v1/accounts/login", 200,
               R"({"inventory":{"uuid":")" + session + "\"}}");
        always("GET /sdk/vim25/8.0.3.0/ServiceInstance/ServiceInstance/content", 200,
               R"({"_typeName":"ServiceContent",)"
               R"("sessionManager":{"type":"SessionManager","value":"sm"},)"
               R"("propertyCollector":{"type":"PropertyCollector","value":"pc"},)"
               R"("guestCustomizationManager":{"type":"G","value":"gc"}})");
        auto logged_in = answer(200, R"({"_typeName":"UserSession","key":"k","userName":"u"})");
        logged_in.headers.emplace_back("vmware-api-session-id", session);
        replies.push_back({"POST /sdk/vim25/8.0.3.0/SessionManager/sm/Login", logged_in, true});
    }

    void expect_clean(const std::string& words, const std::string& where) {
        EXPECT_FALSE(words.empty()) << where;
        EXPECT_TRUE(is_plain(words)) << where << ": " << words;
        for (const auto& secret : known_)
            EXPECT_EQ(words.find(secret), std::string::npos) << where << ": " << words;
        if (guests_are_known_) {
            EXPECT_EQ(words.find(guest_password), std::string::npos) << where << ": " << words;
        }
        EXPECT_LT(words.size(), 1100U) << where;
    }
    void expect_clean(const submit_outcome& outcome, const std::string& where) {
        if (const auto* no = std::get_if<refused>(&outcome))
            expect_clean(no->said.message(), where);
        if (const auto* no = std::get_if<failed>(&outcome)) expect_clean(no->said.message(), where);
        if (const auto* no = std::get_if<uncertain>(&outcome))
            expect_clean(no->said.message(), where);
        EXPECT_FALSE(std::holds_alternative<started>(outcome)) << where;
    }
    template <class T>
    void expect_error(const result<T>& answer, const std::string& where) {
        ASSERT_FALSE(answer) << where;
        expect_clean(answer.error().message(), where);
    }

    // Each way in which an error may be told; the status and the body.
    static std::vector<std::pair<int, std::string>> errors() {
        std::vector<std::pair<int, std::string>> out;
        const std::string vapi = R"("messages":[{"id":"i","default_message":")" + hostile_json +
                                 R"("},{"localized":")" + hostile_json + R"("}])";
        for (const int status : {400, 401, 403, 404, 500, 503}) {
            out.emplace_back(status, R"({"error_type":"X","messages":[]})");
            out.emplace_back(status, R"({"error_type":"INVALID_ARGUMENT",)" + vapi + "}");
            out.emplace_back(status, R"({"error_type":")" + hostile_json + "\"," + vapi + "}");
            out.emplace_back(status, R"({"_typeName":")" + hostile_json + R"(","reason":")" +
                                         hostile_json + R"("})");
            out.emplace_back(status, R"({"_typeName":"SystemError","faultMessage":[{"message":")" +
                                         hostile_json + R"("}],"faultstring":")" + hostile_json +
                                         R"("})");
            out.emplace_back(status, R"({"error":{"code":"SYS.1006","details":")" + hostile_json +
                                         R"(","cause":{"code":"X","description":")" + hostile_json +
                                         R"("}}})");
            out.emplace_back(status, "<html><title>" + hostile + "</title>");
            out.emplace_back(status, hostile);
            out.emplace_back(status, "{\"cut\":\"" + hostile);
            out.emplace_back(status, std::string(470, 'x') + hostile);
            out.emplace_back(status, "job " + hostile);
        }
        out.emplace_back(200, hostile);
        out.emplace_back(200, "{\"" + hostile_json + "\":1}");
        out.emplace_back(200, "[\"" + hostile_json + "\"]");
        return out;
    }

    static submission job(endpoint_kind kind) {
        submission out;
        out.task_id = "0123456789abcdef0123456789abcdef";
        if (kind == endpoint_kind::vcenter)
            out.spec = vcenter_clone_spec{.source = "vm-42", .name = "web-1"};
        if (kind == endpoint_kind::snapservice)
            out.spec =
                restore_spec{.cluster = "c", .vm = "vm-42", .snapshot = "s", .name = "web-1"};
        if (kind == endpoint_kind::vi_json)
            out.spec =
                customize_guest_spec{.vm = "vm-42",
                                     .auth = R"({"_typeName":"NamePasswordAuthentication",)"
                                             R"("password":{"_credential":"guest"}})",
                                     .customization = R"({"_typeName":"CustomizationSpec"})"};
        if (kind == endpoint_kind::zstack)
            out.spec = zstack_clone_spec{.vm_instance = "a0000000000040008000000000000042",
                                         .name = "web-1"};
        return out;
    }

    bool guests_are_known_ = false;
    std::vector<std::string> known_{password, escaped(password),
                                    to_base64("svc@vsphere.local:" + password),
                                    zstack::password_digest(password)};
};

TEST_F(WordsOfUpstreams, AreCleanWhereverAnErrorComesIn) {
    for (const auto kind : {endpoint_kind::vcenter, endpoint_kind::snapservice,
                            endpoint_kind::vi_json, endpoint_kind::zstack}) {
        const auto task =
            kind == endpoint_kind::zstack ? "0123456789abcdef0123456789abcdef/web-1" : "task-1";
        for (const auto& [status, body] : errors()) {
            const auto where = concat(to_string(kind), " ", std::to_string(status), " ", body);
            replies.clear();
            log_in();
            auto page = answer(status, body);
            page.headers.emplace_back("location", "https://x/?t=" + session + "\x1B");
            replies.push_back({"", page, true});
            auto one = upstream(kind);
            expect_clean(world.run(one->submit(job(kind))), where);
            const auto polled = world.run(one->poll({task}));
            if (!polled) expect_clean(polled.error().message(), "poll " + where);
            if (polled && !polled->front().said.message().empty())
                expect_clean(polled->front().said.message(), "poll " + where);
            evidence_query query;
            query.spec = job(kind).spec;
            query.task_id = task;
            const auto seen = world.run(one->look(query));
            if (!seen) expect_clean(seen.error().message(), "look " + where);
            if (seen && !seen->seen.empty()) expect_clean(seen->seen, "look " + where);
            if (seen && seen->tasks_refused)
                expect_clean(seen->tasks_refused->message(), "look " + where);
            const auto probed = world.run(one->probe());
            if (!probed) expect_clean(probed.error().message(), "probe " + where);
        }
    }
}

TEST_F(WordsOfUpstreams, AreCleanWhereALoginIsRefused) {
    for (const auto kind : {endpoint_kind::vcenter, endpoint_kind::snapservice,
                            endpoint_kind::vi_json, endpoint_kind::zstack}) {
        for (const auto& [status, body] : errors()) {
            if (status == 200) continue;
            const auto where = concat(to_string(kind), " ", std::to_string(status), " ", body);
            replies.clear();
            always("", status, body);
            auto one = upstream(kind);
            log::start(log::level::warn);
            ::testing::internal::CaptureStderr();
            expect_error(world.run(one->probe()), where);
            std::istringstream lines(::testing::internal::GetCapturedStderr());
            for (std::string line; std::getline(lines, line);) expect_clean(line, "log " + where);
        }
    }
}

TEST_F(WordsOfUpstreams, AreCleanInTheEndOfATask) {
    log_in();
    const std::string fault = R"({"error_type":"ERROR","messages":[{"id":"i","default_message":")" +
                              hostile_json + R"("}]})";
    on("POST /api/cis/tasks", 200, R"({"t":{"status":"FAILED","error":)" + fault + "}}");
    on("POST /api/cis/tasks", 200, R"({"t":{"status":"FAILED","error":")" + hostile_json + "\"}}");
    on("POST /api/cis/tasks", 200,
       R"({"t":{"status":"FAILED","result":{"x":")" + hostile_json + "\"}}}");
    auto vcenter = upstream(endpoint_kind::vcenter);
    for (int i = 0; i < 3; ++i) {
        const auto seen = world.run(vcenter->poll({"t"}));
        ASSERT_TRUE(seen);
        EXPECT_EQ(seen->front().phase, task_phase::failed);
        expect_clean(seen->front().said.message(), "vcenter");
    }

    on("GET /zstack/v1/vm-instances?", 200, "{\"inventories\":[]}");
    on("GET /zstack/v1/api-jobs/", 200,
       R"({"result":{"inventories":[{"error":{"code":"X","details":")" + hostile_json + "\"}}]}}");
    auto zstack = upstream(endpoint_kind::zstack);
    ASSERT_TRUE(world.run(zstack->probe()));
    const auto seen = world.run(zstack->poll({"0123456789abcdef0123456789abcdef/web-1"}));
    ASSERT_TRUE(seen);
    expect_clean(seen->front().said.message(), "zstack");
}

TEST_F(WordsOfUpstreams, AnIdThatDeceivesIsNotTaken) {
    log_in();
    on("POST /api/vcenter/vm?action=clone", 202, "\"task-\\u202E1\"");
    on("POST /api/cis/tasks", 200, R"({"t":{"status":"SUCCEEDED","result":"vm-\u001B[2J"}})");
    on("GET /api/vcenter/vm?names=web-1", 200,
       R"([{"vm":"vm-\u202E9","name":"web-1","power_state":"POWERED_ON","cpu_count":1,"memory_size_MiB":1}])");
    auto one = upstream(endpoint_kind::vcenter);

    const auto outcome = world.run(one->submit(job(endpoint_kind::vcenter)));
    const auto polled = world.run(one->poll({"t"}));
    const auto named = world.run(one->find_by_name({{"web-1", ""}}));

    EXPECT_TRUE(std::holds_alternative<uncertain>(outcome));
    ASSERT_TRUE(polled);
    EXPECT_EQ(polled->front().vm, "");
    ASSERT_TRUE(named) << named.error().message();
    EXPECT_EQ(named->front().vm, several_vms);
}

// A password may be a part of names: what is compared must stay as it is.
TEST_F(WordsOfUpstreams, AnAnswerItselfIsLeftAsItIs) {
    always("POST /api/session", 201, "\"" + session + "\"");
    on("GET /api/vcenter/vm?names=web-1", 200,
       R"([{"vm":"vm-9","name":"web-1","power_state":"POWERED_ON","cpu_count":1,"memory_size_MiB":1}])");
    auto how = options(endpoint_kind::vcenter);
    how.password = "web-1";
    auto one = make(std::move(how));

    const auto seen = world.run(one->find_by_name({{"web-1", ""}}));

    ASSERT_TRUE(seen) << seen.error().message();
    EXPECT_EQ(seen->front().vm, "vm-9");
}

// Who borrows a session, or looks into an inventory, may be told the lender's secrets.
TEST_F(WordsOfUpstreams, TheSecretsOfAnInventoryAreTheBorrowersToo) {
    auto vcenter = upstream(endpoint_kind::vcenter);
    always("", 403,
           R"({"error_type":"UNAUTHORIZED","messages":[{"id":"i","default_message":")" +
               hostile_json + R"("}]})");
    auto how = options(endpoint_kind::snapservice);
    how.auth = auth_kind::vcenter_session;
    how.password.clear();
    auto borrower = make(std::move(how), as_inventory(*vcenter));

    expect_clean(world.run(borrower->submit(job(endpoint_kind::snapservice))), "login");
    expect_error(world.run(borrower->find_by_name({{"web-1", "f"}})), "inventory");
}

TEST_F(WordsOfUpstreams, ASignatureIsASecretAndTheKeysIdIsNone) {
    auto how = options(endpoint_kind::zstack);
    how.auth = auth_kind::access_key;
    how.user = "AccessKeyOfOurs";
    how.password = "the-secret-of-the-key";
    auto one = make(std::move(how));
    client->on_request = [](const http::request& what) -> result<http::response> {
        return answer(403,
                      "wrong accessKey signature: " + fake_client::header(what, "Authorization"));
    };

    const auto told = world.run(one->probe());

    ASSERT_FALSE(told);
    EXPECT_NE(told.error().message().find("ZStack AccessKeyOfOurs:(redacted)"), std::string::npos)
        << told.error().message();
}

}  // namespace
}  // namespace cloned::testing
