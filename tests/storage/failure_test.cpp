#include "tests/storage/faulty_vfs.hpp"
#include "tests/storage/store_world.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <filesystem>

namespace cloned::storage {
namespace {

// What the store does when the disk fails it.
class FailingDisk : public JobStore {
public:
    FailingDisk() {
        faults().reset();
        options.vfs = faulty_vfs();
    }
    ~FailingDisk() override { faults().reset(); }

    void SetUp() override {
        open();
        first_ = value(store->accept(numbered_batch("a", 5))).batch.first_job;
    }

    task<result<event_id>> send(int job) {
        return store->change(
            move_job(job_id{first_.value + job}, 0, job_state::queued, job_state::submitting));
    }
    job_state state_of(int job) { return this->job(job_id{first_.value + job}).progress.state; }

    job_id first_;
};
CLONED_FOR_EVERY_THREADING(FailingDisk);

TEST_P(FailingDisk, LeavesTheOutcomeOfAFailedCommitInDoubt) {
    faults().syncs_fail = true;
    const auto lost = await(send(0));
    faults().syncs_fail = false;
    const auto later = await(send(1));
    const auto accepted = await(store->accept(numbered_batch("b", 1)));

    EXPECT_EQ(lost.error().code(), errc::in_doubt);
    EXPECT_EQ(later.error().code(), errc::in_doubt);
    EXPECT_EQ(accepted.error().code(), errc::in_doubt);
    ASSERT_EQ(poisoned.size(), 1u);
    EXPECT_EQ(poisoned[0], lost.error().message());
    EXPECT_EQ(state_of(1), job_state::queued) << "reading goes on";
}

TEST_P(FailingDisk, PoisonsTheStoreWhenAWriteFails) {
    faults().writes_fail = true;
    const auto lost = await(send(0));
    faults().writes_fail = false;

    EXPECT_EQ(lost.error().code(), errc::in_doubt);
    EXPECT_EQ(await(send(1)).error().code(), errc::in_doubt);
    EXPECT_EQ(poisoned.size(), 1u);
}

// I1: what was promised before the failure is found by the recovery.
TEST_P(FailingDisk, LosesNothingThatHadBeenPromised) {
    ASSERT_TRUE(await(send(0)));
    faults().syncs_fail = true;
    EXPECT_FALSE(await(send(1)));
    faults().syncs_fail = false;

    open();

    EXPECT_EQ(state_of(0), job_state::submitting);
    EXPECT_EQ(value(store->list_jobs({}, job_id{}, 100)).size(), 5u);
    EXPECT_TRUE(await(store->accept(numbered_batch("b", 1))));
}

TEST_P(FailingDisk, RefusesWhileFullAndGoesOnAfterwards) {
    faults().full = true;
    const auto refused = await(send(0));
    const auto no_room = await(store->accept(numbered_batch("b", 1)));
    faults().full = false;

    EXPECT_EQ(refused.error().code(), errc::unavailable);
    EXPECT_EQ(no_room.error().code(), errc::unavailable);
    EXPECT_TRUE(poisoned.empty());
    EXPECT_EQ(state_of(0), job_state::queued);
    EXPECT_TRUE(await(send(0)));
    EXPECT_TRUE(await(store->accept(numbered_batch("b", 1))));
    EXPECT_EQ(batch("uid-a").counts[job_state::submitting], 1);
    ASSERT_EQ(room.size(), 3u);
    EXPECT_TRUE(room[0] && room[1]) << "full each time";
    EXPECT_NE(room[0]->find("full"), std::string::npos) << *room[0];
    EXPECT_FALSE(room[2]) << "and once that it is over";
}

// What fails without writing, or writes nothing, tells nothing of the room.
TEST_P(FailingDisk, IsFullUntilSomethingHasBeenWritten) {
    faults().full = true;
    EXPECT_FALSE(await(send(0)));
    EXPECT_TRUE(await(store->wake_due(noon, 10)));
    EXPECT_FALSE(
        await(store->change(move_job(first_, 7, job_state::queued, job_state::submitting))));
    for (const auto& told : room) EXPECT_TRUE(told);
}

TEST_P(FailingDisk, FindsRoomAgainWithoutBeingAsked) {
    if (GetParam() == store_threading::inline_on_loop) GTEST_SKIP() << "nobody looks there";
    faults().full = true;
    EXPECT_FALSE(await(send(0)));
    faults().full = false;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (room.back() && std::chrono::steady_clock::now() < end) {
        loop.restart();
        loop.run_for(milliseconds(10));
    }
    EXPECT_FALSE(room.back());
}

TEST_P(FailingDisk, TellsWhyAReadHasFailedAndReadsOn) {
    faults().reads_fail = true;
    const auto failed = await(store->find_batch("uid-a"));
    faults().reads_fail = false;

    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message().find("disk I/O error"), std::string::npos)
        << failed.error().message();
    EXPECT_EQ(batch("uid-a").job_count, 5);
}

// I4: nothing that the caller of a write may do comes before the write is on disk.
TEST_P(FailingDisk, HasSyncedEverythingWhenTheCallerResumes) {
    for (int i = 0; i < 5; ++i) {
        const auto syncs = faults().syncs.load();
        ASSERT_TRUE(await(send(i)));
        EXPECT_EQ(faults().unsynced_writes, 0);
        EXPECT_GT(faults().syncs, syncs);
    }
}

// I1, I4: what a killed process has written is not on the disk yet, nor is it after a sync that
// failed. The next start reads it all the same, and may show it.
TEST_P(FailingDisk, SyncsTheLogOfAnEarlierProcessBeforeItIsRead) {
    value(store->accept(numbered_batch("b", 1'000)));
    const testing::temp_dir left;
    for (const char* end : {"", "-wal"})
        std::filesystem::copy(options.path + end, left.file("queue.db") + end);
    const auto log_bytes = std::filesystem::file_size(left.file("queue.db-wal"));
    ASSERT_GT(log_bytes, 200'000u);

    options.path = left.file("queue.db");
    faults().reset();
    open();

    const std::int64_t stamp_bytes = 24 + 4096;  // the first thing that is written by itself
    EXPECT_EQ(faults().written_bytes, static_cast<std::int64_t>(log_bytes) + stamp_bytes);
    EXPECT_EQ(faults().unsynced_writes, 0);
    EXPECT_EQ(batch("uid-b").job_count, 1'000);
}

TEST_P(FailingDisk, DoesNotStartOnALogThatCannotBeSynced) {
    const testing::temp_dir left;
    for (const char* end : {"", "-wal"})
        std::filesystem::copy(options.path + end, left.file("queue.db") + end);
    auto there = options;
    there.path = left.file("queue.db");

    faults().syncs_fail = true;
    const auto refused = open_sqlite_job_store(loop, there);
    faults().syncs_fail = false;

    EXPECT_FALSE(refused);
    EXPECT_TRUE(open_sqlite_job_store(loop, there));
}

// I1, I4: a log without a name is no log after a power cut.
TEST_P(FailingDisk, DoesNotStartWhereTheNameOfANewLogCannotBeSynced) {
    const testing::temp_dir place;
    auto there = options;
    there.path = place.file("queue.db");
    faults().reset();

    faults().folder_syncs_fail = true;
    const auto refused = open_sqlite_job_store(loop, there);
    faults().folder_syncs_fail = false;

    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message().find("cannot sync the directory"), std::string::npos)
        << refused.error().message();
    EXPECT_TRUE(open_sqlite_job_store(loop, there));
}

// With threads of its own it is by chance which operations wait together.
class GroupCommit : public FailingDisk {};
INSTANTIATE_TEST_SUITE_P(,
                         GroupCommit,
                         ::testing::Values(store_threading::inline_on_loop),
                         threading_name);

TEST_P(GroupCommit, SyncsOnceForAllThatWaitTogether) {
    const auto first = value(store->accept(numbered_batch("b", 200))).batch.first_job;
    const auto syncs = faults().syncs.load();
    std::vector<std::optional<result<event_id>>> outcomes(200);
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        start(store->change(move_job(job_id{first.value + static_cast<std::int64_t>(i)}, 0,
                                     job_state::queued, job_state::submitting)),
              outcomes[i]);
    run();

    for (const auto& outcome : outcomes) EXPECT_TRUE(outcome && *outcome);
    EXPECT_EQ(faults().syncs - syncs, 1);
}

class FullFile : public JobStore {
public:
    FullFile() { options.max_file_bytes = 603 * 4096; }

    // Until there is no room; returns the code of the refusal.
    errc fill() {
        for (int i = 0; i < 1000; ++i) {
            auto outcome = await(store->accept(numbered_batch("b" + std::to_string(i), 100)));
            if (!outcome) return outcome.error().code();
            ++batches;
        }
        return errc::internal;
    }
    int batches = 0;
};
CLONED_FOR_EVERY_THREADING(FullFile);

TEST_P(FullFile, TakesNoJobsButLetsThoseItHasGoOn) {
    EXPECT_EQ(fill(), errc::unavailable);
    ASSERT_GT(batches, 1);

    for (std::int64_t i = 1; i <= 20; ++i)
        EXPECT_TRUE(
            await(store->change(move_job(job_id{i}, 0, job_state::queued, job_state::submitting))));
    EXPECT_TRUE(poisoned.empty());
    EXPECT_EQ(value(store->list_batches({}, batch_id{}, 1000)).size(),
              static_cast<std::size_t>(batches));
}

TEST_P(FullFile, RefusesTheNewJobsOfAGroupAndMakesItsChanges) {
    fill();
    std::optional<result<event_id>> before;
    std::optional<batch_result<accepted_batch>> accepted;
    std::optional<result<event_id>> after;
    start(store->change(move_job(job_id{1}, 0, job_state::queued, job_state::submitting)), before);
    start(store->accept(numbered_batch("late", 100)), accepted);
    start(store->change(move_job(job_id{2}, 0, job_state::queued, job_state::submitting)), after);
    run();

    ASSERT_TRUE(before && accepted && after);
    EXPECT_TRUE(*before);
    EXPECT_TRUE(*after);
    EXPECT_EQ(accepted->error().code(), errc::unavailable);
}

class FailingOperation : public JobStore {};
CLONED_FOR_EVERY_THREADING(FailingOperation);

// The second lane is one too many, and by then the first one has been written.
TEST_P(FailingOperation, LeavesNothingBehindAndHarmsNoOther) {
    options.max_lanes = 2;
    open();
    const auto first = value(store->accept(numbered_batch("a", 2))).batch.first_job;
    auto too_much = numbered_batch("b", 2);
    too_much.jobs[0].cluster = "domain-c2";
    too_much.jobs[1].cluster = "domain-c3";
    std::optional<result<event_id>> before;
    std::optional<batch_result<accepted_batch>> refused;
    std::optional<result<event_id>> after;
    start(store->change(move_job(first, 0, job_state::queued, job_state::submitting)), before);
    start(store->accept(std::move(too_much)), refused);
    start(store->change(move_job(first, 1, job_state::submitting, job_state::running)), after);
    run();

    ASSERT_TRUE(before && refused && after);
    EXPECT_TRUE(*before);
    EXPECT_TRUE(*after);
    EXPECT_EQ(refused->error().code(), errc::resource_exhausted);
    EXPECT_EQ(value(store->lanes()).size(), 1u);
    EXPECT_EQ(value(store->history(first, 10)).size(), 2u);
    EXPECT_EQ(batch("uid-a").counts[job_state::running], 1);
}

// I5: what waits for a job that has ended is told of, whatever becomes of the others in its group.
TEST_P(FailingOperation, TakesNoReleaseOfAnotherBack) {
    options.max_lanes = 3;
    open();
    auto chain = numbered_batch("a", 1);
    chain.jobs.push_back(power_on_job("on", ""));
    chain.jobs[1].after = "k0";
    const auto first = value(store->accept(std::move(chain))).batch.first_job;
    value(store->change(move_job(first, 0, job_state::queued, job_state::running)));
    std::int64_t released = 0;
    store->on_release([&released](const released_jobs& jobs) {
        for (const auto& queue : jobs.queued) released += queue.jobs;
    });
    auto too_much = numbered_batch("b", 2);
    too_much.jobs[0].cluster = "domain-c2";
    too_much.jobs[1].cluster = "domain-c3";
    std::optional<result<event_id>> ended;
    std::optional<batch_result<accepted_batch>> refused;
    auto success = move_job(first, 1, job_state::running, job_state::succeeded);
    success.vm = "vm-9";
    start(store->change(std::move(success)), ended);
    start(store->accept(std::move(too_much)), refused);
    run();

    ASSERT_TRUE(ended && *ended && refused);
    EXPECT_EQ(refused->error().code(), errc::resource_exhausted);
    EXPECT_EQ(job(job_id{first.value + 1}).progress.state, job_state::queued);
    EXPECT_EQ(released, 1);
}

// Whoever asked for it holds a slot, which nobody would give back.
TEST_P(FailingOperation, ThatChangesAJobPoisonsTheStore) {
    const auto first = value(store->accept(numbered_batch("a", 2))).batch.first_job;
    store.reset();
    {
        SQLite::Database database(options.path, SQLite::OPEN_READWRITE);
        database.exec(
            "CREATE TRIGGER breaks BEFORE UPDATE ON job_state WHEN NEW.state = 'running' "
            "BEGIN SELECT RAISE(ABORT, 'an invariant'); END");
    }
    open();

    const auto sent =
        await(store->change(move_job(first, 0, job_state::queued, job_state::running)));

    EXPECT_EQ(sent.error().code(), errc::in_doubt);
    ASSERT_EQ(poisoned.size(), 1u);
    EXPECT_NE(poisoned[0].find("a change of a job cannot be stored"), std::string::npos);
    EXPECT_NE(poisoned[0].find("an invariant"), std::string::npos) << poisoned[0];
}

// A uid that was given twice is a mistake of ours; SQLite finds it after rows have been written.
TEST_P(FailingOperation, OfWhichSqliteComplainsIsInternalAndLeavesNothing) {
    value(store->accept(numbered_batch("a", 2)));
    auto same_uid = numbered_batch("b", 2);
    same_uid.uid = "uid-a";

    const auto refused = await(store->accept(std::move(same_uid)));

    EXPECT_EQ(refused.error().code(), errc::internal);
    EXPECT_TRUE(poisoned.empty());
    EXPECT_EQ(value(store->list_jobs({}, job_id{}, 10)).size(), 2u);
    EXPECT_TRUE(await(store->accept(numbered_batch("b", 2))));
}

}  // namespace
}  // namespace cloned::storage
