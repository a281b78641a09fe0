#include "storage/sqlite/change_jobs.hpp"

#include "base/text.hpp"
#include "model/guard.hpp"
#include "storage/sqlite/sqlite_error.hpp"

#include <algorithm>
#include <map>

namespace cloned::storage {
namespace {

// The live name's index is left alone by a change that neither ends nor revives a job: such a
// change must not name ended_at_ms.
std::string change_sql(const char* ended_at) {
    const char* const fence =
        guarded(guard::fence) ? "state = ? AND fence = ?" : "? IS NOT NULL AND ? IS NOT NULL";
    return concat(
        "UPDATE job_state SET state = ?, fence = fence + 1, attempt = ?, "
        "cancel_requested = COALESCE(?, cancel_requested), task = COALESCE(?, task), "
        "vm = COALESCE(?, vm), error_code = COALESCE(?, error_code), "
        "error_text = COALESCE(?, error_text), "
        "wake_at_ms = CASE WHEN ? THEN COALESCE(?, wake_at_ms) END, "
        "sent_at_ms = COALESCE(?, sent_at_ms), changed_at_ms = ?",
        ended_at, " WHERE job_id = ? AND ", fence,
        " RETURNING batch_id, vm, lane_id, tenant_id, priority");
}

constexpr const char* due_columns =
    "SELECT s.job_id, s.batch_id, s.lane_id, s.tenant_id, s.priority, s.state, s.fence, s.attempt, "
    "s.deadline_ms, j.key, s.vm FROM job_state s ";

}  // namespace

struct change_jobs::due_job {
    job_id id;
    queue_key queue;
    job_state state = job_state::queued;
    std::int64_t fence = 0;
    std::uint32_t attempt = 0;
    std::optional<wall_time> deadline;
    std::string key;
    std::string vm;
};

change_jobs::change_jobs(SQLite::Database& database, write_transaction& transaction)
    : transaction_(transaction),
      names_(database),
      chains_(database),
      change_live_(database, change_sql("").c_str()),
      change_ended_(database, change_sql(", ended_at_ms = ?").c_str()),
      find_ended_(database,
                  "SELECT b.batch_id FROM job_state s LEFT JOIN batches b "
                  "ON b.batch_id = s.batch_id WHERE s.job_id = ? AND s.state = ? AND s.fence = ?"),
      clear_suspicion_(database, "DELETE FROM suspects WHERE job_id = ?"),
      remember_task_(database,
                     "INSERT OR IGNORE INTO spent_tasks (job_id, task, sent_at_ms) VALUES "
                     "(?, ?, ?)"),
      find_wakers_(database,
                   concat(due_columns,
                          "INDEXED BY job_state_blocked JOIN jobs j ON j.job_id = s.job_id "
                          "WHERE s.state = 'blocked' AND s.wake_at_ms <= ? "
                          "ORDER BY s.wake_at_ms, s.job_id LIMIT ?")
                       .c_str()),
      find_expired_(database,
                    concat(due_columns,
                           "INDEXED BY job_state_deadline JOIN jobs j ON j.job_id = s.job_id "
                           "WHERE s.state IN ('queued', 'blocked') AND s.deadline_ms IS NOT NULL "
                           "AND s.deadline_ms <= ? ORDER BY s.deadline_ms, s.job_id LIMIT ?")
                        .c_str()) {}

result<event_id> change_jobs::apply(const job_change& change, bool release) {
    const bool ends = is_ended(change.to);
    const bool revives = is_ended(change.from) && !ends;
    auto to = change.to;
    auto wake_at = change.wake_at;
    if (revives) {
        if (auto allowed = check_revival(change); !allowed) return fail(allowed.error());
        const auto revived = revived_to(change);
        if (!revived) return fail(revived.error());
        to = *revived;
        if (to == job_state::blocked) wake_at = never;
    }
    const bool blocks = to == job_state::blocked;
    if (blocks && change.from != job_state::blocked && !wake_at)
        return fail(errc::invalid_argument, "a job cannot be blocked without a time to wake it");

    std::optional<std::string> code;
    std::optional<std::string> words;
    if (change.last_error) {
        code = to_string(change.last_error->code());
        words = one_line(change.last_error->message(), 4096);
    }
    const auto run = [&](statement& update, const auto&... ended_at) {
        return update.run(to, change.attempt, change.cancel_requested, change.task_id, change.vm,
                          code, words, blocks, wake_at, change.sent_at, change.at, ended_at...,
                          change.id, change.from, change.fence);
    };
    const auto ended_at = ends ? std::optional(change.at) : std::nullopt;
    const bool names_end = ends || revives;
    batch_id batch;
    queue_key queue;
    std::string vm;
    {
        auto changed = names_end ? run(change_ended_, ended_at) : run(change_live_);
        if (!changed.next())
            return fail(errc::aborted,
                        concat("job ", std::to_string(change.id.value), " is not ",
                               to_string(change.from), " any more, or was changed meanwhile"));
        batch = batch_id{changed.integer(0)};
        vm = changed.text(1);
        queue = queue_key{lane_id{changed.integer(2)}, tenant_id{changed.integer(3)},
                          static_cast<job_priority>(changed.integer(4))};
    }
    if (change.clears_suspicion) clear_suspicion_.execute(change.id);
    if (!change.spent_task.empty()) remember_task_.execute(change.id, change.spent_task, change.at);
    transaction_.moved(batch, queue, change.from, to, change.at);
    if (to == job_state::queued && (revives || release)) transaction_.released(queue, change.id);
    const auto event = transaction_.append_event(change.id, change.at, change.from, to,
                                                 change.attempt, vm, change.detail);
    if (ends)
        settle_those_waiting_for({change.id, to, vm, words.value_or(change.detail), change.at});
    return event;
}

result<job_state> change_jobs::revived_to(const job_change& change) {
    const auto earlier = chains_.before(change.id);
    if (!earlier) return change.to;
    if (!is_ended(earlier->state)) return job_state::blocked;
    if (earlier->state != job_state::succeeded)
        return fail(errc::failed_precondition,
                    concat("job ", earlier->key, ", which it waits for, is ",
                           to_string(earlier->state), " and must be given another try as well"));
    if (earlier->needs_vm && earlier->vm.empty())
        return fail(errc::failed_precondition,
                    concat("job ", earlier->key, " has ended without telling which VM it made"));
    chains_.give_vm(change.id, earlier->vm, change.at);
    return change.to;
}

// As deep as a chain is long, which is limited when a batch is accepted.
void change_jobs::settle_those_waiting_for(const ending& earlier) {
    const auto waiting = chains_.waiting_for(earlier.job);
    if (waiting.empty()) return;
    const auto key = chains_.key_of(earlier.job);
    for (const auto& job : waiting) {
        const bool has_what_it_needs = !job.needs_vm || !earlier.vm.empty();
        if (earlier.how == job_state::succeeded && has_what_it_needs)
            release(job, earlier);
        else
            end_with(job, earlier, key);
    }
}

void change_jobs::release(const chains::waiting& job, const ending& earlier) {
    chains_.give_vm(job.id, earlier.vm, earlier.at);
    const bool early = job.not_before && *job.not_before > earlier.at;
    job_change next;
    next.id = job.id;
    next.fence = job.fence;
    next.from = job_state::blocked;
    next.to = early ? job_state::blocked : job_state::queued;
    next.at = earlier.at;
    next.attempt = job.attempt;
    if (early) next.wake_at = job.not_before;
    next.detail = earlier.vm.empty() ? "the job before it has succeeded"
                                     : concat("the job before it has made ", earlier.vm);
    const auto changed = apply(next, true);
    if (!changed) throw store_failure(changed.error());
    if (early) transaction_.released_until(*job.not_before);
}

void change_jobs::end_with(const chains::waiting& job,
                           const ending& earlier,
                           const std::string& key) {
    job_change next;
    next.id = job.id;
    next.fence = job.fence;
    next.from = job_state::blocked;
    next.to = earlier.how == job_state::cancelled ? job_state::cancelled : job_state::failed;
    next.at = earlier.at;
    next.attempt = job.attempt;
    next.detail = earlier.how == job_state::succeeded
                      ? concat("job ", key, ", which it waited for, did not tell which VM it made")
                      : concat("job ", key, ", which it waited for, ",
                               earlier.how == job_state::failed ? "failed: " : "was cancelled: ",
                               earlier.words);
    next.last_error = error(errc::failed_precondition, next.detail);
    const auto changed = apply(next, false);
    if (!changed) throw store_failure(changed.error());
}

// A batch that is being purged has lost its row before its jobs are gone.
result<void> change_jobs::check_revival(const job_change& change) {
    {
        auto found = find_ended_.run(change.id, change.from, change.fence);
        if (!found.next()) return {};  // the UPDATE finds the same and says so
        if (found.null(0)) return fail(errc::not_found, "the job's batch has been purged");
    }
    auto conflict = names_.conflict_of(change.id);
    if (conflict) return fail(errc::already_exists, std::move(*conflict));
    return {};
}

std::vector<change_jobs::due_job> change_jobs::read_due(statement& query,
                                                        wall_time now,
                                                        std::size_t limit) {
    std::vector<due_job> due;
    auto found = query.run(now, limit);
    while (found.next()) {
        due_job job;
        job.id = job_id{found.integer(0)};
        job.queue = queue_key{lane_id{found.integer(2)}, tenant_id{found.integer(3)},
                              static_cast<job_priority>(found.integer(4))};
        job.state = found.state(5);
        job.fence = found.integer(6);
        job.attempt = static_cast<std::uint32_t>(found.integer(7));
        job.deadline = found.time_if_set(8);
        job.key = found.text(9);
        job.vm = found.text(10);
        due.push_back(std::move(job));
    }
    return due;
}

std::vector<queue_length> change_jobs::wake_due(wall_time now, std::size_t limit) {
    std::map<queue_key, queue_length> woken;
    for (const auto& job : read_due(find_wakers_, now, limit)) {
        job_change wake;
        wake.id = job.id;
        wake.fence = job.fence;
        wake.from = job_state::blocked;
        wake.to = job_state::queued;
        wake.at = now;
        wake.attempt = job.attempt;
        wake.detail = "the time that it waited for has come";
        if (!change(wake)) continue;
        auto& length =
            woken.try_emplace(job.queue, queue_length{job.queue, 0, job.id.value}).first->second;
        ++length.jobs;
        length.first_job = std::min(length.first_job, job.id.value);
    }
    std::vector<queue_length> lengths;
    for (const auto& [key, length] : woken) lengths.push_back(length);
    return lengths;
}

std::vector<history_entry> change_jobs::expire_due(wall_time now, std::size_t limit) {
    std::vector<history_entry> events;
    for (const auto& job : read_due(find_expired_, now, limit)) {
        job_change expire;
        expire.id = job.id;
        expire.fence = job.fence;
        expire.from = job.state;
        expire.to = job_state::failed;
        expire.at = now;
        expire.attempt = job.attempt;
        expire.detail = concat("the job's deadline, ", rfc3339(job.deadline.value_or(now)),
                               ", passed before it could be sent");
        expire.last_error = error(errc::deadline_exceeded, expire.detail);
        const auto id = change(expire);
        if (!id) continue;
        events.push_back(history_entry{*id, job.id, job.key, now, job.state, job_state::failed,
                                       job.attempt, job.vm, expire.detail});
    }
    return events;
}

}  // namespace cloned::storage
