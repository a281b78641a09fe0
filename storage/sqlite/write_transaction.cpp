#include "storage/sqlite/write_transaction.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace cloned::storage {
namespace {

// Texts for people come from outside and are kept for as long as the job is.
constexpr std::size_t detail_bytes_max = 4096;

std::int64_t read_number(SQLite::Database& database, const char* question) {
    return database.execAndGet(question).getInt64();
}

}  // namespace

write_transaction::write_transaction(SQLite::Database& database, id_limits limits)
    : begin_(database, "BEGIN IMMEDIATE"),
      commit_(database, "COMMIT"),
      rollback_(database, "ROLLBACK"),
      save_numbers_(database,
                    "UPDATE counters SET next_job = ?, next_batch = ?, next_event = ? "
                    "WHERE counter_id = 1"),
      add_event_(database,
                 "INSERT INTO job_events (event_id, job_id, at_ms, from_state, to_state, attempt, "
                 "vm, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      add_tally_(
          database,
          "UPDATE batches SET blocked = blocked + ?1, queued = queued + ?2, "
          "submitting = submitting + ?3, running = running + ?4, in_doubt = in_doubt + ?5, "
          "needs_operator = needs_operator + ?6, succeeded = succeeded + ?7, "
          "failed = failed + ?8, cancelled = cancelled + ?9, "
          "ended_at_ms = CASE WHEN succeeded + failed + cancelled + ?7 + ?8 + ?9 = job_count "
          "THEN COALESCE(ended_at_ms, ?10) END WHERE batch_id = ?11"),
      read_queue_(database,
                  "SELECT waiting FROM queues "
                  "WHERE lane_id = ? AND tenant_id = ? AND priority = ?"),
      write_queue_(database,
                   "REPLACE INTO queues (lane_id, tenant_id, priority, waiting) "
                   "VALUES (?, ?, ?, ?)"),
      drop_queue_(database,
                  "DELETE FROM queues WHERE lane_id = ? AND tenant_id = ? AND priority = ?"),
      names_(database, limits) {
    load(database);
}

void write_transaction::load(SQLite::Database& database) {
    // Rows disappear by purging only, which saves the numbers first.
    const auto next = [&](const char* saved, const char* highest) {
        return std::max(read_number(database, saved), read_number(database, highest) + 1);
    };
    next_.job = next("SELECT next_job FROM counters", "SELECT IFNULL(MAX(job_id), 0) FROM jobs");
    next_.batch =
        next("SELECT next_batch FROM counters", "SELECT IFNULL(MAX(batch_id), 0) FROM batches");
    next_.event =
        next("SELECT next_event FROM counters", "SELECT IFNULL(MAX(event_id), 0) FROM job_events");
    committed_ = next_;
    live_ = read_number(database,
                        "SELECT IFNULL(SUM(job_count - succeeded - failed - cancelled), 0) "
                        "FROM batches WHERE ended_at_ms IS NULL");
}

void write_transaction::begin() {
    begin_.execute();
}

void write_transaction::commit() {
    flush_tallies();
    flush_queues();
    commit_.execute();
    keep_releases();
    live_ += std::exchange(live_delta_, 0);
    last_changed_jobs_ = std::exchange(jobs_changed_, false) || committed_.event != next_.event;
    committed_ = next_;
}

void write_transaction::rollback() noexcept {
    try {
        rollback_.execute();
    } catch (const SQLite::Exception&) {
        // SQLite has rolled back by itself; the writer asks it.
    }
    next_ = committed_;
    live_delta_ = 0;
    jobs_changed_ = false;
    tallies_.clear();
    queue_deltas_.clear();
    releasing_ = {};
    names_.forget();
}

job_id write_transaction::take_jobs(std::int64_t count) {
    const job_id first{next_.job};
    next_.job += count;
    return first;
}

void write_transaction::save_numbers() {
    save_numbers_.execute(next_.job, next_.batch, next_.event);
}

void write_transaction::moved(
    batch_id batch, const queue_key& queue, job_state from, job_state to, wall_time at) {
    auto& sum = tallies_[batch.value];
    --sum.delta[static_cast<std::size_t>(from)];
    ++sum.delta[static_cast<std::size_t>(to)];
    if (from == job_state::queued) queued(queue, -1);
    if (to == job_state::queued) queued(queue, 1);
    if (is_ended(to)) sum.last_end = std::max(sum.last_end, at);
    live_delta_ += (is_ended(from) ? 1 : 0) - (is_ended(to) ? 1 : 0);
}

void write_transaction::releases::add(const queue_length& more) {
    auto& length =
        queues.try_emplace(more.queue, queue_length{more.queue, 0, more.first_job}).first->second;
    length.jobs += more.jobs;
    length.first_job = std::min(length.first_job, more.first_job);
}

void write_transaction::released(const queue_key& queue, job_id job) {
    releasing_.add({queue, 1, job.value});
}

void write_transaction::released_until(wall_time wake) {
    releasing_.add_wake(wake);
}

void write_transaction::keep_releases() {
    for (const auto& [queue, length] : releasing_.queues) released_.add(length);
    if (releasing_.wake) released_.add_wake(*releasing_.wake);
    releasing_ = {};
}

std::optional<released_jobs> write_transaction::take_released() {
    const auto taken = std::exchange(released_, {});
    if (taken.queues.empty() && !taken.wake) return std::nullopt;
    released_jobs out;
    for (const auto& [queue, length] : taken.queues) out.queued.push_back(length);
    out.next_wake = taken.wake;
    return out;
}

event_id write_transaction::append_event(job_id job,
                                         wall_time at,
                                         job_state from,
                                         job_state to,
                                         std::uint32_t attempt,
                                         const std::string& vm,
                                         const std::string& detail) {
    const event_id id{next_.event++};
    if (detail.size() <= detail_bytes_max)
        add_event_.execute(id, job, at, from, to, attempt, vm, detail);
    else
        add_event_.execute(id, job, at, from, to, attempt, vm, one_line(detail, detail_bytes_max));
    return id;
}

void write_transaction::flush_tallies() {
    for (const auto& [batch, sum] : tallies_) {
        const auto& d = sum.delta;
        add_tally_.execute(d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], sum.last_end,
                           batch);
    }
    tallies_.clear();
}

void write_transaction::flush_queues() {
    for (const auto& [queue, delta] : queue_deltas_) {
        if (delta == 0) continue;
        auto waiting = delta;
        if (auto row = read_queue_.run(queue.lane, queue.tenant, queue.priority); row.next())
            waiting += row.integer(0);
        if (waiting == 0)
            drop_queue_.execute(queue.lane, queue.tenant, queue.priority);
        else
            write_queue_.execute(queue.lane, queue.tenant, queue.priority, waiting);
    }
    queue_deltas_.clear();
}

}  // namespace cloned::storage
