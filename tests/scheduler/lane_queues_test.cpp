#include "daemon/scheduler/lane_queues.hpp"

#include "tests/scheduler/queued_jobs.hpp"

#include <gtest/gtest.h>

#include <set>

namespace cloned::scheduler {
namespace {

using namespace std::chrono_literals;
using ids = std::vector<std::int64_t>;

bool any(const queued_job&) {
    return true;
}
bool nowhere(job_id) {
    return false;
}

ids take(lane_queues& queues, int count, wall_time now = noon) {
    ids out;
    for (int i = 0; i < count; ++i) {
        const auto job = queues.take_next(now, any);
        out.push_back(job ? job->id.value : 0);
    }
    return out;
}

lane_queues::options small() {
    lane_queues::options out;
    out.window = 10;
    out.low_water = 4;
    out.lookahead = 3;
    return out;
}

// --- order

TEST(LaneQueues, GivesTheJobsOfOneTenantInTheOrderOfTheirIds) {
    lane_queues queues(small());
    for (const auto id : {3, 1, 2}) queues.put(waiting{.id = id}.job());

    EXPECT_EQ(take(queues, 4), (ids{1, 2, 3, 0}));
}

// I9
TEST(LaneQueues, AQuietTenantWaitsAtMostOneTurnBehindALoudOne) {
    lane_queues queues(small());
    for (int id = 1; id <= 5'000; ++id) queues.put(waiting{.id = id, .tenant = loud}.job());
    take(queues, 100);

    queues.put(waiting{.id = 9'000, .tenant = quiet}.job());

    const auto next = take(queues, 2);
    EXPECT_TRUE(next[0] == 9'000 || next[1] == 9'000);
}

// I9
TEST(LaneQueues, TenantsTakeTurns) {
    lane_queues queues(small());
    for (int id = 1; id <= 30; ++id)
        queues.put(waiting{.id = id, .tenant = tenant_id{(id - 1) / 10 + 1}}.job());

    const auto order = take(queues, 9);

    for (std::size_t round = 0; round < 3; ++round) {
        std::set<std::int64_t> tenants;
        for (std::size_t i = 0; i < 3; ++i) tenants.insert((order[3 * round + i] - 1) / 10);
        EXPECT_EQ(tenants.size(), 3U) << "round " << round;
    }
}

TEST(LaneQueues, HigherPrioritiesGoFirst) {
    lane_queues queues(small());
    queues.put(waiting{.id = 1, .priority = job_priority::low}.job());
    queues.put(waiting{.id = 2, .priority = job_priority::normal}.job());
    queues.put(waiting{.id = 3, .priority = job_priority::high}.job());

    EXPECT_EQ(take(queues, 3), (ids{3, 2, 1}));
}

TEST(LaneQueues, AnAgedJobOfLowPriorityIsSentAtLeastEverySecondTime) {
    lane_queues queues(small());
    queues.put(waiting{.id = 1, .priority = job_priority::low, .accepted_at = noon}.job());
    for (int id = 2; id <= 50; ++id)
        queues.put(waiting{.id = id, .priority = job_priority::high}.job());

    const auto young = take(queues, 10, noon + 9min);
    EXPECT_EQ(std::count(young.begin(), young.end(), 1), 0);

    const auto aged = take(queues, 2, noon + 10min);
    EXPECT_EQ(std::count(aged.begin(), aged.end(), 1), 1);
}

TEST(LaneQueues, AgedJobsLeaveEverySecondTurnToTheOthers) {
    lane_queues queues(small());
    for (int id = 1; id <= 50; ++id)
        queues.put(waiting{.id = id, .priority = job_priority::low, .accepted_at = noon}.job());
    for (int id = 101; id <= 150; ++id)
        queues.put(waiting{.id = id, .priority = job_priority::high}.job());

    const auto order = take(queues, 20, noon + 1h);

    EXPECT_EQ(std::count_if(order.begin(), order.end(), [](auto id) { return id > 100; }), 10);
}

TEST(LaneQueues, AJobThatMayNotBeSentIsPassedOver) {
    lane_queues queues(small());
    for (int id = 1; id <= 3; ++id) queues.put(waiting{.id = id}.job());
    const auto not_the_first = [](const queued_job& job) { return job.id.value != 1; };

    const auto job = queues.take_next(noon, not_the_first);

    ASSERT_TRUE(job);
    EXPECT_EQ(job->id.value, 2);
    EXPECT_EQ(take(queues, 2), (ids{1, 3}));
}

TEST(LaneQueues, LooksOnlySoFarPastJobsThatMayNotBeSent) {
    lane_queues queues(small());
    for (int id = 1; id <= 10; ++id) queues.put(waiting{.id = id}.job());
    int asked = 0;
    const auto never = [&](const queued_job&) {
        ++asked;
        return false;
    };

    EXPECT_FALSE(queues.take_next(noon, never));
    EXPECT_LE(asked, 6);  // twice the lookahead: once as an aged job, once in turn
    EXPECT_EQ(queues.loaded_jobs(), 10U);
}

TEST(LaneQueues, ATenantWhoseJobsMayNotBeSentDoesNotHoldBackAnother) {
    lane_queues queues(small());
    for (int id = 1; id <= 10; ++id) queues.put(waiting{.id = id, .tenant = loud}.job());
    queues.put(waiting{.id = 11, .tenant = quiet}.job());
    const auto only_quiet = [](const queued_job& job) { return job.tenant == quiet; };

    const auto job = queues.take_next(noon, only_quiet);

    ASSERT_TRUE(job);
    EXPECT_EQ(job->id.value, 11);
}

// --- put and remove

TEST(LaneQueues, AJobThatComesBackGoesToItsPlaceAtTheHead) {
    lane_queues queues(small());
    for (int id = 1; id <= 3; ++id) queues.put(waiting{.id = id}.job());
    take(queues, 1);

    queues.put(waiting{.id = 1}.job());

    EXPECT_EQ(take(queues, 3), (ids{1, 2, 3}));
}

TEST(LaneQueues, ARemovedJobIsNotGiven) {
    lane_queues queues(small());
    for (int id = 1; id <= 3; ++id) queues.put(waiting{.id = id}.job());

    EXPECT_TRUE(queues.remove(job_id{2}, job_priority::normal, loud));
    EXPECT_FALSE(queues.remove(job_id{2}, job_priority::normal, loud));
    EXPECT_FALSE(queues.remove(job_id{1}, job_priority::high, loud));
    EXPECT_FALSE(queues.remove(job_id{1}, job_priority::normal, quiet));
    EXPECT_EQ(take(queues, 3), (ids{1, 3, 0}));
}

// --- windows and backlog

class LaneQueuesLoading : public ::testing::Test {
protected:
    lane_queues queues{small()};
    storage::queue_key queue = waiting().queue();
    std::set<std::int64_t> store;  // ids that are queued there
    std::size_t asked_for_jobs = 0;
    static constexpr std::size_t window = 10;
    const queue_load head{waiting().queue(), window, window};

    void accept(std::int64_t first, std::int64_t last) {
        for (auto id = first; id <= last; ++id) store.insert(id);
        queues.add_backlog({queue, last - first + 1, first});
    }
    // As load_queue() does.
    std::vector<queued_job> read(std::size_t limit = window) const {
        std::vector<queued_job> out;
        for (const auto id : store)
            if (out.size() < limit) out.push_back(waiting{.id = id}.job());
        return out;
    }
    std::vector<queue_load> take_loads() {
        auto out = queues.take_loads(window);
        for (auto& load : out) load.queue.lane = first_lane;
        return out;
    }
    // Loads whatever the queues ask for.
    void load() {
        for (;;) {
            const auto wanted = take_loads();
            if (wanted.empty()) return;
            for (const auto& one : wanted) {
                ++asked_for_jobs;
                queues.loaded(one, read(one.jobs), nowhere);
            }
        }
    }
    // Sends and ends one job; 0 if there is none.
    std::int64_t send() {
        load();
        const auto job = queues.take_next(noon, any);
        if (job) store.erase(job->id.value);
        return job ? job->id.value : 0;
    }
};

TEST_F(LaneQueuesLoading, AskForNothingWhileNothingWaits) {
    EXPECT_TRUE(take_loads().empty());
    EXPECT_TRUE(queues.window_empty());
    EXPECT_EQ(queues.waiting(), 0);
}

TEST_F(LaneQueuesLoading, GiveEveryJobOnceAndInOrder) {
    accept(1, 95);

    for (std::int64_t id = 1; id <= 95; ++id) {
        ASSERT_EQ(send(), id);
        ASSERT_LE(queues.loaded_jobs(), window);
    }
    EXPECT_EQ(send(), 0);
    EXPECT_EQ(queues.waiting(), 0);
}

TEST_F(LaneQueuesLoading, CountWhatWaitsInTheStoreToo) {
    accept(1, 95);
    load();

    EXPECT_EQ(queues.waiting(), 95);
    EXPECT_EQ(queues.loaded_jobs(), 10U);
}

TEST_F(LaneQueuesLoading, ReadPagesAndNotJobs) {
    accept(1, 1'000);
    while (send() != 0) {
    }

    EXPECT_LE(asked_for_jobs, 1'000U / 6 + 2);
}

TEST_F(LaneQueuesLoading, AskOnlyOnceForTheSameQueue) {
    accept(1, 95);

    EXPECT_EQ(take_loads().size(), 1U);
    EXPECT_TRUE(take_loads().empty());
}

TEST_F(LaneQueuesLoading, AskAgainAfterAFailure) {
    accept(1, 95);
    take_loads();

    queues.load_failed(queue);

    EXPECT_EQ(take_loads().size(), 1U);
}

TEST_F(LaneQueuesLoading, StopAskingWhenTheStoreHasNothingMore) {
    queues.add_backlog({queue, 1'000, 1});  // more than there is
    accept(1, 3);
    load();

    EXPECT_TRUE(take_loads().empty());
    EXPECT_EQ(queues.waiting(), 3);
}

TEST_F(LaneQueuesLoading, FindJobsThatCameBackBeforeTheWindow) {
    accept(1, 40);
    for (int i = 0; i < 20; ++i) send();

    accept(5, 6);

    EXPECT_EQ(send(), 5);
    EXPECT_EQ(send(), 6);
    for (std::int64_t id = 21; id <= 40; ++id) ASSERT_EQ(send(), id);
    EXPECT_EQ(send(), 0);
}

TEST_F(LaneQueuesLoading, NeverLoseJobsThatWereAddedWhileTheyLoaded) {
    accept(1, 3);
    const auto wanted = take_loads();
    ASSERT_EQ(wanted.size(), 1U);
    auto seen = read();

    accept(4, 6);
    queues.loaded(head, std::move(seen), nowhere);

    for (std::int64_t id = 1; id <= 6; ++id) EXPECT_EQ(send(), id);
}

TEST_F(LaneQueuesLoading, NeverLoseJobsThatCameBackWhileTheyLoaded) {
    accept(1, 40);
    for (int i = 0; i < 7; ++i) send();
    ASSERT_EQ(take_loads().size(), 1U);
    auto seen = read();

    accept(2, 3);
    queues.loaded(head, std::move(seen), nowhere);

    std::set<std::int64_t> sent;
    for (auto id = send(); id != 0; id = send()) EXPECT_TRUE(sent.insert(id).second) << id;
    EXPECT_EQ(sent.size(), 35U);
}

// A load reads as many more as hold slots in the lane; they must not pile up in memory (I13).
TEST_F(LaneQueuesLoading, KeepNoMoreThanAWindowOfWhatIsRead) {
    accept(1, 500);
    auto wanted = take_loads();
    ASSERT_EQ(wanted.size(), 1U);
    wanted[0].jobs += 300;

    queues.loaded(wanted[0], read(wanted[0].jobs), nowhere);

    EXPECT_EQ(queues.loaded_jobs(), window);
    EXPECT_EQ(queues.waiting(), 500);
    for (std::int64_t id = 1; id <= 500; ++id) ASSERT_EQ(send(), id);
    EXPECT_EQ(send(), 0);
}

// What was sent and has ended while the store was read would be a stale copy.
TEST_F(LaneQueuesLoading, DoNotTakeBackWhatLeftWhileTheyLoaded) {
    accept(101, 110);
    load();
    accept(1, 2);
    const auto wanted = take_loads();
    ASSERT_EQ(wanted.size(), 1U);
    auto seen = read();

    ASSERT_EQ(take(queues, 1), ids{101});
    store.erase(101);
    queues.loaded(wanted[0], std::move(seen), nowhere);

    for (const auto id : {1, 2, 102}) EXPECT_EQ(send(), id);
}

// Those that came back after a failure must not wait for the whole of a window that is full.
TEST_F(LaneQueuesLoading, StillKnowAfterAFailureThatJobsCameBack) {
    accept(11, 50);
    load();
    accept(1, 2);
    ASSERT_EQ(take_loads().size(), 1U);

    queues.load_failed(queue);

    EXPECT_EQ(send(), 1);
    EXPECT_EQ(send(), 2);
    EXPECT_EQ(send(), 11);
}

// The store may already have a job of which the queues are told later. What they have been told of
// while it was read must be found all the same.
TEST_F(LaneQueuesLoading, NeverLoseAJobBecauseMoreWasReadThanTheyKnewOf) {
    accept(1, 1);
    ASSERT_EQ(take_loads().size(), 1U);
    store.insert(2);
    auto seen = read();
    accept(3, 3);

    queues.loaded(head, std::move(seen), nowhere);

    for (std::int64_t id = 1; id <= 3; ++id) EXPECT_EQ(send(), id);
}

TEST_F(LaneQueuesLoading, KeepTheOrderWhenMoreCameBackThanAWindowHolds) {
    accept(101, 140);
    load();

    accept(1, 25);

    for (std::int64_t id = 1; id <= 25; ++id) {
        ASSERT_EQ(send(), id);
        ASSERT_LE(queues.loaded_jobs(), window);
    }
    for (std::int64_t id = 101; id <= 140; ++id) ASSERT_EQ(send(), id);
    EXPECT_EQ(send(), 0);
    EXPECT_EQ(queues.waiting(), 0);
}

TEST_F(LaneQueuesLoading, KeepTheOrderWhenJobsFromBehindTheWindowArePutBack) {
    accept(101, 140);
    load();
    const auto in_flight = take(queues, 6);
    accept(1, 25);
    load();

    for (const auto id : in_flight) queues.put(waiting{.id = id}.job());

    for (std::int64_t id = 1; id <= 25; ++id) ASSERT_EQ(send(), id);
    for (std::int64_t id = 101; id <= 140; ++id) ASSERT_EQ(send(), id);
    EXPECT_EQ(send(), 0);
}

TEST_F(LaneQueuesLoading, KeepAJobAtTheHeadThatWasPutBackWhileTheyLoaded) {
    accept(1, 40);
    for (int i = 0; i < 7; ++i) send();
    ASSERT_EQ(take_loads().size(), 1U);
    auto seen = read();

    store.insert(1);
    queues.put(waiting{.id = 1}.job());
    queues.loaded(head, std::move(seen), nowhere);

    EXPECT_EQ(send(), 1);
    EXPECT_EQ(send(), 8);
}

TEST_F(LaneQueuesLoading, AskForNothingMoreWhenAllThatCameMeanwhileWasRead) {
    accept(1, 3);
    ASSERT_EQ(take_loads().size(), 1U);
    accept(4, 6);

    queues.loaded(head, read(), nowhere);
    load();

    EXPECT_EQ(queues.waiting(), 6);
    EXPECT_TRUE(take_loads().empty());
}

TEST_F(LaneQueuesLoading, SkipJobsThatAreInFlight) {
    accept(1, 3);
    take_loads();
    const auto second = [](job_id id) { return id.value == 2; };

    queues.loaded(head, read(), second);

    EXPECT_EQ(take(queues, 3), (ids{1, 3, 0}));
}

TEST_F(LaneQueuesLoading, DoNotGiveAJobTwiceThatIsLoadedTwice) {
    accept(1, 3);
    load();
    queues.add_backlog({queue, 1, 1});
    load();

    EXPECT_EQ(take(queues, 4), (ids{1, 2, 3, 0}));
}

TEST_F(LaneQueuesLoading, ReplaceACopyThatTheStoreKnowsBetter) {
    accept(1, 1);
    load();
    queues.add_backlog({queue, 1, 1});
    take_loads();
    auto newer = waiting{.id = 1}.job();
    newer.progress.fence = 7;

    queues.loaded(head, std::vector<queued_job>(1, newer), nowhere);

    const auto job = queues.take_next(noon, any);
    ASSERT_TRUE(job);
    EXPECT_EQ(job->progress.fence, 7);
}

TEST_F(LaneQueuesLoading, KeepACopyThatIsNewerThanWhatWasRead) {
    auto newer = waiting{.id = 1}.job();
    newer.progress.fence = 7;
    queues.put(newer);
    accept(1, 1);
    load();

    const auto job = queues.take_next(noon, any);
    ASSERT_TRUE(job);
    EXPECT_EQ(job->progress.fence, 7);
}

}  // namespace
}  // namespace cloned::scheduler
