// A 401 to one kind of call, while the session is accepted for every other: a session costs the
// upstream one of the few that it grants a user (550, tanzu-cli#749).

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

simulator::fault_rule refuses(const char* method, const char* path) {
    simulator::fault_rule out;
    out.method = method;
    out.path = path;
    out.fault = simulator::fault_kind::unauthenticated;
    return out;
}

TEST(reading_10_one_call_refused, ACloneThatIsRefusedCostsNoSessions) {
    scene s;
    s.add_vcenter();
    s.rule(refuses("POST", "/api/vcenter/vm?action=clone*"));
    s.clone("web-1");
    s.clone("web-2");
    s.trouble_until(seconds_in(3'600));

    const auto seen = s.run();

    EXPECT_LE(seen.logins, 12U);
    EXPECT_EQ(seen.job("web-1").state(), job_state::succeeded) << seen.job("web-1").words();
    EXPECT_TRUE(seen.job("web-1").told("accepts the session"));
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

TEST(reading_10_one_call_refused, ATaskListThatIsRefusedCostsNoSessions) {
    scene s;
    s.add_vcenter();
    s.rule(refuses("POST", "/api/cis/tasks?action=list"));
    s.clone("web-1");
    s.trouble_until(seconds_in(3'600));

    const auto seen = s.run();

    EXPECT_LE(seen.logins, 12U);
    EXPECT_EQ(seen.job("web-1").state(), job_state::succeeded) << seen.job("web-1").words();
}

TEST(reading_10_one_call_refused, ALinkedCloneThatIsRefusedCostsNoSessions) {
    scene s;
    s.add_vcenter();
    s.add_snapservice();
    s.rule(refuses("POST", "/api/snapservice/clusters/*"));
    s.linked_clone("web-1");
    s.trouble_until(seconds_in(3'600));

    const auto seen = s.run();

    EXPECT_LE(seen.logins, 12U);
    EXPECT_EQ(seen.job("web-1").state(), job_state::succeeded) << seen.job("web-1").words();
}

}  // namespace
}  // namespace cloned::readings
