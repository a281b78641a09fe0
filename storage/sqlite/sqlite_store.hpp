#pragma once

#include "storage/sqlite/background_check.hpp"
#include "storage/sqlite/lock_file.hpp"
#include "storage/sqlite/open_store.hpp"
#include "storage/sqlite/reader.hpp"
#include "storage/sqlite/writer.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace cloned::storage {

// What a job weighs in an accepted batch, roughly.
inline constexpr std::size_t job_bytes = 700;

// Turns each call into an operation of the writer or the reader.
class sqlite_job_store final : public job_store {
public:
    sqlite_job_store(asio::io_context& loop, const sqlite_store_options& options);

    // Before the first call; `named` is the path as it was configured, options.path own_path() of
    // it. Throws.
    void open(const sqlite_store_options& options, const std::string& named);

    // queue_store
    task<result<event_id>> change(job_change change) override;
    task<result<std::vector<result<event_id>>>> change_all(
        std::vector<job_change> changes) override;
    task<result<void>> save_lane(lane_id lane, lane_settings settings) override;
    task<result<std::vector<lane_record>>> lanes() override;
    task<result<std::vector<queue_length>>> queues() override;
    task<result<std::vector<queued_job>>> load_queue(queue_key queue, std::size_t limit) override;
    task<result<std::vector<queued_job>>> load_unsettled() override;
    task<result<std::vector<queued_job>>> load_batch(batch_id batch,
                                                     std::vector<job_state> states,
                                                     job_id after,
                                                     std::size_t limit) override;
    task<result<std::int64_t>> queue_position(queue_key queue, job_id job) override;
    task<result<std::optional<job_id>>> made_by_another(job_id job, std::string vm) override;
    task<result<std::vector<job_task>>> tasks_since(std::string endpoint,
                                                    wall_time since,
                                                    std::size_t limit) override;
    void on_release(std::function<void(const released_jobs&)> listener) override {
        listeners_->released = std::move(listener);
    }

    // batch_store
    task<batch_result<accepted_batch>> accept(new_batch batch) override;
    task<batch_result<void>> check(new_batch batch) override;
    task<result<batch_record>> find_request(std::string tenant,
                                            std::string request_id,
                                            std::string content_hash) override;
    task<result<batch_record>> find_batch(std::string uid) override;
    task<result<std::vector<batch_record>>> list_batches(batch_filter filter,
                                                         batch_id before,
                                                         std::size_t limit) override;
    task<result<job_record>> find_job(std::string batch_uid, std::string key) override;
    task<result<job_record>> find_job(job_id id) override;
    task<result<std::vector<job_record>>> list_jobs(job_filter filter,
                                                    job_id after,
                                                    std::size_t limit) override;
    task<result<std::vector<history_entry>>> history(job_id job, std::size_t limit) override;
    task<result<event_page>> events_after(event_id after,
                                          job_id first,
                                          std::int64_t count,
                                          std::size_t limit) override;
    task<result<event_id>> last_event() override;
    void on_commit(std::function<void(event_id last)> listener) override {
        listeners_->committed = std::move(listener);
    }

    // calendar
    task<result<std::vector<queue_length>>> wake_due(wall_time now, std::size_t limit) override;
    task<result<std::vector<history_entry>>> expire_due(wall_time now, std::size_t limit) override;
    task<result<purge_outcome>> purge_ended(wall_time before, std::size_t job_limit) override;
    task<result<due_times>> next_due() override;

    task<void> close() override;

private:
    void check_soundness(SQLite::Database& database,
                         const sqlite_store_options& options,
                         const connection_settings& settings);

    template <class Work>
    auto write(operation_traits traits, Work work) {
        return submit(write_worker_, writer_.session(), traits, std::move(work));
    }
    template <class Work>
    auto read(operation_traits traits, Work work) {
        return submit(read_worker_, reader_.session(), traits, std::move(work));
    }

    lock_file lock_;  // the first to be made and the last to go
    lock_file database_lock_;
    std::shared_ptr<store_listeners> listeners_;
    writer writer_;
    reader reader_;
    worker write_worker_;
    worker read_worker_;
    background_check check_;
};

// For the reads of clients, of which only so many may wait.
operation_traits read_traits();

}  // namespace cloned::storage
