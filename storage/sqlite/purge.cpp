#include "storage/sqlite/purge.hpp"

#include <algorithm>

namespace cloned::storage {
namespace {

// Batches of one job each must not make a call long either.
constexpr std::int64_t batches_per_call_max = 1000;

}  // namespace

purge::purge(SQLite::Database& database, write_transaction& transaction)
    : transaction_(transaction),
      find_batch_(database,
                  "SELECT batch_id, first_job, job_count FROM batches INDEXED BY batches_ended "
                  "WHERE ended_at_ms IS NOT NULL AND ended_at_ms < ? "
                  "ORDER BY ended_at_ms, batch_id LIMIT 1"),
      delete_batch_(database, "DELETE FROM batches WHERE batch_id = ?"),
      delete_lanes_(database,
                    "DELETE FROM batch_lanes WHERE lane_id IN (SELECT lane_id FROM lanes) "
                    "AND batch_id = ?"),
      add_leftover_(database, "INSERT INTO leftovers (first_job, end_job) VALUES (?, ?)"),
      find_leftover_(database,
                     "SELECT first_job, end_job FROM leftovers ORDER BY first_job LIMIT 1"),
      drop_leftover_(database, "DELETE FROM leftovers WHERE first_job = ?"),
      delete_events_(database, "DELETE FROM job_events WHERE job_id >= ? AND job_id < ?"),
      delete_state_(database, "DELETE FROM job_state WHERE job_id >= ? AND job_id < ?"),
      delete_jobs_(database, "DELETE FROM jobs WHERE job_id >= ? AND job_id < ?"),
      delete_chains_(database, "DELETE FROM chains WHERE job_id >= ? AND job_id < ?"),
      delete_suspects_(database, "DELETE FROM suspects WHERE job_id >= ? AND job_id < ?"),
      delete_tasks_(database, "DELETE FROM spent_tasks WHERE job_id >= ? AND job_id < ?") {}

purge_outcome purge::run(wall_time before, std::size_t job_limit) {
    purge_outcome outcome;
    const auto limit = std::max<std::int64_t>(static_cast<std::int64_t>(job_limit), 1);
    bool saved = false;
    for (;;) {
        const auto leftover = next_leftover();
        outcome.more = leftover.has_value();
        if (outcome.jobs >= limit || outcome.batches >= batches_per_call_max) {
            outcome.more = outcome.more || find_batch_.run(before).next();
            return outcome;
        }
        // The highest numbers may be about to disappear; they must not be given out again.
        if (!std::exchange(saved, true)) transaction_.save_numbers();
        if (leftover)
            outcome.jobs += delete_jobs(*leftover, limit - outcome.jobs);
        else if (retire_batch(before))
            ++outcome.batches;
        else
            return outcome;
    }
}

bool purge::retire_batch(wall_time before) {
    std::int64_t batch = 0;
    span jobs;
    {
        auto found = find_batch_.run(before);
        if (!found.next()) return false;
        batch = found.integer(0);
        jobs = {found.integer(1), found.integer(1) + found.integer(2)};
    }
    delete_batch_.execute(batch);
    delete_lanes_.execute(batch);
    add_leftover_.execute(jobs.first, jobs.end);
    return true;
}

std::optional<purge::span> purge::next_leftover() {
    auto found = find_leftover_.run();
    if (!found.next()) return std::nullopt;
    return span{found.integer(0), found.integer(1)};
}

std::int64_t purge::delete_jobs(span jobs, std::int64_t limit) {
    const auto end = std::min(jobs.end, jobs.first + limit);
    delete_events_.execute(jobs.first, end);
    delete_state_.execute(jobs.first, end);
    delete_jobs_.execute(jobs.first, end);
    delete_chains_.execute(jobs.first, end);
    delete_suspects_.execute(jobs.first, end);
    delete_tasks_.execute(jobs.first, end);
    drop_leftover_.execute(jobs.first);
    if (end < jobs.end) add_leftover_.execute(end, jobs.end);
    return end - jobs.first;
}

}  // namespace cloned::storage
