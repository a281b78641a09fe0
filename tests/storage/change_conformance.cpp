#include "tests/storage/store_world.hpp"

#include "base/task_group.hpp"

#include <boost/asio/post.hpp>

namespace cloned::storage {
namespace {

class ChangesInJobStore : public JobStore {
public:
    job_id accept_one(job_request job = power_on_job("k", "vm-1")) {
        return value(store->accept(batch_of("a", {std::move(job)}))).batch.first_job;
    }
};
CLONED_FOR_EVERY_THREADING(ChangesInJobStore);

TEST_P(ChangesInJobStore, KeepEveryFieldThatIsGiven) {
    const auto id = accept_one();
    auto change = move_job(id, 0, job_state::queued, job_state::running, after_noon(10));
    change.attempt = 2;
    change.cancel_requested = true;
    change.task_id = "task-1:com.example";
    change.vm = "vm-99";
    change.last_error = error(errc::upstream_failed, "the host is full");
    change.sent_at = after_noon(9);

    value(store->change(change));

    const auto progress = job(id).progress;
    EXPECT_EQ(progress.state, job_state::running);
    EXPECT_EQ(progress.fence, 1);
    EXPECT_EQ(progress.attempt, 2u);
    EXPECT_TRUE(progress.cancel_requested);
    EXPECT_EQ(progress.task_id, "task-1:com.example");
    EXPECT_EQ(progress.vm, "vm-99");
    EXPECT_EQ(progress.last_error, error(errc::upstream_failed, "the host is full"));
    EXPECT_EQ(progress.sent_at, after_noon(9));
    EXPECT_EQ(progress.changed_at, after_noon(10));
}

TEST_P(ChangesInJobStore, LeaveWhatIsNotGivenAndClearWhatIsEmpty) {
    const auto id = accept_one();
    auto first = move_job(id, 0, job_state::queued, job_state::running);
    first.task_id = "task-1";
    first.vm = "vm-99";
    first.cancel_requested = true;
    first.last_error = error(errc::unavailable, "down");
    first.sent_at = after_noon(1);
    value(store->change(first));

    auto second = move_job(id, 1, job_state::running, job_state::in_doubt);
    second.task_id = "";
    value(store->change(second));

    const auto progress = job(id).progress;
    EXPECT_EQ(progress.task_id, "");
    EXPECT_EQ(progress.vm, "vm-99");
    EXPECT_TRUE(progress.cancel_requested);
    EXPECT_EQ(progress.last_error, error(errc::unavailable, "down"));
    EXPECT_EQ(progress.sent_at, after_noon(1));
}

TEST_P(ChangesInJobStore, AreRefusedWhenTheirConditionDoesNotHold) {
    const auto id = accept_one();
    value(store->change(move_job(id, 0, job_state::queued, job_state::submitting)));
    const auto before = value(store->last_event());

    for (const auto& stale : {move_job(id, 0, job_state::submitting, job_state::running),
                              move_job(id, 2, job_state::submitting, job_state::running),
                              move_job(id, 1, job_state::queued, job_state::running),
                              move_job(job_id{999}, 0, job_state::queued, job_state::running)}) {
        const auto refused = await(store->change(stale));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), errc::aborted);
    }
    EXPECT_EQ(job(id).progress.state, job_state::submitting);
    EXPECT_EQ(job(id).progress.fence, 1);
    EXPECT_EQ(value(store->last_event()), before);
}

TEST_P(ChangesInJobStore, LetOneOfManyRacersWin) {
    const auto id = accept_one();
    std::vector<std::optional<result<event_id>>> outcomes(20);
    for (auto& outcome : outcomes)
        start(store->change(move_job(id, 0, job_state::queued, job_state::submitting)), outcome);
    run();

    int won = 0;
    for (const auto& outcome : outcomes) won += outcome && *outcome ? 1 : 0;
    EXPECT_EQ(won, 1);
    EXPECT_TRUE(outcomes.front() && *outcomes.front()) << "writes take effect in their order";
    EXPECT_EQ(value(store->history(id, 10)).size(), 1u);
}

TEST_P(ChangesInJobStore, CountEveryMoveFromEveryState) {
    const auto id = accept_one();
    std::int64_t fence = 0;
    auto state = job_state::queued;
    const auto go = [&](job_state to) {
        ASSERT_TRUE(await(store->change(move_job(id, fence, state, to, after_noon(fence)))))
            << to_string(state) << " to " << to_string(to);
        ++fence;
        state = to;
        const auto now = batch("uid-a");
        EXPECT_EQ(now.counts[to], 1);
        EXPECT_EQ(now.counts.total(), 1);
        EXPECT_EQ(now.ended_at.has_value(), is_ended(to));
        EXPECT_EQ(job(id).ended_at.has_value(), is_ended(to));
        EXPECT_EQ(job(id).progress.wake_at.has_value(), to == job_state::blocked);
        EXPECT_EQ(value(store->queues()).size(), to == job_state::queued ? 1u : 0u);
        EXPECT_EQ(value(store->load_unsettled()).size(), is_unsettled(to) ? 1u : 0u);
    };
    for (std::size_t from = 0; from < job_state_count; ++from)
        for (std::size_t to = 0; to < job_state_count; ++to) {
            go(static_cast<job_state>(from));
            go(static_cast<job_state>(to));
        }
}

TEST_P(ChangesInJobStore, NeedATimeToBlockAJob) {
    const auto id = accept_one();
    auto change = move_job(id, 0, job_state::queued, job_state::blocked);
    change.wake_at.reset();

    EXPECT_EQ(await(store->change(change)).error().code(), errc::invalid_argument);
    EXPECT_EQ(job(id).progress.state, job_state::queued);
}

TEST_P(ChangesInJobStore, EndABatchWithItsLastJobAndReopenItByARetry) {
    const auto first = value(store->accept(numbered_batch("a", 2))).batch.first_job;
    const job_id second{first.value + 1};

    value(store->change(move_job(first, 0, job_state::queued, job_state::failed, after_noon(1))));
    EXPECT_FALSE(batch("uid-a").ended_at);
    value(
        store->change(move_job(second, 0, job_state::queued, job_state::succeeded, after_noon(2))));
    EXPECT_EQ(batch("uid-a").ended_at, after_noon(2));
    value(store->change(move_job(first, 1, job_state::failed, job_state::queued, after_noon(3))));
    EXPECT_FALSE(batch("uid-a").ended_at);
    value(
        store->change(move_job(first, 2, job_state::queued, job_state::cancelled, after_noon(4))));
    EXPECT_EQ(batch("uid-a").ended_at, after_noon(4));
}

TEST_P(ChangesInJobStore, OfManyJobsAreJudgedOneByOne) {
    const auto first = value(store->accept(numbered_batch("a", 3))).batch.first_job;
    std::vector<job_change> changes;
    for (int i = 0; i < 3; ++i)
        changes.push_back(move_job(job_id{first.value + i}, i == 1 ? 5 : 0, job_state::queued,
                                   job_state::cancelled));

    const auto outcomes = value(store->change_all(std::move(changes)));

    ASSERT_EQ(outcomes.size(), 3u);
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().code(), errc::aborted);
    EXPECT_TRUE(outcomes[2]);
    EXPECT_EQ(batch("uid-a").counts[job_state::cancelled], 2);
}

TEST_P(ChangesInJobStore, WakeTheBlockedWhoseTimeHasCome) {
    auto wanted = numbered_batch("a", 4);
    for (int i = 0; i < 3; ++i)
        wanted.jobs[static_cast<std::size_t>(i)].not_before = after_noon(100 * (i + 1));
    const auto first = value(store->accept(std::move(wanted))).batch.first_job;
    EXPECT_EQ(value(store->next_due()).wake, after_noon(100));

    EXPECT_TRUE(value(store->wake_due(after_noon(99), 10)).empty());
    EXPECT_EQ(value(store->wake_due(after_noon(300), 1)).at(0).jobs, 1);
    const auto woken = value(store->wake_due(after_noon(200), 10));

    ASSERT_EQ(woken.size(), 1u);
    EXPECT_EQ(woken[0].jobs, 1);
    EXPECT_EQ(woken[0].first_job, first.value + 1);
    EXPECT_EQ(value(store->next_due()).wake, after_noon(300));
    EXPECT_EQ(batch("uid-a").counts[job_state::queued], 3);
    EXPECT_EQ(value(store->history(first, 10)).at(0).to, job_state::queued);
}

TEST_P(ChangesInJobStore, FailWhatWaitsBeyondItsDeadline) {
    auto wanted = numbered_batch("a", 4);
    for (auto& job : wanted.jobs) job.deadline = after_noon(100);
    wanted.jobs[1].not_before = after_noon(50);
    wanted.jobs[3].deadline = after_noon(900);
    const auto first = value(store->accept(std::move(wanted))).batch.first_job;
    value(store->change(
        move_job(job_id{first.value + 2}, 0, job_state::queued, job_state::submitting)));
    EXPECT_EQ(value(store->next_due()).deadline, after_noon(100));

    EXPECT_TRUE(value(store->expire_due(after_noon(99), 10)).empty());
    const auto expired = value(store->expire_due(after_noon(100), 10));

    ASSERT_EQ(expired.size(), 2u);
    EXPECT_EQ(expired[0].key, "k0");
    EXPECT_EQ(expired[1].from, job_state::blocked);
    EXPECT_EQ(job(first).progress.state, job_state::failed);
    EXPECT_EQ(job(first).progress.last_error->code(), errc::deadline_exceeded);
    EXPECT_EQ(job(job_id{first.value + 2}).progress.state, job_state::submitting);
    EXPECT_EQ(value(store->next_due()).deadline, after_noon(900));
}

TEST_P(ChangesInJobStore, AreSeenByEveryReadThatFollows) {
    const auto id = accept_one();
    auto check = [&]() -> task<result<void>> {
        for (std::int64_t fence = 0; fence < 200; ++fence) {
            auto change = move_job(id, fence, job_state::queued, job_state::queued);
            auto changed = co_await store->change(std::move(change));
            auto found = co_await store->find_job(id);
            if (!changed || !found) co_return fail(errc::internal, "failed");
            if (found->progress.fence != fence + 1) co_return fail(errc::internal, "stale");
        }
        co_return result<void>();
    };

    const auto outcome = await(check());

    EXPECT_TRUE(outcome) << outcome.error().message();
}

TEST_P(ChangesInJobStore, AreCompletedThoughTheCallerIsCancelled) {
    const auto id = accept_one();
    bool resumed = false;
    task_group group(loop);
    auto body = [&]() -> task<void> {
        auto change = move_job(id, 0, job_state::queued, job_state::submitting);
        auto outcome = co_await store->change(std::move(change));
        resumed = outcome.has_value();
    };
    auto after_it_began = [&] { asio::post(loop, [&] { group.cancel(); }); };

    group.spawn("change", body());
    asio::post(loop, after_it_began);
    run();

    EXPECT_TRUE(resumed);
    EXPECT_EQ(job(id).progress.state, job_state::submitting);
}

TEST_P(ChangesInJobStore, AreToldToTheListenerAfterTheyCanBeRead) {
    const auto id = accept_one();
    std::vector<event_id> told;
    store->on_commit([&](event_id last) { told.push_back(last); });

    const auto event =
        value(store->change(move_job(id, 0, job_state::queued, job_state::submitting)));
    const auto refused =
        await(store->change(move_job(id, 0, job_state::queued, job_state::submitting)));

    EXPECT_FALSE(refused);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0], event);
    EXPECT_EQ(value(store->last_event()), event);
}

}  // namespace
}  // namespace cloned::storage
