#include "tests/storage/store_world.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

namespace cloned::storage {
namespace {

class DatabaseFile : public ::testing::Test, public store_world {
public:
    DatabaseFile() : store_world(store_threading::inline_on_loop) {}

    error refusal() {
        auto opened = open_sqlite_job_store(loop, options);
        return opened ? error(errc::internal, "it was opened") : opened.error();
    }
    void execute(const std::string& sql) {
        SQLite::Database database(options.path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        database.exec(sql);
    }
};

TEST_F(DatabaseFile, OfANewerReleaseIsRefused) {
    open();
    store.reset();
    execute("PRAGMA user_version = 99");

    const auto why = refusal();

    EXPECT_EQ(why.code(), errc::failed_precondition);
    EXPECT_NE(why.message().find("version 99"), std::string::npos);
    EXPECT_NE(why.message().find("newer"), std::string::npos);
}

TEST_F(DatabaseFile, OfAnotherProgramIsRefusedAndLeftAlone) {
    execute("CREATE TABLE recipes (title TEXT)");

    EXPECT_EQ(refusal().code(), errc::failed_precondition);

    execute("INSERT INTO recipes (title) VALUES ('soup')");
    SQLite::Database database(options.path);
    EXPECT_EQ(database.execAndGet("SELECT COUNT(*) FROM sqlite_schema").getInt(), 1);
}

TEST_F(DatabaseFile, ThatIsNoDatabaseIsRefused) {
    std::ofstream(options.path) << std::string(8192, 'x');

    EXPECT_NE(refusal().message(), "it was opened");
}

TEST_F(DatabaseFile, InAMissingDirectoryIsRefusedWithItsName) {
    options.path = dir.file("missing/queue.db");

    EXPECT_NE(refusal().message().find("missing/queue.db"), std::string::npos);
}

TEST_F(DatabaseFile, IsReadableForItsOwnerOnly) {
    open();

    for (const auto* suffix : {"", "-wal", "-shm", ".lock"}) {
        const auto mode = std::filesystem::status(options.path + suffix).permissions();
        EXPECT_EQ(mode & (std::filesystem::perms::group_all | std::filesystem::perms::others_all),
                  std::filesystem::perms::none)
            << suffix;
    }
}

TEST_F(DatabaseFile, IsRefusedToASecondDaemonWhichIsToldOfTheFirst) {
    open();

    const auto why = refusal();

    EXPECT_EQ(why.code(), errc::failed_precondition);
    EXPECT_NE(why.message().find("process " + std::to_string(::getpid())), std::string::npos);
}

TEST_F(DatabaseFile, IsFreeAgainWhenTheStoreIsGone) {
    open();
    store.reset();

    EXPECT_TRUE(open_sqlite_job_store(loop, options));
}

TEST_F(DatabaseFile, IsAloneAfterCloseWithNoLogBesideIt) {
    open();
    value(store->accept(numbered_batch("a", 100)));
    EXPECT_TRUE(std::filesystem::exists(options.path + "-wal"));

    close();

    EXPECT_FALSE(std::filesystem::exists(options.path + "-wal"));
}

// I1: as after a power loss, the files of any moment between two calls tell all that was promised.
TEST_F(DatabaseFile, TellsEverythingAtAnyMoment) {
    options.checkpoint_pages = 20;  // so that many of the moments are around a checkpoint
    open();
    std::vector<job_state> states;
    for (int round = 0; round < 30; ++round) {
        const auto name = "b" + std::to_string(round);
        value(store->accept(numbered_batch(name, 3)));
        states.insert(states.end(), 3, job_state::queued);
        const auto job = static_cast<std::size_t>(round) * 2;
        value(store->change(move_job(job_id{static_cast<std::int64_t>(job) + 1}, 0,
                                     job_state::queued, job_state::running)));
        states[job] = job_state::running;

        store_world copy(store_threading::inline_on_loop);
        for (const auto* suffix : {"", "-wal"})
            std::filesystem::copy_file(options.path + suffix, copy.options.path + suffix);
        ASSERT_NO_FATAL_FAILURE(copy.open());
        const auto jobs = copy.value(copy.store->list_jobs({}, job_id{}, 1000));
        ASSERT_EQ(jobs.size(), states.size());
        for (std::size_t i = 0; i < jobs.size(); ++i)
            ASSERT_EQ(jobs[i].progress.state, states[i]) << "round " << round;
    }
}

TEST_F(DatabaseFile, KeepsItsLogShortUnderLoad) {
    options.checkpoint_pages = 100;
    open();
    for (int i = 0; i < 200; ++i) value(store->accept(numbered_batch("b" + std::to_string(i), 20)));

    EXPECT_LT(std::filesystem::file_size(options.path + "-wal"), 400u * 4096u);
}

// A backup or a long list keeps the log from being emptied; who commits must not wait for its end.
TEST_F(DatabaseFile, ALongReaderHoldsNoCommit) {
    using namespace std::chrono;
    options.checkpoint_pages = 20;
    open();
    value(store->accept(numbered_batch("first", 1)));
    SQLite::Database other(options.path, SQLite::OPEN_READONLY);
    other.exec("BEGIN");
    EXPECT_EQ(other.execAndGet("SELECT COUNT(*) FROM jobs").getInt(), 1);

    steady_clock::duration longest{0};
    steady_clock::duration all{0};
    for (int i = 0; i < 40; ++i) {
        const auto before = steady_clock::now();
        value(store->accept(numbered_batch("b" + std::to_string(i), 50)));
        const auto took = steady_clock::now() - before;
        longest = std::max(longest, took);
        all += took;
    }

    EXPECT_LT(duration_cast<milliseconds>(longest).count(), 200);
    EXPECT_LT(duration_cast<milliseconds>(all).count(), 2'000);
    other.exec("COMMIT");
    for (int i = 0; i < 40; ++i) value(store->accept(numbered_batch("c" + std::to_string(i), 50)));
    EXPECT_LT(std::filesystem::file_size(options.path + "-wal"), 4'000u * 4096u);
}

}  // namespace
}  // namespace cloned::storage
