#pragma once

#include "storage/sqlite/accept_batch.hpp"
#include "storage/sqlite/change_jobs.hpp"
#include "storage/sqlite/file_watch.hpp"
#include "storage/sqlite/high_water.hpp"
#include "storage/sqlite/purge.hpp"
#include "storage/sqlite/worker.hpp"
#include "storage/sqlite/write_transaction.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace cloned::storage {

// Everything that exists while the writing connection is open.
struct write_session {
    write_session(SQLite::Database opened, id_limits limits, const accept_limits& accepting);

    result<void> save_lane(lane_id lane, const lane_settings& settings);

    SQLite::Database database;
    write_transaction transaction;
    accept_batch accept;
    change_jobs changes;
    storage::purge purge;

private:
    statement save_lane_;
};

// What the loop is told of. Loop thread only.
struct store_listeners {
    std::function<void(event_id last)> committed;
    std::function<void(const released_jobs&)> released;
    std::function<void(std::string why)> poisoned;
    std::function<void(std::optional<std::string> full)> room_changed;
};

// What other threads may know of the last commit.
struct commit_marks {
    std::atomic<std::int64_t> last_event{0};
    std::atomic<std::int64_t> unfinished_jobs{0};
};

// Group commit: one transaction for all operations that wait together.
//
// An operation checks before it writes, so that its refusal leaves nothing behind; where one fails
// after writing all the same, the group is rolled back and its operations run one by one.
// Savepoints would give the same at a price that each operation pays.
//
// Disk full rolls back, and the group runs again without the operations that bring new jobs. After
// any other failure that SQLite cannot vouch for the writer is poisoned: that group and every later
// one is in doubt, and the process must leave and recover. So it is when the files are not in their
// places any more: that is looked at after each commit, before anybody is told of it, and while
// there is nothing to do.
class writer final : public group_runner {
public:
    writer(std::shared_ptr<store_listeners> listeners, int checkpoint_pages);
    ~writer() override { close(); }
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;

    // Throws what open_for_writing() and migrate() throw.
    void open(SQLite::Database database,
              id_limits limits,
              const accept_limits& accepting,
              high_water_file water,
              file_watch files);

    std::optional<write_session>& session() { return session_; }
    const commit_marks& marks() const { return marks_; }

    std::function<void()> run(operation_group& group) override;
    std::function<void()> after_group() override;
    std::function<void()> idle() override;

    // Threads: any. Somebody has found the file broken: the store is poisoned with these words by
    // the next write, or within a second.
    void condemn(std::string why);

    // Writer thread only; reading goes on until the reader is closed.
    void close();

private:
    enum class outcome { committed, undone, full, busy, poisoned };
    using operations = std::vector<operation*>;

    void run_all(const operations& group);
    outcome attempt(const operations& group);
    bool run_each(const operations& group);
    void rollback();
    void run_without_admissions(const operations& group);
    void run_one_by_one(const operations& group);
    void refuse_all(const operations& group, const error& why);
    void publish_marks();
    std::function<void()> poison(const SQLite::Exception& thrown);
    std::function<void()> poison(std::string why);
    bool must_not_go_on();
    std::optional<std::string> found_trouble();
    std::function<void()> tell_poisoned() const;
    std::function<void()> tell_room() const;
    void look_for_room();
    bool is_running_out();

    // Constant after construction
    const std::shared_ptr<store_listeners> listeners_;
    const int checkpoint_pages_;

    // Writer thread only
    accept_limits limits_;  // constant once it is open
    std::int64_t low_seconds_ = 0;
    std::optional<write_session> session_;
    high_water_file water_;
    file_watch files_;
    std::optional<error> poison_;
    error last_failure_;
    int wal_pages_ = 0;
    bool log_may_begin_ = false;  // after a checkpoint: see log_stamp.hpp
    int restart_at_;              // so many of them, and the readers are waited for
    bool jobs_changed_ = false;
    bool checkpoint_fails_ = false;
    std::optional<std::string> full_;  // why the last write failed for want of room

    // Guarded by condemned_mutex_
    std::mutex condemned_mutex_;
    std::optional<std::string> condemned_;

    commit_marks marks_;
};

}  // namespace cloned::storage
