#include "backends/vapi/faults.hpp"
#include "tests/backends/fake_client.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cloned::backends::vapi {
namespace {

using cloned::testing::answer;

std::string lower(std::string text) {
    for (auto& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return text;
}

std::string api_body(const std::string& type, const std::string& data = "{}") {
    return R"({"error_type":")" + type +
           R"(","messages":[{"id":"com.vmware.first","default_message":"First words.","args":[]},)"
           R"({"id":"com.vmware.second","default_message":"The cause.","args":[]}],"data":)" +
           data + "}";
}

// As servers of 7.0 and later send it, and as older ones do: without error_type.
std::string rest_body(const std::string& type, bool with_type) {
    const std::string inner = with_type ? R"("error_type":")" + type + R"(",)" : std::string();
    return R"({"type":"com.vmware.vapi.std.errors.)" + lower(type) + R"(","value":{)" + inner +
           R"("messages":[{"id":"com.vmware.first","default_message":"First words.","args":[]}]}})";
}

struct row {
    const char* type;
    int api_status;
    int rest_status;
    verdict vcenter;
    verdict snapservice;
    bool task_later;  // may the work be begun anew if a vCenter task failed so?
    errc code;
};

const std::vector<row> rows{
    {"ALREADY_EXISTS", 400, 400, verdict::final, verdict::final, false, errc::already_exists},
    {"ALREADY_IN_DESIRED_STATE", 400, 400, verdict::final, verdict::final, false,
     errc::failed_precondition},
    {"CANCELED", 400, 400, verdict::final, verdict::final, false, errc::cancelled},
    {"CONCURRENT_CHANGE", 409, 409, verdict::later, verdict::later, true, errc::aborted},
    {"ERROR", 500, 400, verdict::unknown, verdict::unknown, true, errc::upstream_failed},
    {"FEATURE_IN_USE", 400, 400, verdict::final, verdict::final, false, errc::failed_precondition},
    {"INTERNAL_SERVER_ERROR", 500, 500, verdict::unknown, verdict::unknown, true,
     errc::upstream_failed},
    {"INVALID_ARGUMENT", 400, 400, verdict::final, verdict::final, false, errc::invalid_argument},
    {"INVALID_ELEMENT_CONFIGURATION", 400, 400, verdict::final, verdict::final, false,
     errc::invalid_argument},
    {"INVALID_ELEMENT_TYPE", 400, 400, verdict::final, verdict::final, false,
     errc::invalid_argument},
    {"INVALID_REQUEST", 400, 400, verdict::final, verdict::final, false, errc::invalid_argument},
    {"NOT_ALLOWED_IN_CURRENT_STATE", 400, 400, verdict::final, verdict::over_capacity, false,
     errc::failed_precondition},
    {"NOT_FOUND", 404, 404, verdict::final, verdict::final, false, errc::not_found},
    {"OPERATION_NOT_FOUND", 404, 404, verdict::final, verdict::final, false, errc::upstream_failed},
    {"RESOURCE_BUSY", 500, 400, verdict::busy, verdict::busy, true, errc::upstream_failed},
    {"RESOURCE_IN_USE", 400, 400, verdict::final, verdict::final, false, errc::failed_precondition},
    {"RESOURCE_INACCESSIBLE", 500, 400, verdict::later, verdict::later, true,
     errc::upstream_failed},
    {"SERVICE_UNAVAILABLE", 503, 503, verdict::unknown, verdict::unknown, true, errc::unavailable},
    {"TIMED_OUT", 504, 504, verdict::unknown, verdict::unknown, true, errc::upstream_failed},
    {"UNABLE_TO_ALLOCATE_RESOURCE", 500, 400, verdict::later, verdict::later, true,
     errc::resource_exhausted},
    {"UNAUTHENTICATED", 401, 401, verdict::no_session, verdict::no_session, true,
     errc::unauthenticated},
    {"UNAUTHORIZED", 403, 403, verdict::final, verdict::final, false, errc::permission_denied},
    {"UNEXPECTED_INPUT", 400, 400, verdict::final, verdict::final, false, errc::invalid_argument},
    {"UNSUPPORTED", 400, 400, verdict::final, verdict::final, false, errc::upstream_failed},
    {"UNVERIFIED_PEER", 400, 400, verdict::final, verdict::final, false, errc::upstream_failed},
};

TEST(Faults, EveryTypeIsJudgedAlikeInBothFlavours) {
    for (const auto& r : rows) {
        const std::vector<http::response> answers{
            answer(r.api_status, api_body(r.type)), answer(r.rest_status, rest_body(r.type, true)),
            answer(r.rest_status, rest_body(r.type, false)),
            answer(500, rest_body(r.type, true)),  // the published page disagrees on statuses
        };
        for (const auto& a : answers) {
            const auto f = read_fault(a);
            EXPECT_EQ(f.type, r.type) << a.body;
            EXPECT_EQ(judge(f, capacity_signal::no), r.vcenter) << r.type << a.status;
            EXPECT_EQ(judge(f, capacity_signal::yes), r.snapservice) << r.type << a.status;
            EXPECT_EQ(to_error(f).code(), r.code) << r.type;
        }
    }
}

TEST(Faults, AFailedTaskLeavesNothingUnknown) {
    for (const auto& r : rows) {
        http::json_document document;
        const std::string info = R"({"status":"FAILED","error":)" + api_body(r.type) + "}";
        const auto f = read_task_fault(*document.parse(info));
        EXPECT_EQ(f.type, r.type);
        EXPECT_EQ(may_succeed_later(f, capacity_signal::no), r.task_later) << r.type;
    }
}

TEST(Faults, TheUpstreamsWordsAreKeptWithTheFirstMessageFirst) {
    const auto said = to_error(read_fault(answer(400, api_body("ALREADY_EXISTS"))));

    EXPECT_EQ(said.message(), "ALREADY_EXISTS: First words. / The cause. (HTTP 400)");
}

TEST(Faults, WordsOfSeveralLinesBecomeOne) {
    const auto said = to_error(read_fault(answer(503, "upstream connect error\r\nreset\tnow")));

    EXPECT_EQ(
        said.message(),
        "HTTP 503 from something in front of the upstream (\"upstream connect error reset now\")");
}

TEST(Faults, HugeWordsAreCut) {
    const auto said = to_error(read_fault(answer(500, std::string(100'000, 'x'))));

    EXPECT_LT(said.message().size(), 600U);
}

struct status_row {
    int status;
    const char* body;
    verdict means;
};

TEST(Faults, WithoutAnEnvelopeNothingButTheStatusCounts) {
    const std::vector<status_row> table{
        {300, "", verdict::turned_back},
        {302, "", verdict::turned_back},
        {307, "<title>Moved</title>", verdict::turned_back},
        {400, "", verdict::turned_back},
        {400, "{\"message\":\"no route\"}", verdict::turned_back},
        {400, "{\"error_type\":", verdict::unknown},
        {401, "{\"error_type\":", verdict::no_session},
        {404, "{\"error_type\":", verdict::unknown},
        {401, "", verdict::no_session},
        {403, "<html>Forbidden</html>", verdict::turned_back},
        {404, "no healthy upstream", verdict::turned_back},
        {407, "", verdict::turned_back},
        {408, "", verdict::unknown},
        {413, "too large", verdict::turned_back},
        {429, "slow down", verdict::turned_back},
        {451, "[]", verdict::turned_back},
        {505, "", verdict::turned_back},
        {511, "<html>", verdict::turned_back},
        {500, "", verdict::unknown},
        {500, "{\"unexpected\":1}", verdict::unknown},
        {500, "{\"error_type\":", verdict::unknown},
        {502, "<html>Bad gateway</html>", verdict::unknown},
        {503, "upstream connect error", verdict::unknown},
        {504, "", verdict::unknown},
        {599, "[]", verdict::unknown},
    };
    for (const auto& r : table) {
        const auto f = read_fault(answer(r.status, r.body));
        EXPECT_EQ(judge(f, capacity_signal::no), r.means) << r.status << r.body;
        EXPECT_TRUE(f.type.empty()) << r.body;
    }
}

TEST(Faults, AnUnknownTypeIsJudgedByItsStatus) {
    const auto bad = read_fault(answer(400, api_body("SOMETHING_NEW")));
    const auto broken = read_fault(answer(500, api_body("SOMETHING_NEW")));

    EXPECT_EQ(judge(bad, capacity_signal::no), verdict::final);
    EXPECT_EQ(judge(broken, capacity_signal::no), verdict::unknown);
}

TEST(Faults, AnEnvelopeWithoutATypeKeepsItsWordsAndIsJudgedByItsStatus) {
    const auto f = read_fault(
        answer(400, R"({"messages":[{"id":"a.b","default_message":"Wrong.","args":[]}]})"));

    EXPECT_EQ(f.words, "Wrong.");
    EXPECT_EQ(judge(f, capacity_signal::no), verdict::final);
}

TEST(Faults, TheUpstreamsOwnOpinionOverridesTheTables) {
    const auto with = [](const char* type, const char* data, int status = 400) {
        return judge(read_fault(answer(status, api_body(type, data))), capacity_signal::yes);
    };
    const char* yes = R"({"is_transient":true})";
    const char* no = R"({"is_transient":false})";

    EXPECT_EQ(with("INVALID_ARGUMENT", yes), verdict::later);
    EXPECT_EQ(with("RESOURCE_INACCESSIBLE", no), verdict::final);
    EXPECT_EQ(with("RESOURCE_BUSY", no), verdict::final);
    EXPECT_EQ(with("NOT_ALLOWED_IN_CURRENT_STATE", no), verdict::final);
    EXPECT_EQ(with("RESOURCE_BUSY", yes), verdict::busy);
    EXPECT_EQ(with("NOT_FOUND", R"({"is_transient":"true"})", 404), verdict::final);
}

TEST(Faults, NoOpinionMakesKnownWhatMayHaveStarted) {
    for (const auto* data : {R"({"is_transient":false})", R"({"is_transient":true})"}) {
        const auto f = read_fault(answer(500, api_body("INTERNAL_SERVER_ERROR", data)));
        EXPECT_EQ(judge(f, capacity_signal::no), verdict::unknown);
    }
}

TEST(Faults, RetryAfterMakesAnUnavailableServiceARefusal) {
    auto busy = answer(503, api_body("SERVICE_UNAVAILABLE"));
    busy.headers.emplace_back("retry-after", "7");
    const auto outcome = outcome_of(read_fault(busy), capacity_signal::no);

    const auto* no = std::get_if<refused>(&outcome);
    ASSERT_NE(no, nullptr);
    EXPECT_EQ(no->why, refusal::busy);
    EXPECT_EQ(no->retry_after, milliseconds(7000));
}

TEST(Faults, AnUnreadableRetryAfterIsNone) {
    for (const auto* text : {"", "-1", "soon", "7 s", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
        auto busy = answer(503, "");
        busy.headers.emplace_back("retry-after", text);
        EXPECT_FALSE(read_fault(busy).retry_after.has_value()) << text;
    }
}

TEST(Faults, ACapacityRefusalIsOneOnlyWhereItSignalsCapacity) {
    const auto f = read_fault(answer(400, api_body("NOT_ALLOWED_IN_CURRENT_STATE")));

    const auto snapservice = outcome_of(f, capacity_signal::yes);
    const auto vcenter = outcome_of(f, capacity_signal::no);

    ASSERT_TRUE(std::holds_alternative<refused>(snapservice));
    EXPECT_EQ(std::get<refused>(snapservice).why, refusal::capacity);
    ASSERT_TRUE(std::holds_alternative<failed>(vcenter));
    EXPECT_FALSE(std::get<failed>(vcenter).later);
}

TEST(Faults, WhatMayHaveStartedIsInDoubt) {
    const auto outcome =
        outcome_of(read_fault(answer(500, api_body("ERROR"))), capacity_signal::no);

    ASSERT_TRUE(std::holds_alternative<uncertain>(outcome));
    EXPECT_EQ(std::get<uncertain>(outcome).said.code(), errc::in_doubt);
    EXPECT_FALSE(std::get<uncertain>(outcome).unavailable);
}

TEST(Faults, WhoIsNotAvailableSaysSoAndMayHaveBegun) {
    for (const auto& body : {api_body("SERVICE_UNAVAILABLE"), std::string("<html>")}) {
        const auto outcome = outcome_of(read_fault(answer(503, body)), capacity_signal::no);

        ASSERT_TRUE(std::holds_alternative<uncertain>(outcome)) << body;
        EXPECT_TRUE(std::get<uncertain>(outcome).unavailable) << body;
    }
}

TEST(Faults, ATaskTellsItsFaultInAnyOfThreeForms) {
    const auto type_of = [](const std::string& info) {
        http::json_document document;
        const auto f = read_task_fault(*document.parse(info));
        return f.type + "|" + f.words;
    };

    EXPECT_EQ(type_of(R"({"error":{"error_type":"NOT_FOUND","messages":[]}})"), "NOT_FOUND|");
    EXPECT_EQ(type_of(R"({"error":{"type":"com.vmware.vapi.std.errors.not_found","value":{}}})"),
              "NOT_FOUND|");
    EXPECT_EQ(type_of(R"({"error":"the disk is full"})"), "|the disk is full");
    EXPECT_EQ(type_of(R"({"result":"host lost"})"), "|host lost");
    EXPECT_EQ(type_of(R"({"result":{"a":1}})"), R"(|{"a":1})");
    EXPECT_EQ(type_of(R"({"status":"FAILED"})"), "|the upstream gave no reason");
}

TEST(Faults, TheLimitOfSessionsIsToldToTheOperator) {
    const auto why =
        explain(answer(503, R"({"error_type":"SERVICE_UNAVAILABLE","messages":[{"id":)"
                            R"("com.vmware.vapi.endpoint.failedToLoginMaxUserSessionCountReached",)"
                            R"("default_message":"550 sessions are open.","args":[]}]})"));

    EXPECT_NE(why.message().find("operator"), std::string::npos);
    EXPECT_NE(why.message().find("550 sessions are open."), std::string::npos);
}

}  // namespace
}  // namespace cloned::backends::vapi
