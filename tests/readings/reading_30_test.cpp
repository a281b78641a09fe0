// The words of an upstream may hold what deceives a terminal, such as C1 controls or the override
// of the direction, and repeat what the request itself carried: passwords and sessions.

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

#include <array>
#include <sstream>

namespace cloned::readings {
namespace {

using simulator::fault_kind;

const std::string password = "Pa$$w\"rd/7 1";
const std::string guest_password = "guest-secret";
const std::string deceiving =
    "\x1B[31m \xE2\x80\xAEgnp.exe \xC2\x9B"
    "2J \xE2\x80\xA8 said:";

simulator::fault_rule echoing(fault_kind kind, int status, const char* type) {
    simulator::fault_rule out;
    out.fault = kind;
    out.status = status;
    out.type = type;
    out.words = deceiving;
    out.echo = true;
    return out;
}

// Everything that an operator, a client or a thief of the file may get to read.
struct seen_words {
    std::vector<std::string> shown;  // errors, histories, endpoints, lines of the log
    std::string stored;              // the database's bytes

    bool hold(std::string_view what) const {
        for (const auto& text : shown)
            if (text.find(what) != std::string::npos) return true;
        return false;
    }
};

class Reading30 : public ::testing::Test {
protected:
    // A job of each kind, so that requests of each kind are made.
    Reading30() {
        s.upstream().password = password;
        s.upstream().zstack.password = password;
        s.upstream().names = simulator::name_mode::allow;
        s.trouble_until(seconds_in(120));
        s.add_vcenter().options.password = password;
        s.add_snapservice().options.password = password;
        auto& guests = s.add_guests();
        guests.options.password = password;
        guests.options.vi_json.credentials["guest"] = guest_password;
        s.add_cloud();
        s.clone("web-1");
        s.linked_clone("web-2");
        s.restore("web-3");
        s.zstack_clone("web-4");
        s.power_on("start", "vm-42");
        s.customize("identity", "vm-42");
    }

    seen_words run() {
        seen_words out;
        s.at(seconds_in(0), [](auto&) { log::set_level(log::level::debug); });
        for (const auto second : {5, 20, 60, 100})
            s.at(seconds_in(second), [&](simulation::daemon_run& life) {
                for (const auto& endpoint : life.commands().endpoints())
                    out.shown.push_back(endpoint.trouble);
            });
        ::testing::internal::CaptureStderr();
        const auto seen = s.run();
        std::istringstream lines(::testing::internal::GetCapturedStderr());
        for (std::string line; std::getline(lines, line);) out.shown.push_back(line);
        for (const auto& [key, job] : seen.jobs) {
            out.shown.push_back(job.words());
            for (const auto& entry : job.history) out.shown.push_back(entry.detail);
        }
        out.stored = seen.stored;
        return out;
    }

    static void expect_clean(const seen_words& seen) {
        EXPECT_TRUE(seen.hold("said:")) << "the upstream was not heard";
        const std::array secrets{password, guest_password,
                                 to_base64("svc@vsphere.local:" + password)};
        for (const auto& secret : secrets) {
            EXPECT_FALSE(seen.hold(secret)) << secret;
            EXPECT_EQ(seen.stored.find(secret), std::string::npos) << "stored: " << secret;
        }
        for (const auto& text : seen.shown) {
            EXPECT_TRUE(is_plain(text)) << text;
            expect_no_session(text);
        }
        for (const char* mark : {"\xC2\x9B", "\xE2\x80\xAE", "\x1B["})
            EXPECT_EQ(seen.stored.find(mark), std::string::npos) << "stored: " << to_hex(mark);
    }

    scene s;

private:
    // Sessions have random names; what is behind these words would be one.
    static void expect_no_session(std::string_view text) {
        for (const std::string_view before : {"vmware-api-session-id: ", "authorization: OAuth "})
            for (auto at = text.find(before); at != std::string_view::npos;
                 at = text.find(before, at + 1)) {
                const auto told = text.substr(at + before.size());
                EXPECT_TRUE(told.empty() || told.starts_with("(redacted)") || told.starts_with("…"))
                    << text;
            }
    }
};

// Errors in the vendor's envelope, in answer to every second request.
TEST_F(Reading30, ErrorsTellNoSecretAndDeceiveNobody) {
    const std::array errors{echoing(fault_kind::status, 400, "INVALID_ARGUMENT"),
                            echoing(fault_kind::status, 403, "UNAUTHORIZED"),
                            echoing(fault_kind::status, 500, "INTERNAL_SERVER_ERROR"),
                            echoing(fault_kind::status, 503, "SERVICE_UNAVAILABLE")};
    for (auto rule : errors) {
        rule.probability = 0.2;
        s.rule(rule);
    }
    expect_clean(run());
}

TEST_F(Reading30, LoginsThatFailTellNoSecret) {
    auto rule = echoing(fault_kind::status, 400, "INVALID_ARGUMENT");
    for (const char* path : {"*/session*", "*/Login", "*/accounts/login"}) {
        rule.path = path;
        s.rule(rule);
    }
    expect_clean(run());
}

TEST_F(Reading30, PagesOfIntermediariesTellNoSecret) {
    for (const int status : {302, 403, 502}) {
        auto rule = echoing(fault_kind::proxy, status, "");
        rule.probability = 0.2;
        s.rule(rule);
    }
    expect_clean(run());
}

// The words of tasks that have failed are read by polls.
TEST_F(Reading30, FailedTasksTellNoSecret) {
    s.rule(echoing(fault_kind::task_fail, 0, "RESOURCE_INACCESSIBLE"));
    expect_clean(run());
}

}  // namespace
}  // namespace cloned::readings
