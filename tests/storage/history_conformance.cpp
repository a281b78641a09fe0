#include "tests/storage/store_world.hpp"

namespace cloned::storage {
namespace {

class HistoryOfJobStore : public JobStore {
public:
    // One job that is moved between queued and submitting; detail tells the step.
    job_id accept_and_move(const std::string& name, int steps) {
        const auto id = value(store->accept(batch_of(name, {power_on_job("k-" + name, "vm-1")})))
                            .batch.first_job;
        for (int i = 0; i < steps; ++i) step(id, i);
        return id;
    }
    event_id step(job_id id, int i) {
        const auto even = i % 2 == 0;
        auto change = move_job(id, i, even ? job_state::queued : job_state::submitting,
                               even ? job_state::submitting : job_state::queued, after_noon(i));
        change.detail = "step " + std::to_string(i);
        return value(store->change(std::move(change)));
    }
};
CLONED_FOR_EVERY_THREADING(HistoryOfJobStore);

TEST_P(HistoryOfJobStore, TellsEveryChange) {
    const auto id =
        value(store->accept(batch_of("a", {power_on_job("key", "vm-1")}))).batch.first_job;
    auto change = move_job(id, 0, job_state::queued, job_state::running, after_noon(5));
    change.attempt = 2;
    change.vm = "vm-9";
    change.detail = "the upstream took it";
    const auto event = value(store->change(change));

    const auto told = value(store->history(id, 10));

    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].id, event);
    EXPECT_EQ(told[0].job, id);
    EXPECT_EQ(told[0].key, "key");
    EXPECT_EQ(told[0].at, after_noon(5));
    EXPECT_EQ(told[0].from, job_state::queued);
    EXPECT_EQ(told[0].to, job_state::running);
    EXPECT_EQ(told[0].attempt, 2u);
    EXPECT_EQ(told[0].vm, "vm-9");
    EXPECT_EQ(told[0].detail, "the upstream took it");
}

TEST_P(HistoryOfJobStore, GivesTheNewestWhereThereAreTooMany) {
    const auto id = accept_and_move("a", 6);

    const auto told = value(store->history(id, 2));

    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].detail, "step 4");
    EXPECT_EQ(told[1].detail, "step 5");
}

TEST_P(HistoryOfJobStore, IsReadWithoutAGapFromAnyPosition) {
    const auto a = accept_and_move("a", 3);
    const auto b = accept_and_move("b", 4);
    for (int i = 3; i < 8; ++i) step(a, i);
    const auto last = value(store->last_event());

    for (std::int64_t start = 0; start <= last.value; ++start) {
        std::size_t expected = 0;
        for (const auto& event : value(store->history(a, 100)))
            expected += event.id.value > start ? 1 : 0;
        event_id position{start};
        std::size_t read = 0;
        while (position.value < last.value) {
            const auto page = value(store->events_after(position, a, 1, 2));
            ASSERT_GT(page.upto, position);
            for (const auto& event : page.events) {
                EXPECT_EQ(event.job, a);
                EXPECT_GT(event.id, position);
                EXPECT_LE(event.id, page.upto);
            }
            read += page.events.size();
            position = page.upto;
        }
        EXPECT_EQ(read, expected) << "from " << start;
    }
    EXPECT_NE(a, b);
}

// Far behind, the changes are looked up by job instead; the answer is the same.
TEST_P(HistoryOfJobStore, IsTheSameForOneWhoIsFarBehind) {
    const auto a = accept_and_move("a", 2);
    const auto noisy = accept_and_move("b", 0);
    std::vector<job_change> changes;
    for (int i = 0; i < 21'000; ++i)
        changes.push_back(move_job(noisy, i, job_state::queued, job_state::queued));
    value(store->change_all(std::move(changes)));
    step(a, 2);

    const auto one = value(store->events_after(event_id{0}, a, 1, 1));
    const auto all = value(store->events_after(event_id{0}, a, 1, 10));

    EXPECT_EQ(one.upto, one.events.at(0).id);
    ASSERT_EQ(all.events.size(), 3u);
    EXPECT_EQ(all.events[2].detail, "step 2");
    EXPECT_EQ(all.upto, value(store->last_event()));
}

class PurgesOfJobStore : public HistoryOfJobStore {
public:
    batch_record accept_and_end(const std::string& name, int jobs, std::int64_t at) {
        auto record = value(store->accept(numbered_batch(name, jobs))).batch;
        for (int i = 0; i < jobs; ++i)
            value(store->change(move_job(job_id{record.first_job.value + i}, 0, job_state::queued,
                                         job_state::succeeded, after_noon(at))));
        return record;
    }
};
CLONED_FOR_EVERY_THREADING(PurgesOfJobStore);

TEST_P(PurgesOfJobStore, TakeOnlyWhatEndedLongAgo) {
    const auto old = accept_and_end("old", 3, 100);
    accept_and_end("young", 3, 200);
    value(store->accept(numbered_batch("open", 3)));

    const auto outcome = value(store->purge_ended(after_noon(200), 1000));

    EXPECT_EQ(outcome.batches, 1);
    EXPECT_EQ(outcome.jobs, 3);
    EXPECT_FALSE(outcome.more);
    EXPECT_FALSE(await(store->find_batch("uid-old")));
    EXPECT_FALSE(await(store->find_job("uid-old", "k0")));
    EXPECT_FALSE(await(store->find_job(old.first_job)));
    EXPECT_TRUE(value(store->history(old.first_job, 10)).empty());
    EXPECT_EQ(value(store->list_jobs({}, job_id{}, 100)).size(), 6u);
    EXPECT_TRUE(await(store->accept(numbered_batch("old", 3))));
}

TEST_P(PurgesOfJobStore, GoInStepsOfTheGivenSize) {
    const auto old = accept_and_end("old", 10, 100);
    accept_and_end("old2", 1, 101);
    value(store->accept(numbered_batch("open", 1)));

    std::int64_t jobs = 0;
    int steps = 0;
    for (bool more = true; more; ++steps) {
        const auto outcome = value(store->purge_ended(after_noon(500), 4));
        EXPECT_LE(outcome.jobs, 4);
        jobs += outcome.jobs;
        more = outcome.more;
        // Half a batch is never shown.
        EXPECT_FALSE(await(store->find_batch("uid-old")));
        EXPECT_FALSE(await(store->find_job(job_id{old.first_job.value + 9})));
        ASSERT_LT(steps, 10);
    }
    EXPECT_EQ(jobs, 11);
    EXPECT_EQ(steps, 3);
    EXPECT_EQ(value(store->list_jobs({}, job_id{}, 100)).size(), 1u);
}

TEST_P(PurgesOfJobStore, NeverGiveAnIdOutAgain) {
    const auto old = accept_and_end("old", 3, 100);
    const auto event = value(store->last_event());
    value(store->purge_ended(after_noon(500), 1000));
    open();

    EXPECT_EQ(value(store->last_event()), event);
    const auto young = value(store->accept(numbered_batch("young", 1))).batch;
    const auto next = step(young.first_job, 0);

    EXPECT_EQ(young.first_job.value, old.first_job.value + 3);
    EXPECT_GT(young.id, old.id);
    EXPECT_EQ(next.value, event.value + 1);
}

TEST_P(PurgesOfJobStore, AreNotUndoneByARevival) {
    const auto old = accept_and_end("old", 10, 100);
    value(store->purge_ended(after_noon(500), 4));

    const auto refused = await(store->change(
        move_job(job_id{old.first_job.value + 9}, 1, job_state::succeeded, job_state::queued)));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::not_found);
    EXPECT_FALSE(value(store->purge_ended(after_noon(500), 1000)).more);
}

}  // namespace
}  // namespace cloned::storage
