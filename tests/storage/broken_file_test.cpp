#include "tests/storage/store_world.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace cloned::storage {
namespace {

namespace fs = std::filesystem;

// A database of which one page is garbage that an opening does not need.
class BrokenFile : public ::testing::Test, public store_world {
public:
    BrokenFile() : store_world(store_threading::own_threads) {
        options.high_water_path = dir.file("high-water");
        options.checkpoint_pages = 1;
        open();
        first = value(store->accept(numbered_batch("a", 50))).batch.first_job;
        value(store->change(move_job(first, 0, job_state::queued, job_state::submitting)));
    }

    // As a kill leaves it, or (false) a stop.
    void end(bool killed) {
        if (!killed) return close_for_good();
        const testing::temp_dir place;
        for (const char* end : {"", "-wal"})
            fs::copy_file(options.path + end, place.file("queue.db") + end);
        close_for_good();
        for (const char* end : {"", "-wal"})
            fs::copy_file(place.file("queue.db") + end, options.path + end,
                          fs::copy_options::overwrite_existing);
    }
    void close_for_good() {
        close();
        store.reset();
    }
    // While nobody has it open: its root is not in the log any more, being checkpointed.
    void spoil(const std::string& index) {
        int page = 0;
        {
            SQLite::Database database(options.path, SQLite::OPEN_READONLY);
            SQLite::Statement root(database, "SELECT rootpage FROM sqlite_schema WHERE name = ?");
            root.bind(1, index);
            ASSERT_TRUE(root.executeStep());
            page = root.getColumn(0).getInt();
        }
        std::fstream file(options.path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp((page - 1) * 4096);
        file << std::string(4096, 'x');
    }
    std::string refusal() {
        auto opened = open_sqlite_job_store(loop, options);
        return opened ? "it was opened" : opened.error().message();
    }
    void wait_for_poison() {
        // A store looks after itself once it has been used.
        static_cast<void>(await(store->wake_due(noon, 1)));
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (poisoned.empty() && std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(milliseconds(10));
            loop.restart();
            loop.poll();
        }
    }

    job_id first;
};

TEST_F(BrokenFile, IsNotServedAfterAKill) {
    end(true);
    spoil("spent_tasks_sent");

    const auto why = refusal();

    EXPECT_NE(why.find("is broken"), std::string::npos) << why;
    EXPECT_NE(why.find("cloned restore FILE"), std::string::npos) << why;
}

TEST_F(BrokenFile, IsNotServedWhereTheHighWaterFileIsAhead) {
    end(false);
    const auto earlier = dir.file("earlier");
    fs::copy_file(options.path, earlier);
    open();
    value(store->accept(numbered_batch("b", 5)));
    value(store->change(move_job(first, 1, job_state::submitting, job_state::running)));
    end(false);
    fs::copy_file(earlier, options.path, fs::copy_options::overwrite_existing);
    spoil("spent_tasks_sent");

    EXPECT_NE(refusal().find("is broken"), std::string::npos) << refusal();
}

TEST_F(BrokenFile, ThatIsLargeIsFoundWhileItIsServed) {
    end(true);
    spoil("spent_tasks_sent");
    options.check_first_bytes = 0;

    open();
    wait_for_poison();

    ASSERT_EQ(poisoned.size(), 1u);
    EXPECT_NE(poisoned[0].find("is broken"), std::string::npos) << poisoned[0];
    EXPECT_EQ(await(store->accept(numbered_batch("b", 1))).error().code(), errc::in_doubt);
}

TEST_F(BrokenFile, ThatAReadMeetsIsServedNoLonger) {
    end(false);
    spoil("job_events_by_job");
    open();

    EXPECT_FALSE(await(store->history(first, 10)));
    wait_for_poison();

    ASSERT_EQ(poisoned.size(), 1u);
    EXPECT_NE(poisoned[0].find("a read found it broken"), std::string::npos) << poisoned[0];
}

TEST_F(BrokenFile, ThatIsLargeDoesNotHoldUpAStop) {
    end(true);
    options.check_first_bytes = 0;

    open();
    close_for_good();

    EXPECT_TRUE(poisoned.empty());
    EXPECT_FALSE(fs::exists(options.path + "-wal"));
}

TEST_F(BrokenFile, ThatIsSoundIsServedAfterAKill) {
    end(true);

    EXPECT_EQ(refusal(), "it was opened");
}

}  // namespace
}  // namespace cloned::storage
