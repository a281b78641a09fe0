#include "storage/sqlite/backup.hpp"
#include "tests/storage/store_world.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <fstream>

namespace cloned::storage {
namespace {

namespace fs = std::filesystem;

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A log that was left by a killed daemon, beside a file that it does not belong to.
class LeftOverLog : public ::testing::Test, public store_world {
public:
    LeftOverLog() : store_world(store_threading::inline_on_loop) {
        options.checkpoint_pages = 30;
        open();
    }

    void work(const std::string& name, int batches = 1) {
        for (int i = 0; i < batches; ++i)
            value(store->accept(numbered_batch(name + std::to_string(i), 20)));
    }
    std::string file(const std::string& name, const char* end = "") const {
        return dir.file(name) + end;
    }
    // As the files of a killed process lie there, under another name.
    void keep(const std::string& name) {
        for (const char* end : {"", "-wal"})
            fs::copy_file(options.path + end, file(name, end),
                          fs::copy_options::overwrite_existing);
    }
    // The file of one beside the log of the other.
    std::string put_together(const std::string& database, const std::string& log) {
        const testing::temp_dir place;
        auto there = options;
        there.path = place.file("queue.db");
        fs::copy_file(file(database), there.path);
        fs::copy_file(file(log, "-wal"), there.path + "-wal");
        const auto before = content_of(there.path);
        auto opened = open_sqlite_job_store(loop, there);
        if (opened) return "it was opened";
        EXPECT_EQ(opened.error().code(), errc::failed_precondition);
        EXPECT_TRUE(content_of(there.path) == before);
        EXPECT_TRUE(content_of(there.path + "-wal") == content_of(file(log, "-wal")));
        return opened.error().message();
    }
    static ::testing::AssertionResult is_refused(const std::string& answer) {
        if (answer.find("is the log of another database") != answer.npos)
            return ::testing::AssertionSuccess();
        return ::testing::AssertionFailure() << answer;
    }
};

TEST_F(LeftOverLog, BesideARestoredCopyIsRefused) {
    work("a");
    ASSERT_TRUE(back_up(options.path, file("copy")));
    work("b");
    keep("killed");

    EXPECT_TRUE(is_refused(put_together("copy", "killed")));
}

TEST_F(LeftOverLog, BesideAnOlderStateOfTheSameFileIsRefused) {
    work("a", 10);
    keep("earlier");
    work("b", 30);
    keep("killed");

    EXPECT_TRUE(is_refused(put_together("earlier", "killed")));
}

TEST_F(LeftOverLog, BesideALaterStateOfTheSameFileIsRefused) {
    work("a", 10);
    keep("earlier");
    work("b", 30);
    keep("killed");

    EXPECT_TRUE(is_refused(put_together("killed", "earlier")));
}

TEST_F(LeftOverLog, OfAnotherDaemonIsRefused) {
    store_world other(store_threading::inline_on_loop);
    other.open();
    other.value(other.store->accept(numbered_batch("x", 20)));
    fs::copy_file(other.options.path + "-wal", file("other", "-wal"));
    work("a", 10);
    keep("mine");

    EXPECT_TRUE(is_refused(put_together("mine", "other")));
}

TEST_F(LeftOverLog, OfAnotherProgramIsRefused) {
    work("a", 10);
    keep("mine");
    SQLite::Database recipes(file("recipes"), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    recipes.exec("PRAGMA journal_mode = WAL; CREATE TABLE recipes (title TEXT)");

    EXPECT_TRUE(is_refused(put_together("mine", "recipes")));
}

// At whatever moment the daemon was killed, across checkpoints and over starts.
TEST_F(LeftOverLog, OfTheDatabaseItselfIsTaken) {
    for (int i = 0; i < 60; ++i) {
        work("b" + std::to_string(i));
        if (i % 20 == 19) {
            close();
            ASSERT_NO_FATAL_FAILURE(open());
        }
        keep("killed");
        ASSERT_EQ(put_together("killed", "killed"), "it was opened") << "after batch " << i;
    }
}

TEST_F(LeftOverLog, IsTakenAfterACheckpointThatAReaderHeldUp) {
    work("a", 3);
    SQLite::Database reader(options.path, SQLite::OPEN_READONLY);
    reader.exec("BEGIN");
    reader.execAndGet("SELECT COUNT(*) FROM jobs");
    work("b", 12);
    keep("held");
    ASSERT_EQ(put_together("held", "held"), "it was opened");
    reader.exec("COMMIT");
    work("c", 3);
    keep("later");

    EXPECT_EQ(put_together("later", "later"), "it was opened");
}

// The power went in the midst of a checkpoint: of the stamp only the first half is written.
TEST_F(LeftOverLog, IsTakenAfterACheckpointThatWasTorn) {
    const std::string mark = "cloned-log-stamp ";
    const auto written = mark.size() + 24;  // of 33 characters
    for (int i = 0; i < 20; ++i) {
        work("b" + std::to_string(i));
        keep("killed");
        const auto log = content_of(file("killed", "-wal"));
        auto database = content_of(file("killed"));
        const auto from = log.find(mark);
        const auto to = database.find(mark);
        if (from == log.npos || database.compare(to, written, log, from, written) == 0) continue;
        database.replace(to, written, log, from, written);
        std::ofstream(file("killed"), std::ios::binary) << database;

        ASSERT_EQ(put_together("killed", "killed"), "it was opened") << "after batch " << i;
        return;
    }
    FAIL() << "no log was begun after a checkpoint";
}

TEST_F(LeftOverLog, WithoutADatabaseIsRefusedAndLeftAlone) {
    work("a");
    keep("killed");
    fs::remove(file("killed"));
    auto there = options;
    there.path = file("killed");

    const auto opened = open_sqlite_job_store(loop, there);

    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message().find("there is no database"), std::string::npos);
    EXPECT_FALSE(fs::exists(file("killed")));
    EXPECT_GT(fs::file_size(file("killed", "-wal")), 0u);
}

}  // namespace
}  // namespace cloned::storage
