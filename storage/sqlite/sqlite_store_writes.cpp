#include "storage/sqlite/sqlite_store.hpp"

namespace cloned::storage {
namespace {

operation_traits write_traits(const char* before, const char* after, std::size_t bytes = 512) {
    operation_traits traits;
    traits.before_commit = before;
    traits.after_commit = after;
    traits.bytes = bytes;
    traits.must_work = true;
    return traits;
}

operation_traits accept_traits(std::size_t jobs) {
    auto traits = write_traits("store.accept.before_commit", "store.accept.after_commit",
                               512 + jobs * job_bytes);
    traits.refusable = true;
    traits.brings_jobs = true;
    traits.must_work = false;  // it brings what a client has made up
    return traits;
}

// A job's way has its own crash points: what a kill may cost differs from step to step.
operation_traits change_traits(job_state to) {
    switch (to) {
        case job_state::submitting:
            return write_traits("store.intent.before_commit", "store.intent.after_commit");
        case job_state::running:
            return write_traits("store.task.before_commit", "store.task.after_commit");
        case job_state::succeeded:
        case job_state::failed:
        case job_state::cancelled:
            return write_traits("store.end.before_commit", "store.end.after_commit");
        default:
            return write_traits("store.change.before_commit", "store.change.after_commit");
    }
}

}  // namespace

task<batch_result<accepted_batch>> sqlite_job_store::accept(new_batch batch) {
    const auto traits = accept_traits(batch.jobs.size());
    return write(traits,
                 [batch = std::move(batch)](write_session& s) { return s.accept.run(batch); });
}

task<batch_result<void>> sqlite_job_store::check(new_batch batch) {
    return read(read_traits(),
                [batch = std::move(batch),
                 marks = &writer_.marks()](read_session& s) -> batch_result<void> {
                    const auto earlier = s.rules.find_earlier(batch);
                    if (!earlier) return fail(earlier.error());
                    if (*earlier) return {};
                    return s.rules.judge(batch, marks->unfinished_jobs.load());
                });
}

task<result<event_id>> sqlite_job_store::change(job_change change) {
    const auto traits = change_traits(change.to);
    return write(traits, [change = std::move(change)](write_session& s) {
        return s.changes.change(change);
    });
}

task<result<std::vector<result<event_id>>>> sqlite_job_store::change_all(
    std::vector<job_change> changes) {
    using answers = std::vector<result<event_id>>;
    const auto traits = write_traits("store.change_all.before_commit",
                                     "store.change_all.after_commit", 512 * changes.size());
    return write(traits, [changes = std::move(changes)](write_session& s) -> result<answers> {
        answers all;
        all.reserve(changes.size());
        for (const auto& change : changes) all.push_back(s.changes.change(change));
        return all;
    });
}

task<result<void>> sqlite_job_store::save_lane(lane_id lane, lane_settings settings) {
    const auto traits = write_traits("store.lane.before_commit", "store.lane.after_commit");
    return write(traits, [lane, settings = std::move(settings)](write_session& s) {
        return s.save_lane(lane, settings);
    });
}

task<result<std::vector<queue_length>>> sqlite_job_store::wake_due(wall_time now,
                                                                   std::size_t limit) {
    using lengths = std::vector<queue_length>;
    const auto traits =
        write_traits("store.wake.before_commit", "store.wake.after_commit", 512 * limit);
    return write(traits, [now, limit](write_session& s) -> result<lengths> {
        return s.changes.wake_due(now, limit);
    });
}

task<result<std::vector<history_entry>>> sqlite_job_store::expire_due(wall_time now,
                                                                      std::size_t limit) {
    using events = std::vector<history_entry>;
    const auto traits =
        write_traits("store.expire.before_commit", "store.expire.after_commit", 512 * limit);
    return write(traits, [now, limit](write_session& s) -> result<events> {
        return s.changes.expire_due(now, limit);
    });
}

task<result<purge_outcome>> sqlite_job_store::purge_ended(wall_time before, std::size_t job_limit) {
    const auto traits =
        write_traits("store.purge.before_commit", "store.purge.after_commit", 512 * job_limit);
    return write(traits, [before, job_limit](write_session& s) -> result<purge_outcome> {
        return s.purge.run(before, job_limit);
    });
}

}  // namespace cloned::storage
