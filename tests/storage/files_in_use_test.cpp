#include "tests/storage/store_world.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace cloned::storage {
namespace {

namespace fs = std::filesystem;

// What is done to a database's files by others while a daemon has them open.
class FilesInUse : public JobStore {
public:
    FilesInUse() { options.path = place.file("data/queue.db"); }
    void SetUp() override {
        fs::create_directory(place.file("data"));
        open();
        first = value(store->accept(numbered_batch("a", 5))).batch.first_job;
    }

    result<event_id> send(int job) {
        return await(store->change(
            move_job(job_id{first.value + job}, 0, job_state::queued, job_state::submitting)));
    }
    std::string file(const char* end) const { return options.path + end; }

    // A store that nobody uses must notice by itself; without a thread it has no way to.
    void expect_noticed(const std::string& words) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        while (poisoned.empty() && GetParam() == store_threading::own_threads &&
               std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(milliseconds(20));
            loop.restart();
            loop.poll();
        }
        EXPECT_EQ(poisoned.empty(), GetParam() == store_threading::inline_on_loop);
        const auto sent = send(0);
        ASSERT_FALSE(sent);
        EXPECT_EQ(sent.error().code(), errc::in_doubt);
        ASSERT_EQ(poisoned.size(), 1u);
        EXPECT_NE(poisoned[0].find(words), std::string::npos) << poisoned[0];
    }

    testing::temp_dir place;
    job_id first;
};
CLONED_FOR_EVERY_THREADING(FilesInUse);

TEST_P(FilesInUse, TheDatabaseIsMissedWhenItIsDeleted) {
    fs::remove(file(""));

    expect_noticed("queue.db was deleted or renamed");
}

TEST_P(FilesInUse, TheLogIsMissedWhenItIsDeleted) {
    fs::remove(file("-wal"));

    expect_noticed("queue.db-wal was deleted or renamed");
}

TEST_P(FilesInUse, TheIndexOfTheLogIsMissedWhenItIsDeleted) {
    fs::remove(file("-shm"));

    expect_noticed("queue.db-shm was deleted or renamed");
}

TEST_P(FilesInUse, TheLockFileIsMissedWhenItIsDeleted) {
    fs::remove(file(".lock"));

    expect_noticed("queue.db.lock was deleted or renamed");
}

TEST_P(FilesInUse, TheFolderIsMissedWhenItIsRenamed) {
    fs::rename(place.file("data"), place.file("old"));

    expect_noticed("queue.db was deleted or renamed");
}

TEST_P(FilesInUse, ACopyInThePlaceOfTheDatabaseIsNotTakenForIt) {
    fs::copy_file(file(""), place.file("copy"));
    fs::rename(place.file("copy"), file(""));

    expect_noticed("queue.db was replaced");
}

TEST_P(FilesInUse, ASecondNameOfTheDatabaseIsNoticed) {
    fs::create_hard_link(file(""), place.file("second.db"));

    expect_noticed("has 2 names");
}

TEST_P(FilesInUse, ASymbolicLinkThatIsTurnedElsewhereIsNoticed) {
    store.reset();
    fs::create_symlink(options.path, place.file("link.db"));
    options.path = place.file("link.db");
    open();
    value(store->wake_due(noon, 1));  // a store looks after itself once it has been used
    fs::copy_file(place.file("data/queue.db"), place.file("other.db"));
    fs::remove(place.file("link.db"));
    fs::create_symlink(place.file("other.db"), place.file("link.db"));

    expect_noticed("link.db was replaced");
}

TEST_P(FilesInUse, AreNotMissedWhileNothingIsDoneToThem) {
    std::this_thread::sleep_for(milliseconds(1200));
    loop.restart();
    loop.poll();

    EXPECT_TRUE(send(0));
    EXPECT_TRUE(poisoned.empty());
    close();
    loop.restart();
    loop.poll();
    EXPECT_TRUE(poisoned.empty()) << poisoned[0];
}

// What a second daemon is told that reaches the file by another way.
class SecondWay : public ::testing::Test, public store_world {
public:
    SecondWay() : store_world(store_threading::inline_on_loop) {
        fs::create_directory(dir.file("data"));
        options.path = dir.file("data/queue.db");
        open();
    }

    std::string refusal(const std::string& path) {
        auto other = options;
        other.path = path;
        auto opened = open_sqlite_job_store(loop, other);
        return opened ? "it was opened" : opened.error().message();
    }
};

TEST_F(SecondWay, BySymbolicLinkIsRefusedWithTheFirstOnesProcess) {
    fs::create_symlink(options.path, dir.file("link.db"));

    const auto why = refusal(dir.file("link.db"));

    EXPECT_NE(why.find("process " + std::to_string(::getpid())), std::string::npos) << why;
}

TEST_F(SecondWay, ByALinkedFolderIsRefused) {
    fs::create_directory_symlink(dir.file("data"), dir.file("elsewhere"));

    const auto why = refusal(dir.file("elsewhere/queue.db"));

    EXPECT_NE(why.find("in use by another daemon"), std::string::npos) << why;
}

TEST_F(SecondWay, ByHardLinkIsRefusedAlsoWhenNobodyRuns) {
    store.reset();
    fs::create_hard_link(options.path, dir.file("second.db"));

    const auto why = refusal(dir.file("second.db"));

    EXPECT_NE(why.find("has 2 names (hard links)"), std::string::npos) << why;
}

TEST_F(SecondWay, PastARemovedLockFileIsRefused) {
    fs::remove(options.path + ".lock");

    const auto why = refusal(options.path);

    EXPECT_NE(why.find("in use by another daemon"), std::string::npos) << why;
}

TEST_F(SecondWay, ByALinkThatLeadsNowhereIsRefusedAndMakesNothing) {
    fs::create_symlink(dir.file("data/absent.db"), dir.file("link.db"));

    const auto why = refusal(dir.file("link.db"));

    EXPECT_NE(why.find("leads nowhere"), std::string::npos) << why;
    EXPECT_FALSE(fs::exists(dir.file("data/absent.db")));
}

}  // namespace
}  // namespace cloned::storage
