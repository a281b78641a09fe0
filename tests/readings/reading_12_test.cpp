// What stands in front of an upstream may answer in its place: a proxy's 403, 407 or 413 page, a
// gateway's text, a redirection to a login. It is not the upstream's word about any job.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

constexpr auto quiet = 120;

simulator::fault_rule page(int status, std::string method, std::string path) {
    simulator::fault_rule out;
    out.fault = simulator::fault_kind::proxy;
    out.status = status;
    out.method = std::move(method);
    out.path = std::move(path);
    out.title = "Access denied";
    if (status < 400) out.location = "https://login.example/";
    return out;
}

enum class which : std::uint8_t { clone, linked_clone, zstack_clone };

const char* route_of(which kind) {
    switch (kind) {
        case which::clone:
            return "/api/vcenter/vm?action=clone*";
        case which::linked_clone:
            return "/api/snapservice/clusters/*";
        case which::zstack_clone:
            return "/zstack/v1/vm-instances/*";
    }
    return "";
}

const char* tasks_of(which kind) {
    switch (kind) {
        case which::clone:
            return "/api/cis/tasks*";
        case which::linked_clone:
            return "/api/snapservice/tasks*";
        case which::zstack_clone:
            return "/zstack/v1/api-jobs/*";
    }
    return "";
}

void add(scene& to, which kind) {
    to.upstream().names = simulator::name_mode::allow;
    if (kind != which::zstack_clone) to.add_vcenter();
    if (kind == which::clone) to.clone("web-1");
    if (kind == which::linked_clone) {
        to.add_snapservice();
        to.linked_clone("web-1");
    }
    if (kind == which::zstack_clone) {
        to.add_cloud();
        to.zstack_clone("web-1");
    }
}

class Reading12 : public ::testing::TestWithParam<std::tuple<which, int>> {
protected:
    void expect_one_vm(const outcome_of_scene& seen) {
        const auto& job = seen.job("web-1");
        EXPECT_EQ(job.state(), job_state::succeeded) << job.words();
        EXPECT_EQ(job.operations.size(), 1U);
        EXPECT_EQ(job.record.progress.attempt, 1U) << "it was charged for what was not its fault";
        EXPECT_LE(seen.logins, 3U);
        for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
    }
};

// For two minutes each job is turned back: it goes on when that is over, and until then the proxy
// is not hammered.
TEST_P(Reading12, TurnWorkBack) {
    const auto [kind, status] = GetParam();
    scene s;
    s.trouble_until(seconds_in(quiet));
    s.rule(page(status, "", route_of(kind)));
    add(s, kind);

    const auto seen = s.run();

    expect_one_vm(seen);
    EXPECT_TRUE(seen.job("web-1").told("HTTP " + std::to_string(status) +
                                       " from something in front of the upstream (page "
                                       "\"Access denied\")" +
                                       (status < 400 ? ", Location https://login.example/" : "")))
        << seen.job("web-1").history.back().detail;
    std::uint64_t refused = 0;
    for (const auto& [answer, count] : seen.answers)
        if (answer.second == status) refused += count;
    EXPECT_GE(refused, 1U);
    EXPECT_LE(refused, 40U);
}

// Nothing is heard of its task for two minutes: it is neither lost nor sent again.
TEST_P(Reading12, HideATask) {
    const auto [kind, status] = GetParam();
    scene s;
    s.trouble_until(seconds_in(quiet));
    s.rule(page(status, "", tasks_of(kind)));
    add(s, kind);

    const auto seen = s.run();

    expect_one_vm(seen);
    for (const auto& entry : seen.job("web-1").history)
        EXPECT_NE(entry.to, job_state::in_doubt) << entry.detail;
}

INSTANTIATE_TEST_SUITE_P(
    Pages,
    Reading12,
    ::testing::Combine(::testing::Values(which::clone, which::linked_clone, which::zstack_clone),
                       ::testing::Values(302, 400, 403, 404, 407, 413, 429, 451)));

// After the answer to a clone was lost, pages hide the lists as well: they prove no absence.
TEST(Reading12Lists, APageProvesNoAbsence) {
    for (const int status : {302, 400, 403, 404, 413}) {
        scene s;
        s.trouble_until(seconds_in(600));
        auto lost = page(502, "POST", "/api/vcenter/vm?action=clone*");
        lost.processed = true;
        lost.max = 1;
        s.rule(lost);
        s.rule(page(status, "POST", "/api/cis/tasks?action=list*"));
        s.rule(page(status, "GET", "/api/vcenter/vm?*"));
        s.upstream().names = simulator::name_mode::allow;
        s.add_vcenter();
        s.clone("web-1");

        const auto seen = s.run();

        const auto& job = seen.job("web-1");
        EXPECT_EQ(job.operations.size(), 1U) << status << " sent again: " << job.words();
        EXPECT_EQ(job.state(), job_state::succeeded) << status << job.words();
    }
}

}  // namespace
}  // namespace cloned::readings
