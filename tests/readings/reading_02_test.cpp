// Whether the list of tasks is served for our services and to our account: "Cannot find provider"
// was seen on a live vCenter for another service, and more than 1,000 tasks are shown to nobody.

#include "tests/readings/scene.hpp"

#include <gtest/gtest.h>

namespace cloned::readings {
namespace {

using simulator::fault_kind;
using simulator::list_reading;

class Reading02 : public ::testing::TestWithParam<list_reading> {
protected:
    Reading02() {
        s.upstream().task_list = GetParam();
        s.upstream().names = simulator::name_mode::allow;
        s.add_vcenter();
    }
    scene s;
};

// Nothing arrived, and no look can prove it: the operator is told in the upstream's words, the
// other job goes on, and the endpoint's breaker stays closed.
TEST_P(Reading02, ADoubtThatNoListCanSettleEndsAtTheOperators) {
    s.fault_once(clone_calls, fault_kind::drop_before);
    s.clone("web-1");
    s.clone("web-2", seconds_in(20));
    const auto seen = s.run();
    const auto& job = seen.job("web-1");
    EXPECT_EQ(job.state(), job_state::needs_operator) << job.words();
    EXPECT_TRUE(job.told("the upstream does not show its tasks")) << job.words();
    EXPECT_TRUE(job.operations.empty()) << "sent again without a proof";
    EXPECT_EQ(seen.job("web-2").state(), job_state::succeeded) << seen.job("web-2").words();
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

// It arrived, and only its answer was lost: present and complete settles.
TEST_P(Reading02, AVmThatIsThereSettlesTheDoubt) {
    s.fault_once(clone_calls, fault_kind::drop_after);
    s.clone("web-1");
    const auto seen = s.run();
    EXPECT_EQ(seen.job("web-1").state(), job_state::succeeded) << seen.job("web-1").words();
    EXPECT_EQ(seen.job("web-1").operations.size(), 1U);
    for (const auto& wrong : seen.report.violations) ADD_FAILURE() << wrong.words;
}

INSTANTIATE_TEST_SUITE_P(Lists,
                         Reading02,
                         ::testing::Values(list_reading::refused_400, list_reading::refused_403),
                         [](const auto& of) {
                             return std::string(
                                 words(of.param)[static_cast<std::size_t>(of.param)]);
                         });

// More tasks than are shown: the same, after more looks, for that may pass.
TEST(Reading02, MoreThanAThousandLiveTasksHideOurs) {
    scene s;
    s.upstream().strange_tasks = 1'001;
    s.upstream().names = simulator::name_mode::allow;
    s.add_vcenter();
    s.fault_once(clone_calls, fault_kind::drop_before);
    s.clone("web-1");
    s.clone("web-2", seconds_in(20));
    const auto seen = s.run();
    EXPECT_EQ(seen.job("web-1").state(), job_state::needs_operator) << seen.job("web-1").words();
    EXPECT_TRUE(seen.job("web-1").told("RESOURCE_INACCESSIBLE")) << seen.job("web-1").words();
    EXPECT_EQ(seen.job("web-2").state(), job_state::succeeded) << seen.job("web-2").words();
}

// The list by ids is refused as well: each task is asked for by itself.
TEST(Reading02, TasksThatCannotBeListedArePolledOneByOne) {
    for (const auto how : {list_reading::refused_400, list_reading::refused_403}) {
        scene s;
        s.upstream().task_list_ids = how;
        s.add_vcenter();
        s.add_snapservice();
        s.clone("web-1");
        s.linked_clone("web-2");
        const auto seen = s.run();
        EXPECT_EQ(seen.job("web-1").state(), job_state::succeeded) << seen.job("web-1").words();
        EXPECT_EQ(seen.job("web-2").state(), job_state::succeeded) << seen.job("web-2").words();
    }
}

}  // namespace
}  // namespace cloned::readings
