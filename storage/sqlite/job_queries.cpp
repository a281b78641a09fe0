#include "storage/sqlite/job_queries.hpp"

#include "base/text.hpp"
#include "storage/spec_codec.hpp"
#include "storage/sqlite/row_mapping.hpp"

#include <algorithm>

namespace cloned::storage {
namespace {

constexpr const char* record_sql =
    "SELECT s.job_id, s.batch_id, b.uid, t.name, s.lane_id, j.key, l.kind, j.spec, l.endpoint, "
    "l.cluster, s.priority, j.not_before_ms, s.deadline_ms, j.max_attempts, j.labels, "
    "b.accepted_at_ms, s.ended_at_ms, s.state, s.fence, s.attempt, s.cancel_requested, s.task, "
    "s.vm, s.error_code, s.error_text, s.wake_at_ms, s.sent_at_ms, s.changed_at_ms, "
    "s.tenant_id, c.after_job, c.vm, a.key FROM job_state s JOIN jobs j ON j.job_id = s.job_id "
    "JOIN batches b ON b.batch_id = s.batch_id JOIN lanes l ON l.lane_id = s.lane_id "
    "JOIN tenants t ON t.tenant_id = s.tenant_id LEFT JOIN chains c ON c.job_id = s.job_id "
    "LEFT JOIN jobs a ON a.job_id = c.after_job WHERE s.job_id = ?";

constexpr const char* span_columns =
    "SELECT b.batch_id, b.first_job, b.job_count, b.tenant_id, b.blocked, b.queued, b.submitting, "
    "b.running, b.in_doubt, b.needs_operator, b.succeeded, b.failed, b.cancelled ";

template <class T>
T checked(result<T> decoded) {
    if (!decoded) throw store_failure(std::move(decoded.error()));
    return std::move(*decoded);
}

// The states that the index of the unsettled covers.
bool is_unsettled(job_state state) {
    return state == job_state::submitting || state == job_state::running ||
           state == job_state::in_doubt || state == job_state::needs_operator;
}

}  // namespace

job_queries::job_queries(SQLite::Database& database)
    : read_record_(database, record_sql),
      find_by_key_(database,
                   "SELECT j.job_id FROM batches b CROSS JOIN jobs j ON j.batch_id = b.batch_id "
                   "WHERE b.uid = ? AND j.key = ?"),
      find_tenant_(database, "SELECT tenant_id FROM tenants WHERE name = ?"),
      find_span_by_uid_(database, concat(span_columns, "FROM batches b WHERE b.uid = ?").c_str()),
      find_span_by_id_(database,
                       concat(span_columns, "FROM batches b WHERE b.batch_id = ?").c_str()),
      batch_of_job_(database,
                    "SELECT batch_id FROM batches WHERE first_job <= ? "
                    "ORDER BY first_job DESC LIMIT 1"),
      next_batch_(
          database,
          concat(span_columns, "FROM batches b WHERE b.batch_id >= ? ORDER BY b.batch_id").c_str()),
      next_batch_of_tenant_(
          database,
          concat(span_columns,
                 "FROM batches b INDEXED BY batches_by_tenant WHERE b.batch_id >= ? "
                 "AND b.tenant_id = ? ORDER BY b.batch_id")
              .c_str()),
      next_batch_of_lane_(
          database,
          concat(span_columns,
                 "FROM batch_lanes x CROSS JOIN batches b "
                 "ON b.batch_id = x.batch_id WHERE x.batch_id >= ? AND x.lane_id = ? "
                 "AND (?3 IS NULL OR b.tenant_id = ?3) ORDER BY x.batch_id")
              .c_str()),
      scan_jobs_(database,
                 "SELECT job_id, state, lane_id FROM job_state WHERE job_id >= ? AND job_id < ? "
                 "ORDER BY job_id"),
      scan_unsettled_(database,
                      "SELECT job_id, state, lane_id, tenant_id FROM job_state "
                      "INDEXED BY job_state_unsettled "
                      "WHERE state IN ('submitting', 'running', 'in_doubt', 'needs_operator') "
                      "AND job_id > ? ORDER BY job_id"),
      read_queued_(database,
                   concat("SELECT ",
                          queued_job_columns,
                          "FROM job_state s ",
                          queued_job_joins,
                          "WHERE s.job_id = ?")
                       .c_str()),
      find_maker_(database,
                  "SELECT o.job_id FROM job_state j JOIN job_state o ON o.vm = ?2 AND o.vm <> '' "
                  "AND o.vm_name IS NOT NULL AND o.inventory_id = j.inventory_id "
                  "AND o.job_id <> j.job_id WHERE j.job_id = ?1 LIMIT 1"),
      find_tasks_(database,
                  "SELECT * FROM (SELECT s.task, s.job_id, 0, s.sent_at_ms AS sent "
                  "FROM job_state s INDEXED BY job_state_sent JOIN lanes l "
                  "ON l.lane_id = s.lane_id WHERE s.task <> '' AND s.sent_at_ms >= ?1 "
                  "AND l.endpoint = ?2 ORDER BY s.sent_at_ms DESC LIMIT ?3) UNION ALL "
                  "SELECT * FROM (SELECT t.task, t.job_id, 1, t.sent_at_ms AS sent "
                  "FROM spent_tasks t JOIN job_state s ON s.job_id = t.job_id JOIN lanes l "
                  "ON l.lane_id = s.lane_id WHERE t.sent_at_ms >= ?1 AND l.endpoint = ?2 "
                  "ORDER BY t.sent_at_ms DESC LIMIT ?3) ORDER BY sent DESC LIMIT ?3") {}

std::optional<job_record> job_queries::read_record(std::int64_t id) {
    auto row = read_record_.run(id);
    if (!row.next()) return std::nullopt;
    job_record record;
    record.id = job_id{row.integer(0)};
    record.batch = batch_id{row.integer(1)};
    record.batch_uid = row.text(2);
    record.tenant = row.text(3);
    record.lane = lane_id{row.integer(4)};
    auto& request = record.request;
    request.key = row.text(5);
    request.spec = checked(decode_spec(read_kind(row, 6), row.view(7)));
    request.endpoint = row.text(8);
    request.cluster = row.text(9);
    request.priority = static_cast<job_priority>(row.integer(10));
    request.not_before = row.time_if_set(11);
    request.deadline = row.time_if_set(12);
    request.max_attempts = static_cast<std::uint32_t>(row.integer(13));
    request.labels = checked(decode_labels(row.view(14)));
    record.accepted_at = row.time(15);
    record.ended_at = row.time_if_set(16);
    record.progress = read_progress(row, 17);
    record.queue_tenant = tenant_id{row.integer(28)};
    if (!row.null(29)) {
        record.after = job_id{row.integer(29)};
        record.given_vm = row.text(30);
        if (!row.null(31)) request.after = row.text(31);
    }
    return record;
}

result<job_record> job_queries::find_job(const std::string& batch_uid, const std::string& key) {
    std::optional<job_record> record;
    if (auto found = find_by_key_.run(batch_uid, key); found.next())
        record = read_record(found.integer(0));
    if (!record)
        return fail(errc::not_found, concat("there is no batches/", one_line(batch_uid, 100),
                                            "/jobs/", one_line(key, 100)));
    return std::move(*record);
}

result<job_record> job_queries::find_job(job_id id) {
    auto record = read_record(id.value);
    if (!record) return fail(errc::not_found, concat("there is no job ", std::to_string(id.value)));
    return std::move(*record);
}

std::array<bool, job_state_count> job_queries::set_of(const std::vector<job_state>& states) {
    std::array<bool, job_state_count> set{};
    set.fill(states.empty());
    for (const auto state : states) set[static_cast<std::size_t>(state)] = true;
    return set;
}

job_queries::batch_span job_queries::read_span(const rows& row, const wanted& what) {
    batch_span span{row.integer(0), row.integer(1), row.integer(1) + row.integer(2), 0};
    for (std::size_t i = 0; i < job_state_count; ++i)
        if (what.states[i]) span.matching += row.integer(4 + static_cast<int>(i));
    return span;
}

std::vector<job_record> job_queries::list_jobs(const job_filter& filter,
                                               job_id after,
                                               std::size_t limit) {
    wanted what;
    what.states = set_of(filter.states);
    if (filter.lane) what.lane = filter.lane->value;
    if (!filter.tenant.empty()) {
        auto found = find_tenant_.run(filter.tenant);
        if (!found.next()) return {};
        what.tenant = found.integer(0);
    }
    job_ids ids;
    const bool only_unsettled =
        !filter.states.empty() &&
        std::all_of(filter.states.begin(), filter.states.end(), is_unsettled);
    if (!filter.batch_uid.empty()) {
        auto found = find_span_by_uid_.run(filter.batch_uid);
        if (!found.next() || (what.tenant && found.integer(3) != *what.tenant)) return {};
        find_in_batch(read_span(found, what), what, after, limit, ids);
    } else if (only_unsettled) {
        find_unsettled(what, after, limit, ids);
    } else {
        const auto start = batch_to_start_from(after);
        auto found = what.lane     ? next_batch_of_lane_.run(start, *what.lane, what.tenant)
                     : what.tenant ? next_batch_of_tenant_.run(start, *what.tenant)
                                   : next_batch_.run(start);
        while (ids.size() < limit && found.next())
            find_in_batch(read_span(found, what), what, after, limit, ids);
    }
    std::vector<job_record> records;
    records.reserve(ids.size());
    for (const auto id : ids)
        if (auto record = read_record(id)) records.push_back(std::move(*record));
    return records;
}

// The ids of jobs grow with those of their batches.
std::int64_t job_queries::batch_to_start_from(job_id after) {
    auto found = batch_of_job_.run(after);
    return found.next() ? found.integer(0) : 0;
}

// The batch's counters tell when there is nothing more to be found in it, and mostly that there is
// nothing at all.
void job_queries::find_in_batch(
    const batch_span& batch, const wanted& what, job_id after, std::size_t limit, job_ids& found) {
    if (batch.matching == 0 || after.value + 1 >= batch.end) return;
    auto left = batch.matching;
    auto jobs = scan_jobs_.run(std::max(batch.first, after.value + 1), batch.end);
    while (left > 0 && found.size() < limit && jobs.next()) {
        if (!what.states[static_cast<std::size_t>(jobs.state(1))]) continue;
        --left;
        if (!what.lane || jobs.integer(2) == *what.lane) found.push_back(jobs.integer(0));
    }
}

void job_queries::find_unsettled(const wanted& what,
                                 job_id after,
                                 std::size_t limit,
                                 job_ids& found) {
    auto jobs = scan_unsettled_.run(after);
    while (found.size() < limit && jobs.next()) {
        if (!what.states[static_cast<std::size_t>(jobs.state(1))]) continue;
        if (what.lane && jobs.integer(2) != *what.lane) continue;
        if (what.tenant && jobs.integer(3) != *what.tenant) continue;
        found.push_back(jobs.integer(0));
    }
}

std::vector<queued_job> job_queries::load_batch(batch_id batch,
                                                const std::vector<job_state>& states,
                                                job_id after,
                                                std::size_t limit) {
    wanted what;
    what.states = set_of(states);
    job_ids ids;
    {
        auto found = find_span_by_id_.run(batch);
        if (!found.next()) return {};
        find_in_batch(read_span(found, what), what, after, limit, ids);
    }
    std::vector<queued_job> jobs;
    jobs.reserve(ids.size());
    for (const auto id : ids) {
        auto row = read_queued_.run(id);
        if (row.next()) jobs.push_back(read_queued_job(row));
    }
    return jobs;
}

std::vector<job_task> job_queries::tasks_since(const std::string& endpoint,
                                               wall_time since,
                                               std::size_t limit) {
    std::vector<job_task> out;
    auto row = find_tasks_.run(since, endpoint, limit);
    while (row.next()) out.push_back({row.text(0), job_id{row.integer(1)}, row.integer(2) != 0});
    return out;
}

std::optional<job_id> job_queries::made_by_another(job_id job, const std::string& vm) {
    auto row = find_maker_.run(job, vm);
    if (!row.next()) return std::nullopt;
    return job_id{row.integer(0)};
}

}  // namespace cloned::storage
