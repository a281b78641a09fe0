#pragma once

#include "base/ids.hpp"
#include "storage/queue_store.hpp"
#include "storage/sqlite/high_water.hpp"
#include "storage/sqlite/name_ids.hpp"
#include "storage/sqlite/statement.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace cloned::storage {

// What all writes share: numbers that are given out, the ids of names, the counters of the
// batches, the history. Counters are added up over a transaction and written at its end, so that
// a thousand changes of one batch rewrite its row once.
//
// Threads: the writer's only. Errors: throws what SQLite throws; the transaction must then be
// rolled back.
class write_transaction {
public:
    write_transaction(SQLite::Database& database, id_limits limits);

    // --- the transaction around everything below
    void begin();
    void commit();
    void rollback() noexcept;

    // --- numbers; never given out twice, also not after what had them is gone
    job_id take_jobs(std::int64_t count);
    batch_id take_batch() { return batch_id{next_.batch++}; }
    void save_numbers();

    name_ids& names() { return names_; }

    // --- counters and history
    void accepted(std::int64_t jobs) { live_delta_ += jobs; }
    void queued(const queue_key& queue, std::int64_t more) { queue_deltas_[queue] += more; }
    void moved(batch_id batch, const queue_key& queue, job_state from, job_state to, wall_time at);
    event_id append_event(job_id job,
                          wall_time at,
                          job_state from,
                          job_state to,
                          std::uint32_t attempt,
                          const std::string& vm,
                          const std::string& detail);
    void note_change() { jobs_changed_ = true; }
    // For on_release(): what was released within transactions that have been committed since the
    // last call; what a later one takes back is its own only.
    void released(const queue_key& queue, job_id job);
    void released_until(wall_time wake);
    std::optional<released_jobs> take_released();

    // As of the last commit.
    event_id last_event() const { return event_id{committed_.event - 1}; }
    std::int64_t unfinished_jobs() const { return live_; }
    high_water given_out() const {
        return {committed_.event - 1, committed_.job - 1, committed_.batch - 1};
    }
    bool last_commit_changed_jobs() const { return last_changed_jobs_; }

    // Within the transaction.
    std::int64_t unfinished_jobs_now() const { return live_ + live_delta_; }

private:
    struct numbers {
        std::int64_t job = 1;
        std::int64_t batch = 1;
        std::int64_t event = 1;
    };
    struct tally {
        std::array<std::int64_t, job_state_count> delta{};
        wall_time last_end{};
    };

    void load(SQLite::Database& database);
    void keep_releases();
    void flush_tallies();
    void flush_queues();

    statement begin_;
    statement commit_;
    statement rollback_;
    statement save_numbers_;
    statement add_event_;
    statement add_tally_;
    statement read_queue_;
    statement write_queue_;
    statement drop_queue_;

    numbers committed_;
    numbers next_;
    std::int64_t live_ = 0;
    std::int64_t live_delta_ = 0;
    bool jobs_changed_ = false;
    bool last_changed_jobs_ = false;
    std::unordered_map<std::int64_t, tally> tallies_;
    std::map<queue_key, std::int64_t> queue_deltas_;
    struct releases {
        std::map<queue_key, queue_length> queues;
        std::optional<wall_time> wake;

        void add(const queue_length& more);
        void add_wake(wall_time when) { wake = std::min(wake.value_or(when), when); }
    };
    releases releasing_;  // within the transaction
    releases released_;   // committed and not taken
    name_ids names_;
};

}  // namespace cloned::storage
