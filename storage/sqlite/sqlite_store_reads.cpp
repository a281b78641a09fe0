#include "storage/sqlite/sqlite_store.hpp"

namespace cloned::storage {
namespace {

// The scheduler's reads hold up every slot of a lane; those of clients come after them.
operation_traits scheduler_traits() {
    operation_traits traits;
    traits.urgent = true;
    return traits;
}

}  // namespace

operation_traits read_traits() {
    operation_traits traits;
    traits.refusable = true;
    traits.bytes = 1;
    return traits;
}

task<result<std::vector<lane_record>>> sqlite_job_store::lanes() {
    using records = std::vector<lane_record>;
    return read(scheduler_traits(),
                [](read_session& s) -> result<records> { return s.queues.lanes(); });
}

task<result<std::vector<queue_length>>> sqlite_job_store::queues() {
    using lengths = std::vector<queue_length>;
    return read(scheduler_traits(),
                [](read_session& s) -> result<lengths> { return s.queues.queues(); });
}

task<result<std::vector<queued_job>>> sqlite_job_store::load_queue(queue_key queue,
                                                                   std::size_t limit) {
    using jobs = std::vector<queued_job>;
    return read(scheduler_traits(), [queue, limit](read_session& s) -> result<jobs> {
        return s.queues.load_queue(queue, limit);
    });
}

task<result<std::vector<queued_job>>> sqlite_job_store::load_unsettled() {
    using jobs = std::vector<queued_job>;
    return read(scheduler_traits(),
                [](read_session& s) -> result<jobs> { return s.queues.load_unsettled(); });
}

task<result<due_times>> sqlite_job_store::next_due() {
    return read(scheduler_traits(),
                [](read_session& s) -> result<due_times> { return s.queues.next_due(); });
}

task<result<batch_record>> sqlite_job_store::find_batch(std::string uid) {
    return read(read_traits(),
                [uid = std::move(uid)](read_session& s) { return s.batches.find_batch(uid); });
}

task<result<batch_record>> sqlite_job_store::find_request(std::string tenant,
                                                          std::string request_id,
                                                          std::string content_hash) {
    return read(read_traits(), [tenant = std::move(tenant), request = std::move(request_id),
                                hash = std::move(content_hash)](read_session& s) {
        return s.batches.find_request(tenant, request, hash);
    });
}

task<result<std::vector<batch_record>>> sqlite_job_store::list_batches(batch_filter filter,
                                                                       batch_id before,
                                                                       std::size_t limit) {
    using records = std::vector<batch_record>;
    return read(read_traits(),
                [filter = std::move(filter), before, limit](read_session& s) -> result<records> {
                    return s.batches.list_batches(filter, before, limit);
                });
}

task<result<job_record>> sqlite_job_store::find_job(std::string batch_uid, std::string key) {
    return read(read_traits(), [uid = std::move(batch_uid), key = std::move(key)](read_session& s) {
        return s.jobs.find_job(uid, key);
    });
}

task<result<job_record>> sqlite_job_store::find_job(job_id id) {
    return read(read_traits(), [id](read_session& s) { return s.jobs.find_job(id); });
}

task<result<std::vector<job_record>>> sqlite_job_store::list_jobs(job_filter filter,
                                                                  job_id after,
                                                                  std::size_t limit) {
    using records = std::vector<job_record>;
    return read(read_traits(),
                [filter = std::move(filter), after, limit](read_session& s) -> result<records> {
                    return s.jobs.list_jobs(filter, after, limit);
                });
}

task<result<std::vector<queued_job>>> sqlite_job_store::load_batch(batch_id batch,
                                                                   std::vector<job_state> states,
                                                                   job_id after,
                                                                   std::size_t limit) {
    using jobs = std::vector<queued_job>;
    return read(read_traits(),
                [batch, states = std::move(states), after, limit](read_session& s) -> result<jobs> {
                    return s.jobs.load_batch(batch, states, after, limit);
                });
}

task<result<std::optional<job_id>>> sqlite_job_store::made_by_another(job_id job, std::string vm) {
    using maker = std::optional<job_id>;
    return read(read_traits(), [job, vm = std::move(vm)](read_session& s) -> result<maker> {
        return s.jobs.made_by_another(job, vm);
    });
}

task<result<std::vector<job_task>>> sqlite_job_store::tasks_since(std::string endpoint,
                                                                  wall_time since,
                                                                  std::size_t limit) {
    using tasks = std::vector<job_task>;
    return read(read_traits(),
                [endpoint = std::move(endpoint), since, limit](read_session& s) -> result<tasks> {
                    return s.jobs.tasks_since(endpoint, since, limit);
                });
}

task<result<std::vector<history_entry>>> sqlite_job_store::history(job_id job, std::size_t limit) {
    using events = std::vector<history_entry>;
    return read(read_traits(), [job, limit](read_session& s) -> result<events> {
        return s.batches.history(job, limit);
    });
}

task<result<event_page>> sqlite_job_store::events_after(event_id after,
                                                        job_id first,
                                                        std::int64_t count,
                                                        std::size_t limit) {
    return read(read_traits(), [after, first, count, limit](read_session& s) -> result<event_page> {
        return s.batches.events_after(after, first, count, limit);
    });
}

// From memory, so that it does not go back when the latest changes are purged.
task<result<event_id>> sqlite_job_store::last_event() {
    co_return event_id{writer_.marks().last_event.load()};
}

task<result<std::int64_t>> sqlite_job_store::queue_position(queue_key queue, job_id job) {
    return read(read_traits(), [queue, job](read_session& s) -> result<std::int64_t> {
        return s.queues.queue_position(queue, job);
    });
}

}  // namespace cloned::storage
