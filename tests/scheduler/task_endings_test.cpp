// Tasks that have succeeded without a word on which VM they made.

#include "tests/scheduler/rig.hpp"

#include <gtest/gtest.h>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using testing::script;
using enum job_state;

class TaskEndings : public ::testing::Test {
protected:
    TaskEndings() {
        here.upstream().expect("a", {.vm_untold = true});
        here.start();
        batch = here.accept(here.clone("a"));
        EXPECT_TRUE(here.until_in(batch, "a", running));
    }

    rig here;
    batch_record batch;
};

TEST_F(TaskEndings, TheVmThatBearsTheNameIsTheJobs) {
    ASSERT_TRUE(here.until_in(batch, "a", succeeded));

    EXPECT_EQ(here.job(batch, "a").progress.vm, here.upstream().occupant("a"));
}

// I11: none can be told to be the job's, and "several" is no VM.
TEST_F(TaskEndings, OfSeveralVmsNoneIsTakenForTheJobs) {
    here.upstream().add_vm("a");

    ASSERT_TRUE(here.until_in(batch, "a", needs_operator));

    const auto seen = here.job(batch, "a").progress;
    EXPECT_EQ(seen.vm, "");
    ASSERT_TRUE(seen.last_error);
    EXPECT_NE(seen.last_error->message().find("2 VMs are named a"), std::string::npos)
        << seen.last_error->message();
    EXPECT_EQ(here.upstream().submissions.size(), 1U);
}

}  // namespace
}  // namespace cloned::scheduler
