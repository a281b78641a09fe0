#include "storage/sqlite/restore.hpp"

#include "storage/sqlite/backup.hpp"
#include "tests/storage/store_world.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <fstream>

namespace cloned::storage {
namespace {

namespace fs = std::filesystem;

// A copy of one batch, and a database that has two.
class Restore : public ::testing::Test, public store_world {
public:
    Restore() : store_world(store_threading::inline_on_loop), copy(dir.file("copy.db")) {
        open();
        value(store->accept(numbered_batch("a", 5)));
        if (auto made = back_up(options.path, copy); !made) ADD_FAILURE() << made.error().message();
        value(store->accept(numbered_batch("b", 5)));
    }

    // Leaves the log behind, as a kill does.
    void kill() {
        const testing::temp_dir place;
        for (const char* end : {"", "-wal"})
            fs::copy_file(options.path + end, place.file("queue.db") + end);
        store.reset();
        for (const char* end : {"", "-wal"})
            fs::copy_file(place.file("queue.db") + end, options.path + end,
                          fs::copy_options::overwrite_existing);
    }
    std::size_t batches() { return value(store->list_batches({}, batch_id{}, 100)).size(); }
    std::string refusal() {
        const auto done = restore(options.path, copy, noon);
        return done ? "it was restored" : done.error().message();
    }
    void change_copy(const std::string& sql) {
        SQLite::Database database(copy, SQLite::OPEN_READWRITE);
        database.exec(sql);
    }
    void break_copy() {
        std::fstream file(copy, std::ios::in | std::ios::out | std::ios::binary);
        for (int page = 5; page < 20; ++page) {
            file.seekp(page * 4096 + 8);
            file << std::string(200, 'x');
        }
    }

    const std::string copy;
};

TEST_F(Restore, PutsTheCopyInPlaceAndKeepsWhatItReplaces) {
    kill();

    const auto done = restore(options.path, copy, noon);

    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(done->copy.batches, 1);
    EXPECT_EQ(done->copy.unfinished, 5);
    open();
    EXPECT_EQ(batches(), 1u);
    const auto kept = options.path + ".replaced-20231114T221320Z";
    ASSERT_EQ(done->kept, (std::vector<std::string>{kept, kept + "-wal"}));
    options.path = kept;
    open();
    EXPECT_EQ(batches(), 2u) << "the log was kept with its database";
}

TEST_F(Restore, KeepsWhatWasKeptBefore) {
    store.reset();
    ASSERT_TRUE(restore(options.path, copy, noon));

    const auto again = restore(options.path, copy, noon);

    ASSERT_TRUE(again);
    EXPECT_EQ(again->kept[0], options.path + ".replaced-20231114T221320Z-2");
    EXPECT_TRUE(fs::exists(options.path + ".replaced-20231114T221320Z"));
}

TEST_F(Restore, IsRefusedWhileADaemonRuns) {
    EXPECT_NE(refusal().find("in use by another daemon"), std::string::npos) << refusal();
    EXPECT_EQ(batches(), 2u);
    EXPECT_TRUE(await(store->accept(numbered_batch("c", 1))));
}

TEST_F(Restore, OfABrokenCopyIsRefusedAndChangesNothing) {
    store.reset();
    break_copy();

    EXPECT_NE(refusal().find("is broken"), std::string::npos) << refusal();
    open();
    EXPECT_EQ(batches(), 2u);
}

TEST_F(Restore, OfACopyOfANewerReleaseIsRefused) {
    store.reset();
    change_copy("PRAGMA user_version = 99");

    EXPECT_NE(refusal().find("newer release"), std::string::npos) << refusal();
}

TEST_F(Restore, OfSomethingElseIsRefused) {
    store.reset();
    for (const auto& bytes : {std::string(), std::string(9000, 'x')}) {
        std::ofstream(copy, std::ios::trunc) << bytes;
        EXPECT_NE(refusal(), "it was restored") << bytes.size();
    }
    open();
    EXPECT_EQ(batches(), 2u);
}

TEST_F(Restore, OfAFileWithALogBesideItIsRefused) {
    store.reset();
    std::ofstream(copy + "-wal") << "frames";

    EXPECT_NE(refusal().find("-wal: it is in use"), std::string::npos) << refusal();
}

TEST_F(Restore, OfTheDatabaseItselfIsRefused) {
    store.reset();
    const auto done = restore(options.path, options.path, noon);

    ASSERT_FALSE(done);
    EXPECT_NE(done.error().message().find("is the database itself"), std::string::npos);
}

TEST_F(Restore, ThatWasInterruptedIsDoneAgain) {
    kill();
    fs::rename(options.path, options.path + ".replaced-earlier");
    std::ofstream(options.path + ".restoring") << "half";

    EXPECT_EQ(refusal(), "it was restored");
    open();
    EXPECT_EQ(batches(), 1u);
}

TEST_F(Restore, ByALinkReplacesTheFileThatItLeadsTo) {
    store.reset();
    fs::create_symlink(options.path, dir.file("link.db"));

    ASSERT_TRUE(restore(dir.file("link.db"), copy, noon));

    EXPECT_TRUE(fs::is_symlink(dir.file("link.db")));
    open();
    EXPECT_EQ(batches(), 1u);
}

TEST_F(Restore, ACopyIsCheckedWithoutATrace) {
    const auto checked = check_copy(copy);

    ASSERT_TRUE(checked) << checked.error().message();
    EXPECT_EQ(checked->jobs, 5);
    EXPECT_EQ(checked->last_change, std::nullopt);
    EXPECT_FALSE(fs::exists(copy + "-wal"));
    EXPECT_FALSE(fs::exists(copy + "-shm"));
}

TEST_F(Restore, ACheckFindsWhatTheIndexesLack) {
    // As a lost write leaves it: the row is there, its index entry is not.
    {
        SQLite::Database database(copy, SQLite::OPEN_READWRITE);
        database.exec("PRAGMA writable_schema = ON");
        database.exec(
            "UPDATE sqlite_schema SET sql = replace(sql, 'WHERE ended_at_ms IS NULL', "
            "'WHERE ended_at_ms IS NOT NULL') WHERE name = 'batches_open'");
    }

    const auto checked = check_copy(copy);

    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().message().find("is broken"), std::string::npos);
}

}  // namespace
}  // namespace cloned::storage
