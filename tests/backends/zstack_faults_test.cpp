#include "backends/zstack/faults.hpp"
#include "tests/backends/fake_client.hpp"

#include <gtest/gtest.h>

namespace cloned::backends::zstack {
namespace {

using cloned::testing::answer;

// The codes from outside in.
fault chain(const std::vector<std::string>& codes) {
    std::string body = "null";
    for (auto code = codes.rbegin(); code != codes.rend(); ++code)
        body = R"({"code":")" + *code + R"(","description":"words of )" + *code + R"(","cause":)" +
               body + "}";
    return read_fault(answer(503, R"({"error":)" + body + "}"));
}

struct row {
    std::vector<std::string> codes;
    verdict plain;  // without late steps
    verdict late;   // with them
};

class ZstackVerdict : public ::testing::TestWithParam<row> {};

TEST_P(ZstackVerdict, OfACallFollowsFromTheLineOfCauses) {
    const auto what = chain(GetParam().codes);

    EXPECT_EQ(judge_call(what, late_steps::none), GetParam().plain);
    EXPECT_EQ(judge_call(what, late_steps::possible), GetParam().late);
}

using v = verdict;
INSTANTIATE_TEST_SUITE_P(
    Table,
    ZstackVerdict,
    ::testing::Values(row{{"ID.1001"}, v::no_session, v::no_session},
                      row{{"SYS.1006", "ID.1001"}, v::unknown, v::unknown},
                      row{{"ID.1002"}, v::final, v::final},
                      row{{"ID.1003"}, v::final, v::final},
                      row{{"SYS.1006", "ID.1003"}, v::final, v::final},
                      row{{"LICENSE.1000"}, v::final, v::final},
                      row{{"SYS.1003"}, v::final, v::final},
                      row{{"SYS.1006", "SYS.1003"}, v::unknown, v::unknown},
                      row{{"SYS.1007"}, v::final, v::final},
                      row{{"SYS.1013"}, v::final, v::final},
                      row{{"SYS.1010"}, v::busy, v::busy},
                      row{{"PORTAL.1002"}, v::busy, v::busy},
                      row{{"SYS.1006", "SYS.1010"}, v::unknown, v::unknown},
                      row{{"SYS.1006", "VM.1010"}, v::busy, v::unknown},
                      row{{"VM.1010"}, v::busy, v::unknown},
                      row{{"SYS.1006", "SYS.1006", "VM.1010"}, v::busy, v::unknown},
                      row{{"SYS.1006", "HOST_ALLOCATION.1000"}, v::later, v::later},
                      row{{"HOST_ALLOCATION.1001"}, v::later, v::later},
                      row{{"SYS.1006", "PS.1000"}, v::later, v::unknown},
                      row{{"HOST.1004"}, v::later, v::unknown},
                      row{{"SYS.1001"}, v::unknown, v::unknown},
                      row{{"SYS.1001", "VM.1010"}, v::unknown, v::unknown},
                      row{{"SYS.1012", "HOST_ALLOCATION.1000"}, v::unknown, v::unknown},
                      row{{"NEW.4711", "VM.1010"}, v::unknown, v::unknown},
                      row{{"SYS.1006"}, v::unknown, v::unknown},
                      row{{"SYS.1009"}, v::unknown, v::unknown},
                      row{{"SYS.1017"}, v::unknown, v::unknown},
                      row{{"HOST.1010"}, v::unknown, v::unknown},
                      row{{"NEW.4711"}, v::unknown, v::unknown},
                      row{{""}, v::unknown, v::unknown},
                      row{{}, v::unknown, v::unknown}));

TEST(ZstackFaults, ACauseInAListProvesNothing) {
    const auto what = read_fault(
        answer(503, R"({"error":{"code":"SYS.1006","causes":[{"code":"HOST_ALLOCATION.1000"}]}})"));

    EXPECT_EQ(what.aside, std::vector<std::string>{"HOST_ALLOCATION.1000"});
    EXPECT_EQ(judge_call(what, late_steps::none), verdict::unknown);
}

TEST(ZstackFaults, WhatFailedForOneNameMayBeTriedAgainUnlessItsCodeSaysNo) {
    EXPECT_EQ(judge_item(chain({"SYS.1006", "HOST.1010"})), verdict::later);
    EXPECT_EQ(judge_item(chain({"NEW.4711"})), verdict::later);
    EXPECT_EQ(judge_item(chain({"SYS.1006"})), verdict::later);
    EXPECT_EQ(judge_item(chain({"SYS.1006", "ID.1003"})), verdict::final);
    EXPECT_EQ(judge_item(chain({"SYS.1007"})), verdict::final);
}

TEST(ZstackFaults, ATimeoutAnywhereInOneNamesErrorLeavesItInDoubt) {
    EXPECT_EQ(judge_item(chain({"SYS.1006", "SYS.1001"})), verdict::unknown);
    EXPECT_EQ(judge_item(read_fault(
                  answer(503, R"({"error":{"code":"SYS.1006","causes":[{"code":"SYS.1001"}]}})"))),
              verdict::unknown);
}

TEST(ZstackFaults, OnlyCallsWithoutDataVolumesAndStopHaveNoLateSteps) {
    zstack_clone_spec spec;
    EXPECT_EQ(late_steps_of(spec), late_steps::none);
    spec.strategy = "JustCreate";
    EXPECT_EQ(late_steps_of(spec), late_steps::none);
    spec.strategy = "CreateStopped";
    EXPECT_EQ(late_steps_of(spec), late_steps::possible);
    spec.strategy = "InstantStart";
    spec.full = true;
    EXPECT_EQ(late_steps_of(spec), late_steps::possible);
}

TEST(ZstackFaults, TheMostTellingCodeGivesTheErrorItsCodeAndAllGiveItWords) {
    const auto said = to_error(chain({"SYS.1006", "VM.1010"}));

    EXPECT_EQ(said.code(), errc::failed_precondition);
    EXPECT_EQ(said.message(),
              "SYS.1006: words of SYS.1006, because of VM.1010: words of VM.1010 (HTTP 503)");
}

TEST(ZstackFaults, DetailsTellMoreThanTheDescription) {
    const auto what = read_fault(
        answer(503, R"({"error":{"code":"X.1","description":"general","details":"special"}})"));

    EXPECT_EQ(to_error(what).message(), "X.1: special (HTTP 503)");
}

TEST(ZstackFaults, TextIsJudgedByItsStatus) {
    const auto code = [](int status) { return explain(answer(status, "of the job")).code(); };
    EXPECT_EQ(code(400), errc::invalid_argument);
    EXPECT_EQ(code(401), errc::unauthenticated);
    EXPECT_EQ(code(403), errc::unauthenticated);
    EXPECT_EQ(code(404), errc::not_found);
    EXPECT_EQ(code(405), errc::upstream_failed);
    EXPECT_EQ(code(429), errc::unavailable);
    EXPECT_EQ(code(500), errc::upstream_failed);
    EXPECT_EQ(code(502), errc::unavailable);
    EXPECT_EQ(code(503), errc::unavailable);
}

TEST(ZstackFaults, AProxysTextIsNoAnswer) {
    for (const int status : {302, 400, 403, 404, 405, 413, 429, 500, 502, 503}) {
        const auto why = explain(answer(status, "some text"));
        EXPECT_EQ(why.code(), status == 500 ? errc::upstream_failed : errc::unavailable) << status;
        EXPECT_NE(why.message().find("(\"some text\")"), std::string::npos) << why.message();
    }
}

TEST(ZstackFaults, RefusedLoginsAreUnauthenticatedAndFullOnesUnavailable) {
    EXPECT_EQ(to_read_error(chain({"ID.1000"})).code(), errc::unauthenticated);
    EXPECT_EQ(to_read_error(chain({"ID.2003"})).code(), errc::unauthenticated);
    EXPECT_EQ(to_read_error(chain({"LOGIN_CONTROL.1001"})).code(), errc::unauthenticated);
    EXPECT_EQ(to_read_error(chain({"ID.1006"})).code(), errc::unavailable);
}

TEST(ZstackFaults, AnErrorWithinErrorsWithoutEndIsReadToADepth) {
    std::vector<std::string> codes(20, "SYS.1006");
    codes.emplace_back("VM.1010");

    const auto what = chain(codes);

    EXPECT_EQ(what.line.size(), 8U);
    EXPECT_EQ(judge_call(what, late_steps::none), verdict::unknown);
}

TEST(ZstackFaults, WordsOfTheUpstreamAreOneBoundedLine) {
    const auto what = read_fault(answer(500, std::string(100'000, 'x') + "\n"));

    EXPECT_LT(to_error(what).message().size(), 600U);
}

}  // namespace
}  // namespace cloned::backends::zstack
