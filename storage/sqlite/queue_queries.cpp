#include "storage/sqlite/queue_queries.hpp"

#include "base/text.hpp"
#include "storage/sqlite/row_mapping.hpp"

#include <algorithm>

namespace cloned::storage {
namespace {

// A place in a queue is for people; it must not hold up other reads.
constexpr std::int64_t counted_jobs_max = 50'000;

std::vector<queued_job> read_all(rows found) {
    std::vector<queued_job> jobs;
    while (found.next()) jobs.push_back(read_queued_job(found));
    return jobs;
}

std::optional<wall_time> read_time(rows found) {
    if (!found.next()) return std::nullopt;
    return found.time_if_set(0);
}

}  // namespace

queue_queries::queue_queries(SQLite::Database& database)
    : lanes_(database, concat("SELECT ", lane_columns, "FROM lanes l ORDER BY l.lane_id").c_str()),
      queues_(database,
              "SELECT q.lane_id, q.tenant_id, q.priority, q.waiting, "
              "(SELECT s.job_id FROM job_state s INDEXED BY job_state_queued "
              "WHERE s.state = 'queued' AND s.lane_id = q.lane_id AND s.tenant_id = q.tenant_id "
              "AND s.priority = q.priority ORDER BY s.job_id LIMIT 1) "
              "FROM queues q ORDER BY q.lane_id, q.tenant_id, q.priority"),
      load_queue_(database,
                  concat("SELECT ",
                         queued_job_columns,
                         "FROM job_state s INDEXED BY job_state_queued ",
                         queued_job_joins,
                         "WHERE s.state = 'queued' AND s.lane_id = ? AND s.tenant_id = ? "
                         "AND s.priority = ? ORDER BY s.job_id LIMIT ?")
                      .c_str()),
      load_unsettled_(
          database,
          concat("SELECT ",
                 queued_job_columns,
                 "FROM job_state s INDEXED BY job_state_unsettled ",
                 queued_job_joins,
                 "WHERE s.state IN ('submitting', 'running', 'in_doubt', 'needs_operator') "
                 "ORDER BY s.job_id")
              .c_str()),
      next_wake_(database,
                 "SELECT wake_at_ms FROM job_state INDEXED BY job_state_blocked "
                 "WHERE state = 'blocked' ORDER BY wake_at_ms LIMIT 1"),
      next_deadline_(database,
                     "SELECT deadline_ms FROM job_state INDEXED BY job_state_deadline "
                     "WHERE state IN ('queued', 'blocked') AND deadline_ms IS NOT NULL "
                     "ORDER BY deadline_ms LIMIT 1"),
      count_before_(database,
                    "SELECT COUNT(*) FROM (SELECT 1 FROM job_state INDEXED BY job_state_queued "
                    "WHERE state = 'queued' AND lane_id = ? AND tenant_id = ? AND priority = ? "
                    "AND job_id < ? LIMIT ?)"),
      count_from_(database,
                  "SELECT COUNT(*) FROM (SELECT 1 FROM job_state INDEXED BY job_state_queued "
                  "WHERE state = 'queued' AND lane_id = ? AND tenant_id = ? AND priority = ? "
                  "AND job_id >= ? LIMIT ?)"),
      waiting_(database,
               "SELECT waiting FROM queues WHERE lane_id = ? AND tenant_id = ? AND priority = ?"),
      first_and_last_(
          database,
          "SELECT MIN(job_id), MAX(job_id) FROM ("
          "SELECT job_id FROM (SELECT job_id FROM job_state INDEXED BY job_state_queued "
          "WHERE state = 'queued' AND lane_id = ?1 AND tenant_id = ?2 "
          "AND priority = ?3 ORDER BY job_id LIMIT 1) UNION ALL "
          "SELECT job_id FROM (SELECT job_id FROM job_state INDEXED BY job_state_queued "
          "WHERE state = 'queued' AND lane_id = ?1 AND tenant_id = ?2 "
          "AND priority = ?3 ORDER BY job_id DESC LIMIT 1))") {}

std::vector<lane_record> queue_queries::lanes() {
    std::vector<lane_record> lanes;
    auto found = lanes_.run();
    while (found.next()) lanes.push_back(read_lane(found));
    return lanes;
}

std::vector<queue_length> queue_queries::queues() {
    std::vector<queue_length> queues;
    auto found = queues_.run();
    while (found.next())
        queues.push_back(queue_length{{lane_id{found.integer(0)}, tenant_id{found.integer(1)},
                                       static_cast<job_priority>(found.integer(2))},
                                      found.integer(3),
                                      found.integer(4)});
    return queues;
}

std::vector<queued_job> queue_queries::load_queue(const queue_key& queue, std::size_t limit) {
    return read_all(load_queue_.run(queue.lane, queue.tenant, queue.priority, limit));
}

std::vector<queued_job> queue_queries::load_unsettled() {
    return read_all(load_unsettled_.run());
}

due_times queue_queries::next_due() {
    due_times due;
    due.wake = read_time(next_wake_.run());
    due.deadline = read_time(next_deadline_.run());
    return due;
}

// Counted from the nearer end of the queue. Far from both, in a queue of more than twice the limit,
// the job's id tells about where it stands.
std::int64_t queue_queries::queue_position(const queue_key& queue, job_id job) {
    const auto ask = [&](statement& question, const auto&... more) {
        auto found = question.run(queue.lane, queue.tenant, queue.priority, more...);
        return found.next() ? found.integer(0) : 0;
    };
    const auto before = ask(count_before_, job, counted_jobs_max);
    if (before < counted_jobs_max) return before;
    const auto waiting = ask(waiting_);
    const auto behind = ask(count_from_, job, counted_jobs_max);
    if (behind < counted_jobs_max) return waiting - behind;

    auto ends = first_and_last_.run(queue.lane, queue.tenant, queue.priority);
    if (!ends.next() || ends.null(0)) return before;
    const auto first = static_cast<double>(ends.integer(0));
    const auto span = std::max(static_cast<double>(ends.integer(1)) - first, 1.0);
    const auto share = (static_cast<double>(job.value) - first) / span;
    const auto guess = static_cast<std::int64_t>(share * static_cast<double>(waiting));
    return std::clamp(guess, counted_jobs_max, waiting - counted_jobs_max);
}

}  // namespace cloned::storage
