#include "tests/storage/store_world.hpp"

#include <stdlib.h>

// A process that is killed at a crash point, and the one that comes after it.
#ifdef CLONED_TEST_SWITCHES

namespace cloned::storage {
namespace {

constexpr const char* place_variable = "CLONED_STORAGE_TEST_PLACE";

class KilledStore : public ::testing::TestWithParam<store_threading> {
public:
    KilledStore() {
        GTEST_FLAG_SET(death_test_style, "threadsafe");
        // The killed process runs the test from its start and must find the parent's directory.
        if (::getenv(place_variable) == nullptr) {
            ::setenv(place_variable, dir_.path().c_str(), 1);
            owner_ = true;
        }
    }
    ~KilledStore() override {
        if (owner_) ::unsetenv(place_variable);
    }

    void prepare(store_world& world) {
        world.options.path = std::string(::getenv(place_variable)) + "/queue.db";
        world.open();
    }

    // Accepts one batch, then is to die while a change is made.
    void live_until(const char* crash_point) {
        ::setenv("CLONED_CRASH_AT", crash_point, 1);
        store_world world(GetParam());
        prepare(world);
        world.value(world.store->accept(numbered_batch("a", 3)));
        world.value(
            world.store->change(move_job(job_id{1}, 0, job_state::queued, job_state::submitting)));
    }

    job_state state_after_restart() {
        store_world world(GetParam());
        prepare(world);
        EXPECT_EQ(world.batch("uid-a").counts.total(), 3);
        return world.job(job_id{1}).progress.state;
    }

private:
    testing::temp_dir dir_;
    bool owner_ = false;
};
CLONED_FOR_EVERY_THREADING(KilledStore);

TEST_P(KilledStore, BeforeTheCommitHasChangedNothing) {
    EXPECT_EXIT(live_until("store.intent.before_commit"), ::testing::KilledBySignal(SIGKILL), "");

    EXPECT_EQ(state_after_restart(), job_state::queued);
}

// I1, I4
TEST_P(KilledStore, AfterTheCommitHasKeptTheChange) {
    EXPECT_EXIT(live_until("store.intent.after_commit"), ::testing::KilledBySignal(SIGKILL), "");

    EXPECT_EQ(state_after_restart(), job_state::submitting);
}

}  // namespace
}  // namespace cloned::storage

#endif
