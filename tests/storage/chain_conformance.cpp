#include "tests/storage/store_world.hpp"

namespace cloned::storage {
namespace {

job_request after(job_request job, std::string key) {
    job.after = std::move(key);
    return job;
}

// a makes a VM; b powers it on, c waits for b.
class Chains : public JobStore {
public:
    void SetUp() override {
        JobStore::SetUp();
        store->on_release([this](const released_jobs& jobs) { released.push_back(jobs); });
        std::vector<job_request> jobs{clone_job("a", "web-1"), after(power_on_job("b", ""), "a"),
                                      after(power_on_job("c", ""), "b")};
        first = value(store->accept(batch_of("x", std::move(jobs)))).batch.first_job;
    }
    job_id id(int place) const { return job_id{first.value + place}; }
    job_state state(int place) { return job(id(place)).progress.state; }

    void end(int place,
             job_state how,
             std::optional<std::string> vm = std::nullopt,
             wall_time at = noon) {
        const auto now = job(id(place)).progress;
        auto change = move_job(id(place), now.fence, now.state, how, at);
        change.vm = std::move(vm);
        if (how == job_state::failed) change.last_error = error(errc::upstream_failed, "no room");
        value(store->change(std::move(change)));
    }
    std::int64_t queued_by_release() const {
        std::int64_t sum = 0;
        for (const auto& jobs : released)
            for (const auto& queue : jobs.queued) sum += queue.jobs;
        return sum;
    }

    job_id first;
    std::vector<released_jobs> released;
};
CLONED_FOR_EVERY_THREADING(Chains);

TEST_P(Chains, AJobThatWaitsForAnotherIsBlockedAndNoTimeWakesIt) {
    EXPECT_EQ(state(0), job_state::queued);
    EXPECT_EQ(state(1), job_state::blocked);
    EXPECT_EQ(job(id(1)).request.after, "a");
    EXPECT_EQ(job(id(1)).after, id(0));

    value(store->wake_due(after_noon(std::int64_t{1} << 45), 100));

    EXPECT_EQ(state(1), job_state::blocked);
}

TEST_P(Chains, ASuccessQueuesTheNextWithTheVmThatWasMade) {
    end(0, job_state::succeeded, "vm-100", after_noon(5));

    EXPECT_EQ(state(1), job_state::queued);
    EXPECT_EQ(state(2), job_state::blocked);
    EXPECT_EQ(job(id(1)).given_vm, "vm-100");
    EXPECT_EQ(queued_by_release(), 1);
    const auto loaded = value(store->load_batch(job(id(1)).batch, {job_state::queued}, {}, 10));
    ASSERT_EQ(loaded.size(), 1u);
    EXPECT_EQ(source_of(loaded[0].spec), "vm-100");
    EXPECT_EQ(loaded[0].ready_at, after_noon(5));
    EXPECT_EQ(source_of(job(id(1)).request.spec), "");
}

TEST_P(Chains, AFailureFailsAllThatWaitForItAndSaysWhy) {
    end(0, job_state::failed);

    EXPECT_EQ(state(1), job_state::failed);
    EXPECT_EQ(state(2), job_state::failed);
    const auto said = job(id(2)).progress.last_error;
    ASSERT_TRUE(said);
    EXPECT_NE(said->message().find("job b, which it waited for, failed"), std::string::npos);
    EXPECT_NE(said->message().find("no room"), std::string::npos);
    EXPECT_EQ(batch("uid-x").counts[job_state::failed], 3);
    EXPECT_TRUE(batch("uid-x").ended_at);
}

TEST_P(Chains, ACancellationCancelsAllThatWaitForIt) {
    end(0, job_state::cancelled);

    EXPECT_EQ(state(1), job_state::cancelled);
    EXPECT_EQ(state(2), job_state::cancelled);
}

TEST_P(Chains, ASuccessWithoutAVmFailsTheJobThatNeedsOne) {
    end(0, job_state::succeeded);

    EXPECT_EQ(state(1), job_state::failed);
}

TEST_P(Chains, ARetryResumesAtTheFailedLink) {
    end(0, job_state::succeeded, "vm-100");
    end(1, job_state::failed);
    ASSERT_EQ(state(2), job_state::failed);
    released.clear();

    auto again = move_job(id(1), job(id(1)).progress.fence, job_state::failed, job_state::queued);
    value(store->change(again));
    auto later = move_job(id(2), job(id(2)).progress.fence, job_state::failed, job_state::queued);
    value(store->change(later));

    EXPECT_EQ(state(0), job_state::succeeded);
    EXPECT_EQ(state(1), job_state::queued);
    EXPECT_EQ(state(2), job_state::blocked);
    EXPECT_EQ(queued_by_release(), 1);
    end(1, job_state::succeeded, "vm-100");
    EXPECT_EQ(state(2), job_state::queued);
}

TEST_P(Chains, AJobIsNotRetriedBeforeTheOneThatItWaitsFor) {
    end(0, job_state::failed);

    auto again = move_job(id(1), job(id(1)).progress.fence, job_state::failed, job_state::queued);
    const auto refused = await(store->change(again));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::failed_precondition);
    EXPECT_EQ(state(1), job_state::failed);
}

TEST_P(Chains, NotBeforeHoldsAfterTheReleaseToo) {
    auto late = after(power_on_job("late", ""), "early");
    late.not_before = after_noon(9'000);
    auto accepted =
        value(store->accept(batch_of("y", {clone_job("early", "web-9"), std::move(late)})));
    first = accepted.batch.first_job;

    end(0, job_state::succeeded, "vm-100", after_noon(1'000));

    EXPECT_EQ(state(1), job_state::blocked);
    EXPECT_EQ(job(id(1)).progress.wake_at, after_noon(9'000));
    ASSERT_FALSE(released.empty());
    EXPECT_EQ(released.back().next_wake, after_noon(9'000));
}

TEST_P(Chains, SurviveARestart) {
    open();
    store->on_release([this](const released_jobs& jobs) { released.push_back(jobs); });

    end(0, job_state::succeeded, "vm-100");

    EXPECT_EQ(state(1), job_state::queued);
    EXPECT_EQ(queued_by_release(), 1);
}

TEST_P(Chains, ThatLeadNowhereAreRefused) {
    for (const auto* key : {"nobody", "k"}) {
        const auto refused =
            await(store->accept(batch_of(key, {after(power_on_job("k", "vm-1"), key)})));
        ASSERT_FALSE(refused) << key;
        EXPECT_EQ(refused.error().code(), errc::invalid_argument);
    }
    const auto circle = await(store->accept(batch_of(
        "z", {after(power_on_job("p", "vm-1"), "q"), after(power_on_job("q", "vm-1"), "p")})));
    EXPECT_FALSE(circle);
}

}  // namespace
}  // namespace cloned::storage
