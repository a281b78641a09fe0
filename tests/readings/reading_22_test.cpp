// Polls of a ZStack job need no session. What stands in front of the node may want one all the
// same, or may know nothing of the job.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

struct front {
    const char* name;
    int status;
    const char* type;  // empty: plain text
};

// NOLINTNEXTLINE(readability-identifier-naming): the name that GoogleTest looks for.
void PrintTo(const front& f, std::ostream* out) {
    *out << f.name;
}

class reading_22_polls_that_are_not_served : public ::testing::TestWithParam<front> {
protected:
    static simulator::fault_rule answer() {
        simulator::fault_rule out;
        out.server = "zstack";
        out.method = "GET";
        out.path = "*/api-jobs/*";
        out.fault = simulator::fault_kind::status;
        out.status = GetParam().status;
        out.type = GetParam().type;
        out.message = "the job has been expired";
        return out;
    }
};

TEST_P(reading_22_polls_that_are_not_served, OneVmWhateverTheNodeRemembersAndMarks) {
    for (const bool refuses : {true, false})
        for (const bool marks : {true, false})
            for (const bool keys : {true, false}) {
                scene s;
                s.upstream().zstack.refuses_known_jobs = refuses;
                s.upstream().zstack.marks_clones = marks;
                s.upstream().zstack_clone.ms = 200'000;
                s.trouble_until(seconds_in(600));
                auto& cloud = s.add_cloud().options;
                cloud.zstack.refuses_known_tasks = refuses;
                if (keys) {
                    cloud.auth = backends::auth_kind::access_key;
                    cloud.user = s.upstream().zstack.key_id;
                    cloud.password = s.upstream().zstack.key_secret;
                }
                s.rule(answer());
                s.zstack_clone("web-1");
                const auto seen = s.run();

                const auto& job = seen.job("web-1");
                EXPECT_EQ(job.operations.size(), 1U)
                    << "sent again: two VMs; " << refuses << marks << keys;
                EXPECT_EQ(job.state(), job_state::succeeded) << job.words();
                EXPECT_FALSE(job.vm().empty());
                for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
            }
}

// The node has so much to do that the VM is not listed for ten minutes.
TEST_P(reading_22_polls_that_are_not_served, OneVmAlsoWhereItIsNotListedForLong) {
    for (const bool refuses : {true, false}) {
        scene s;
        s.upstream().zstack.refuses_known_jobs = refuses;
        s.upstream().zstack.clone_limit = 1;
        s.upstream().zstack_clone.ms = 600'000;
        s.trouble_until(seconds_in(1'500));
        s.add_cloud().options.zstack.refuses_known_tasks = refuses;
        s.rule(answer());
        s.zstack_clone("web-1");
        s.zstack_clone("web-2");
        const auto seen = s.run();

        for (const auto* name : {"web-1", "web-2"}) {
            const auto& job = seen.job(name);
            EXPECT_EQ(job.operations.size(), 1U) << "sent again: two VMs; " << refuses;
            EXPECT_EQ(job.state(), job_state::succeeded) << job.words();
        }
    }
}

// The same now and then only, and in each way in which it may be said.
TEST(reading_22_polls_that_are_not_always_served, OneVmForEachJob) {
    for (const auto* way : {"id_1001", "id_1001_404", "expired"})
        for (const bool refuses : {true, false}) {
            scene s;
            auto& node = s.upstream().zstack;
            node.poll_unknown = 0.5;
            node.poll_unknown_as = way;
            node.refuses_known_jobs = refuses;
            node.clone_limit = 2;
            s.upstream().zstack_clone.ms = 20'000;
            s.trouble_until(seconds_in(120));
            s.add_cloud().options.zstack.refuses_known_tasks = refuses;
            for (int i = 0; i < 4; ++i) s.zstack_clone(concat("web-", std::to_string(i)));
            s.kill(seconds_in(25), seconds_in(5));
            const auto seen = s.run();

            for (const auto& [key, job] : seen.jobs) {
                EXPECT_EQ(job.operations.size(), 1U) << key << ": sent again; " << way << refuses;
                EXPECT_EQ(job.state(), job_state::succeeded) << key << ": " << job.words();
            }
            EXPECT_EQ(seen.jobs.size(), 4U);
        }
}

INSTANTIATE_TEST_SUITE_P(Fronts,
                         reading_22_polls_that_are_not_served,
                         ::testing::Values(front{"no_session", 503, "ID.1001"},
                                           front{"not_known", 404, ""}));

}  // namespace
}  // namespace cloned::readings
