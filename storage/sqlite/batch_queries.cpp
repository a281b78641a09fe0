#include "storage/sqlite/batch_queries.hpp"

#include "base/text.hpp"
#include "storage/sqlite/row_mapping.hpp"

#include <algorithm>
#include <limits>

namespace cloned::storage {
namespace {

std::string list_sql(const char* index, const char* condition) {
    return concat("SELECT ", batch_columns, "FROM batches b ", index,
                  "CROSS JOIN tenants t ON t.tenant_id = b.tenant_id WHERE b.batch_id < ? ",
                  condition, "ORDER BY b.batch_id DESC LIMIT ?");
}

// One more batch of changes is looked through along the history when that is cheaper than going
// through every change that the jobs ever had.
constexpr std::int64_t cheap_gap = 20'000;
constexpr std::int64_t usual_changes_per_job = 5;

std::string events_sql(const char* inner) {
    return concat(
        "SELECT e.event_id, e.job_id, j.key, e.at_ms, e.from_state, e.to_state, e.attempt, e.vm, "
        "e.detail FROM (",
        inner,
        ") p CROSS JOIN job_events e ON e.event_id = p.event_id "
        "CROSS JOIN jobs j ON j.job_id = e.job_id ORDER BY e.event_id");
}

history_entry read_event(const rows& row) {
    history_entry event;
    event.id = event_id{row.integer(0)};
    event.job = job_id{row.integer(1)};
    event.key = row.text(2);
    event.at = row.time(3);
    event.from = row.state(4);
    event.to = row.state(5);
    event.attempt = static_cast<std::uint32_t>(row.integer(6));
    event.vm = row.text(7);
    event.detail = row.text(8);
    return event;
}

std::vector<history_entry> read_events(rows found) {
    std::vector<history_entry> events;
    while (found.next()) events.push_back(read_event(found));
    return events;
}

}  // namespace

batch_queries::batch_queries(SQLite::Database& database)
    : find_batch_(database,
                  concat("SELECT ",
                         batch_columns,
                         "FROM batches b JOIN tenants t ON t.tenant_id = b.tenant_id "
                         "WHERE b.uid = ?")
                      .c_str()),
      find_request_(database,
                    concat("SELECT ",
                           batch_columns,
                           "FROM tenants t CROSS JOIN batches b "
                           "ON b.tenant_id = t.tenant_id WHERE t.name = ? "
                           "AND b.request_id = ? AND b.content_hash = ?")
                        .c_str()),
      find_tenant_(database, "SELECT tenant_id FROM tenants WHERE name = ?"),
      list_all_(database, list_sql("", "").c_str()),
      list_ended_(database, list_sql("", "AND b.ended_at_ms IS NOT NULL ").c_str()),
      list_open_(database,
                 list_sql("INDEXED BY batches_open ", "AND b.ended_at_ms IS NULL ").c_str()),
      list_of_tenant_(database,
                      list_sql("INDEXED BY batches_by_tenant ", "AND b.tenant_id = ? ").c_str()),
      list_ended_of_tenant_(database,
                            list_sql("INDEXED BY batches_by_tenant ",
                                     "AND b.tenant_id = ? "
                                     "AND b.ended_at_ms IS NOT NULL ")
                                .c_str()),
      list_open_of_tenant_(
          database,
          list_sql("INDEXED BY batches_open ", "AND b.tenant_id = ? AND b.ended_at_ms IS NULL ")
              .c_str()),
      history_(database,
               events_sql("SELECT event_id FROM job_events INDEXED BY job_events_by_job "
                          "WHERE job_id = ? ORDER BY event_id DESC LIMIT ?")
                   .c_str()),
      events_{{database, events_sql("SELECT event_id FROM job_events NOT INDEXED "
                                    "WHERE event_id > ? AND job_id >= ? AND job_id < ? "
                                    "ORDER BY event_id LIMIT ?")
                             .c_str()},
              {database, events_sql("SELECT event_id FROM job_events INDEXED BY job_events_by_job "
                                    "WHERE event_id > ? AND job_id >= ? AND job_id < ? "
                                    "ORDER BY event_id LIMIT ?")
                             .c_str()}},
      last_event_(database, "SELECT IFNULL(MAX(event_id), 0) FROM job_events") {}

result<batch_record> batch_queries::find_batch(const std::string& uid) {
    auto found = find_batch_.run(uid);
    if (!found.next())
        return fail(errc::not_found, concat("there is no batches/", one_line(uid, 100)));
    return read_batch(found);
}

result<batch_record> batch_queries::find_request(const std::string& tenant,
                                                 const std::string& request_id,
                                                 const std::string& content_hash) {
    auto found = find_request_.run(tenant, request_id, content_hash);
    if (!found.next()) return fail(errc::not_found, "no such request is known");
    return read_batch(found);
}

std::vector<batch_record> batch_queries::list_batches(const batch_filter& filter,
                                                      batch_id before,
                                                      std::size_t limit) {
    const auto bound = before.value > 0 ? before.value : std::numeric_limits<std::int64_t>::max();
    const auto read = [](rows found) {
        std::vector<batch_record> batches;
        while (found.next()) batches.push_back(read_batch(found));
        return batches;
    };
    if (filter.tenant.empty()) {
        auto& list = !filter.ended ? list_all_ : *filter.ended ? list_ended_ : list_open_;
        return read(list.run(bound, limit));
    }
    std::int64_t tenant = 0;
    {
        auto found = find_tenant_.run(filter.tenant);
        if (!found.next()) return {};
        tenant = found.integer(0);
    }
    auto& list = !filter.ended   ? list_of_tenant_
                 : *filter.ended ? list_ended_of_tenant_
                                 : list_open_of_tenant_;
    return read(list.run(bound, tenant, limit));
}

std::vector<history_entry> batch_queries::history(job_id job, std::size_t limit) {
    return read_events(history_.run(job, limit));
}

event_page batch_queries::events_after(event_id after,
                                       job_id first,
                                       std::int64_t count,
                                       std::size_t limit) {
    event_id last = after;
    {
        auto found = last_event_.run();
        if (found.next()) last.value = std::max(last.value, found.integer(0));
    }
    if (limit == 0) return {{}, after};
    const auto gap = last.value - after.value;
    auto& query = gap <= std::max(cheap_gap, count * usual_changes_per_job) ? events_.along_events
                                                                            : events_.along_jobs;
    const auto end = first.value > std::numeric_limits<std::int64_t>::max() - count
                         ? std::numeric_limits<std::int64_t>::max()
                         : first.value + count;
    event_page page{read_events(query.run(after, first, end, limit)), last};
    if (page.events.size() >= limit) page.upto = page.events.back().id;
    return page;
}

}  // namespace cloned::storage
