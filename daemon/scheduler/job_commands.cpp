#include "daemon/scheduler/job_commands.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "daemon/scheduler/explain.hpp"
#include "model/chain.hpp"

namespace cloned::scheduler {
namespace {

constexpr std::size_t page = 500;
constexpr int patience = 5;  // times a change may be overtaken by another

const job_update cancelled_unsent{.kind = transition_event::cancel_asked,
                                  .detail = "cancelled before it was sent"};
const job_update another_try{.kind = transition_event::retry_asked,
                             .detail = "a client asked for another try"};

}  // namespace

void job_commands::accepted(const storage::accepted_batch& batch) {
    for (const auto& lane : batch.lanes) {
        endpoints_.add_lane(lane);
        shared_.plan.add_lane(lane);
    }
    for (const auto& queue : batch.queued) shared_.plan.add_backlog(queue);
    if (batch.next_wake) calendar_.due_at(*batch.next_wake);
    // Deadlines are looked up by the housekeeper itself.
    for (const auto& queue : batch.queued)
        if (queue.jobs > 0) shared_.dispatch.wake();
}

task<explanation> job_commands::explain(job_record job) {
    const storage::queue_key queue{job.lane, job.queue_tenant, job.request.priority};
    explain_facts facts;
    facts.now = shared_.time.wall();
    facts.disk_trouble = shared_.disk_trouble();
    facts.held = shared_.plan.why(job.id, queue, shared_.time.now());
    facts.lane = shared_.plan.lane(job.lane);
    if (const auto* home = endpoints_.of(job.lane)) facts.endpoint = home->status();
    if (const auto* live = shared_.in_flight.find(job.id)) {
        facts.percent = live->percent;
        facts.trouble = live->trouble;
        facts.only_waits = live->waiting_since.has_value();
        if (!live->not_cancelled.empty())
            facts.not_cancelled = concat("cancel asked at ", rfc3339(live->cancel_asked_at), ": ",
                                         live->not_cancelled);
        // Its VM may be that of another job, and not in the record.
        set_source(job.request.spec, source_of(live->job.spec));
    }
    if (job.progress.wake_at == never) {
        auto earlier = co_await shared_.store.find_job(job.after);
        if (earlier) facts.earlier = earlier->progress.state;
    }
    if (job.progress.state == job_state::queued) {
        auto ahead = co_await shared_.store.queue_position(queue, job.id);
        if (ahead) facts.jobs_ahead = *ahead;
    }
    co_return ::cloned::scheduler::explain(job, facts);
}

// --- cancel

task<result<void>> job_commands::cancel(job_id id) {
    for (int tries = 0; tries < patience; ++tries) {
        const auto* live = shared_.in_flight.find(id);
        if (live != nullptr && holds_slot(live->job.progress.state)) {
            std::vector<job_id> one(1, id);
            const auto asked = co_await cancel_live(std::move(one));
            if (!asked) co_return fail(asked.error());
            co_return result<void>();
        }
        auto job = co_await shared_.store.find_job(id);
        if (!job) co_return fail(job.error());
        if (is_ended(job->progress.state)) co_return result<void>();
        if (job->progress.state == job_state::needs_operator)
            co_return fail(errc::failed_precondition,
                           "the job's outcome is not known; an operator has to resolve it first");
        auto record = std::move(*job);
        auto done = co_await cancel_waiting(std::move(record));
        if (done || done.error().code() != errc::aborted) co_return done;
    }
    co_return fail(errc::aborted, "the job kept changing while it was being cancelled; ask again");
}

task<result<void>> job_commands::cancel_waiting(job_record job) {
    auto change = change_of(job, cancelled_unsent, shared_.time.wall());
    if (!change || change->to != job_state::cancelled)
        co_return fail(errc::aborted, "the job has just been sent");
    auto made = std::move(*change);
    auto changed = co_await shared_.store.change(std::move(made));
    if (!changed) co_return fail(changed.error());
    // A copy that is being loaded at this moment is found stale when it is about to be sent.
    shared_.plan.forget(job.id, job.lane, job.request.priority, job.queue_tenant);
    co_return result<void>();
}

task<result<std::int64_t>> job_commands::cancel_live(std::vector<job_id> jobs) {
    std::vector<in_flight_jobs::entry> wishes;
    std::vector<job_id> asked;
    std::int64_t with_upstream = 0;
    for (const auto id : jobs) {
        const auto* live = shared_.in_flight.find(id);
        if (live == nullptr || !holds_slot(live->job.progress.state)) continue;
        ++with_upstream;
        if (live->job.progress.cancel_requested) {
            // What was declined once may be possible by now.
            if (!live->not_cancelled.empty()) asked.push_back(id);
            continue;
        }
        wishes.push_back({id,
                          {.kind = transition_event::cancel_asked,
                           .detail = "a client asked for its cancellation"}});
    }
    for (const auto& wish : wishes) asked.push_back(wish.id);
    co_await shared_.in_flight.record_all(std::move(wishes));
    for (const auto id : asked) {
        const auto* live = shared_.in_flight.find(id);
        if (live == nullptr) continue;
        if (!live->job.progress.cancel_requested) {
            const auto trouble = shared_.disk_trouble();
            if (!trouble.empty()) co_return fail(errc::unavailable, trouble);
        } else if (live->job.progress.state == job_state::running) {
            endpoints_.of(live->job.lane)->cancel(id);
        }
    }
    co_return with_upstream;
}

// Counted by the batch itself: with a job end those that wait for it.
task<result<std::int64_t>> job_commands::cancel_waiting_of(batch_id batch) {
    const std::vector<job_state> waiting{job_state::blocked, job_state::queued};
    auto before = co_await counts_of(batch);
    if (!before) co_return fail(before.error());
    job_id after;
    for (;;) {
        auto jobs = co_await shared_.store.load_batch(batch, waiting, after, page);
        if (!jobs) co_return fail(jobs.error());
        std::vector<storage::job_change> changes;
        for (const auto& job : *jobs) {
            after = job.id;
            auto change = change_of(job, cancelled_unsent, shared_.time.wall());
            if (change) changes.push_back(std::move(*change));
        }
        auto made = co_await shared_.store.change_all(std::move(changes));
        if (!made) co_return fail(made.error());
        for (std::size_t i = 0; i < jobs->size() && i < made->size(); ++i) {
            const auto& job = (*jobs)[i];
            if ((*made)[i]) shared_.plan.forget(job.id, job.lane, job.priority, job.tenant);
        }
        if (jobs->size() < page) break;
    }
    auto now = co_await counts_of(batch);
    if (!now) co_return fail(now.error());
    co_return (*now)[job_state::cancelled] - (*before)[job_state::cancelled];
}

task<result<state_counts>> job_commands::counts_of(batch_id batch) {
    std::vector<job_state> any;
    auto some = co_await shared_.store.load_batch(batch, std::move(any), job_id(), 1);
    if (!some) co_return fail(some.error());
    if (some->empty()) co_return state_counts();
    auto one = co_await shared_.store.find_job(some->front().id);
    if (!one) co_return fail(one.error());
    auto record = co_await shared_.store.find_batch(one->batch_uid);
    if (!record) co_return fail(record.error());
    co_return record->counts;
}

task<result<cancel_tally>> job_commands::cancel_batch(batch_id batch) {
    cancel_tally tally;
    auto before = co_await counts_of(batch);
    if (!before) co_return fail(before.error());
    tally.unaffected = before->ended();
    // While we look, jobs go from waiting to the upstream, and come back when they are refused:
    // what waits again has slipped through between the two passes and is looked for once more.
    for (int round = 0; round < patience; ++round) {
        auto cancelled = co_await cancel_waiting_of(batch);
        if (!cancelled) co_return fail(cancelled.error());
        tally.cancelled += *cancelled;
        auto sent = co_await cancel_sent_of(batch);
        if (!sent) co_return fail(sent.error());
        tally.requested = sent->with_upstream;
        if (sent->waiting == 0) co_return tally;
    }
    co_return fail(errc::aborted, "jobs kept changing while they were being cancelled; ask again");
}

task<result<job_commands::open_jobs>> job_commands::cancel_sent_of(batch_id batch) {
    const std::vector<job_state> open{job_state::blocked, job_state::queued, job_state::submitting,
                                      job_state::running, job_state::in_doubt};
    open_jobs found;
    job_id after;
    for (;;) {
        auto jobs = co_await shared_.store.load_batch(batch, open, after, page);
        if (!jobs) co_return fail(jobs.error());
        std::vector<job_id> ids;
        for (const auto& job : *jobs) {
            after = job.id;
            ids.push_back(job.id);
            if (!holds_slot(job.progress.state)) ++found.waiting;
        }
        const auto asked = co_await cancel_live(std::move(ids));
        if (!asked) co_return fail(asked.error());
        found.with_upstream += *asked;
        if (jobs->size() < page) co_return found;
    }
}

// --- retry

task<result<std::int64_t>> job_commands::retry_batch(batch_id batch, bool cancelled_too) {
    std::vector<job_state> ended(1, job_state::failed);
    if (cancelled_too) ended.push_back(job_state::cancelled);
    std::int64_t retried = 0;
    std::vector<queued_job> early;  // whose earlier job comes later in the batch
    job_id after;
    for (;;) {
        auto jobs = co_await shared_.store.load_batch(batch, ended, after, page);
        if (!jobs) co_return fail(jobs.error());
        const bool last = jobs->size() < page;
        if (!jobs->empty()) after = jobs->back().id;
        auto again = co_await retry(std::move(*jobs), early);
        if (!again) co_return fail(again.error());
        retried += *again;
        if (last) break;
    }
    for (std::size_t round = 0; round < chain_length_max && !early.empty(); ++round) {
        auto jobs = std::exchange(early, {});
        auto again = co_await retry(std::move(jobs), early);
        if (!again) co_return fail(again.error());
        retried += *again;
        if (*again == 0) break;
    }
    co_return retried;
}

// The store tells on_release() who is queued by it.
task<result<std::int64_t>> job_commands::retry(std::vector<queued_job> jobs,
                                               std::vector<queued_job>& early) {
    std::vector<storage::job_change> changes;
    std::vector<queued_job> asked;
    for (auto& job : jobs) {
        auto change = change_of(job, another_try, shared_.time.wall());
        if (!change) continue;
        changes.push_back(std::move(*change));
        asked.push_back(std::move(job));
    }
    auto made = co_await shared_.store.change_all(std::move(changes));
    if (!made) co_return fail(made.error());
    std::int64_t retried = 0;
    for (std::size_t i = 0; i < asked.size() && i < made->size(); ++i) {
        if ((*made)[i])
            ++retried;
        else if ((*made)[i].error().code() == errc::failed_precondition)
            early.push_back(std::move(asked[i]));
    }
    co_return retried;
}

// --- lanes

std::vector<lane_status> job_commands::lanes() const {
    auto all = shared_.plan.lanes();
    for (auto& lane : all) add_disk_trouble(lane);
    return all;
}

// Nothing of any lane can be sent then, whatever its upstream would say.
void job_commands::add_disk_trouble(lane_status& lane) const {
    if (shared_.room == nullptr || !shared_.room->full_since()) return;
    lane.refused_since = shared_.room->full_since();
    lane.refused_words = shared_.disk_trouble();
}

result<lane_status> job_commands::lane(lane_id id) const {
    auto status = shared_.plan.lane(id);
    if (!status) return fail(errc::not_found, "there is no such lane");
    add_disk_trouble(*status);
    return std::move(*status);
}

task<result<lane_status>> job_commands::change_lane(lane_id id, lane_settings settings) {
    // In memory first: a learned ceiling that is kept at this moment then carries the change along
    // instead of undoing it on disk.
    const auto before = lane(id);
    shared_.plan.set_settings(id, settings);
    auto kept = co_await shared_.store.save_lane(id, settings);
    if (!kept) {
        if (before) shared_.plan.set_settings(id, before->lane.settings);
        co_return fail(kept.error());
    }
    shared_.dispatch.wake();
    co_return lane(id);
}

task<result<lane_status>> job_commands::pause_lane(lane_id id, std::string reason) {
    auto status = lane(id);
    if (!status) co_return fail(status.error());
    auto settings = status->lane.settings;
    settings.paused = true;
    settings.pause_reason = std::move(reason);
    co_return co_await change_lane(id, std::move(settings));
}

task<result<lane_status>> job_commands::resume_lane(lane_id id) {
    auto status = lane(id);
    if (!status) co_return fail(status.error());
    auto settings = status->lane.settings;
    settings.paused = false;
    settings.pause_reason.clear();
    co_return co_await change_lane(id, std::move(settings));
}

task<result<lane_status>> job_commands::set_lane_limit(lane_id id,
                                                       std::optional<std::int64_t> limit) {
    auto status = lane(id);
    if (!status) co_return fail(status.error());
    auto settings = status->lane.settings;
    settings.operator_limit = limit;
    co_return co_await change_lane(id, std::move(settings));
}

std::vector<endpoint_status> job_commands::endpoints() const {
    auto all = endpoints_.status();
    const auto trouble = shared_.disk_trouble();
    if (trouble.empty()) return all;
    for (auto& endpoint : all)
        endpoint.trouble =
            endpoint.trouble.empty() ? trouble : concat(endpoint.trouble, "; ", trouble);
    return all;
}

task<result<void>> job_commands::log_in(std::string name) {
    auto* endpoint = endpoints_.find(name);
    if (endpoint == nullptr)
        co_return fail(errc::not_found, concat("there is no endpoint ", one_line(name, 80)));
    co_return co_await endpoint->log_in();
}

}  // namespace cloned::scheduler
