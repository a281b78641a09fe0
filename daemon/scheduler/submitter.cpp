#include "daemon/scheduler/submitter.hpp"

#include "base/check.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "daemon/scheduler/name_events.hpp"
#include "model/guard.hpp"

namespace cloned::scheduler {
namespace {

constexpr std::size_t max_unheard = 10'000;  // names whose failed lookups are counted
constexpr std::uint32_t unsure_max = 5;      // lookups that cannot tell whether a VM is in the way

bool is_about_the_name(errc code) {
    return code == errc::invalid_argument || code == errc::not_found;
}

error unsure_about(const backends::occupant& by) {
    return {errc::aborted,
            concat("VM ", one_line(by.vm, 100), " bears it, perhaps elsewhere", by.where)};
}

// As ZStack wants it: without dashes.
std::string plain_uuid(random_source& random) {
    auto uuid = random.uuid();
    std::erase(uuid, '-');
    return uuid;
}

}  // namespace

bool submitter::may_share(const queued_job& a, const queued_job& b) {
    // A job that is sent again under its old task id goes alone.
    return a.progress.task_id.empty() && b.progress.task_id.empty() &&
           may_share_call(a.spec, b.spec);
}

task<void> submitter::send(std::vector<job_id> jobs) {
    crash_point("send.before_intent");
    const auto* first = shared_.in_flight.find(jobs.front());
    if (first == nullptr) co_return;
    std::string chosen;
    const bool chooses = chooses_task(kind_of(first->job.spec));
    const bool repeated =
        chooses && !first->job.progress.task_id.empty() && guarded(guard::chosen_task_kept);
    if (chooses) chosen = repeated ? first->job.progress.task_id : plain_uuid(shared_.random);

    std::vector<backends::submission> calls;
    std::vector<job_id> sent;
    for (const auto id : jobs) {
        const bool free = co_await has_free_name(id);
        if (!free) continue;
        bool going = true;
        if (guarded(guard::intent_before_send)) going = co_await give_slot(id, chosen);
        auto* live = shared_.in_flight.find(id);
        if (!going || live == nullptr) continue;
        live->repeated = repeated;
        if (live->job.suspect) {
            co_await look_first(id);
            continue;
        }
        backends::submission what;
        what.spec = live->job.spec;
        what.operation_id = concat("cloned-", std::to_string(id.value), "-",
                                   std::to_string(live->job.progress.attempt));
        what.task_id = chosen;
        what.repeated = repeated;
        calls.push_back(std::move(what));
        sent.push_back(id);
    }
    if (sent.empty()) co_return;
    crash_point("send.after_intent");

    std::vector<backends::submit_outcome> outcomes;
    if (sent.size() == 1) {
        auto outcome = co_await health_.backend().submit(std::move(calls.front()));
        outcomes.push_back(std::move(outcome));
    } else {
        outcomes = co_await health_.backend().submit_together(std::move(calls));
    }
    crash_point("send.after_answer");
    if (!guarded(guard::intent_before_send))
        for (const auto id : sent) co_await give_slot(id, chosen);
    CLONED_CHECK(outcomes.size() == sent.size(), "a backend gives each job an outcome");
    for (std::size_t i = 0; i < sent.size(); ++i) {
        auto outcome = std::move(outcomes[i]);
        co_await conclude(sent[i], std::move(outcome));
    }
}

// It may have been sent by a part of the history that the database has lost.
task<void> submitter::look_first(job_id id) {
    job_update doubt;
    doubt.kind = transition_event::outcome_unknown;
    doubt.detail = "the database was restored or has lost its end: looked for before it is sent";
    doubt.said = error(errc::in_doubt, doubt.detail);
    auto recorded = co_await shared_.in_flight.record(id, std::move(doubt));
    shared_.plan.no_verdict(id);
    if (recorded && *recorded == job_state::in_doubt) jobs_.doubtful(id);
}

task<bool> submitter::give_slot(job_id id, std::string chosen_task) {
    const auto* live = shared_.in_flight.find(id);
    if (live == nullptr) co_return false;
    const auto& deadline = live->job.deadline;
    job_update intent;
    intent.kind = transition_event::slot_given;
    if (!chosen_task.empty()) intent.task_id = std::move(chosen_task);
    if (deadline && shared_.time.wall() >= *deadline) {
        intent.kind = transition_event::deadline_passed;
        intent.said = error(errc::deadline_exceeded, "the deadline passed before a slot was free");
        intent.detail = intent.said->message();
        intent.task_id.reset();
    }
    const bool expired = intent.kind == transition_event::deadline_passed;
    auto recorded = co_await shared_.in_flight.record(id, std::move(intent));
    if (recorded) co_return !expired;
    overtaken(id, recorded.error());
    co_return false;
}

// Cancelled or expired while it waited: the store has the last word. It may have been queued again
// since, which was not loaded because it was here.
void submitter::overtaken(job_id id, const error& why) {
    const auto* live = shared_.in_flight.find(id);
    if (live == nullptr) return;
    const storage::queue_key queue{live->job.lane, live->job.tenant, live->job.priority};
    shared_.in_flight.drop(id);
    if (why.code() != errc::aborted) return;
    storage::queue_length again;
    again.queue = queue;
    again.jobs = 1;
    again.first_job = id.value;
    shared_.plan.add_backlog(again);
}

task<bool> submitter::has_free_name(job_id id) {
    const auto* live = shared_.in_flight.find(id);
    if (live == nullptr) co_return false;
    if (!guarded(guard::name_free_before_send)) co_return true;
    // It is looked for instead of being sent, and a VM of its name may be its own.
    if (live->job.suspect) co_return true;
    if (!health_.backend().has_unique_names(kind_of(live->job.spec))) co_return true;
    auto who = identity_of(live->job.spec);
    auto seen = co_await names_.occupant(std::move(who));
    const bool told = seen && (seen->vm.empty() || seen->sure);
    if (told) unheard_names_.erase(id);
    if (seen && seen->vm.empty()) co_return true;
    live = shared_.in_flight.find(id);
    if (live == nullptr) co_return false;
    if (!seen && spoils_request(seen.error().code()) == spoiling::no) {
        shared_.in_flight.put_back(id);
        co_return false;
    }
    if (unheard_names_.size() > max_unheard) unheard_names_.clear();
    job_update why;
    if (seen && !told && unheard_names_[id] < unsure_max)
        why =
            on_name_unheard(unsure_about(*seen), ++unheard_names_[id], live->job, health_.pauses());
    else if (seen)
        why = on_name_taken(*seen, live->job);
    else if (is_about_the_name(seen.error().code()))
        why = on_name_refused(seen.error());
    else
        why = on_name_unheard(seen.error(), ++unheard_names_[id], live->job, health_.pauses());
    co_await keep_back(id, std::move(why));
    co_return false;
}

task<void> submitter::keep_back(job_id id, job_update why) {
    const bool doubtful = why.kind == transition_event::outcome_unknown;
    const bool ends = why.kind == transition_event::name_unusable;
    if (ends) unheard_names_.erase(id);
    if (!ends) {
        // As if it had been sent, and been told that the name exists or that it must wait.
        const bool going = co_await give_slot(id, std::string());
        if (!going) co_return;
        shared_.plan.no_verdict(id);
    }
    auto recorded = co_await shared_.in_flight.record(id, std::move(why));
    if (recorded && doubtful) jobs_.doubtful(id);
    if (!recorded && ends) overtaken(id, recorded.error());
}

task<void> submitter::conclude(job_id id, backends::submit_outcome outcome) {
    auto* sent = shared_.in_flight.find(id);
    if (sent == nullptr) co_return;
    sent->started_at = shared_.time.now();
    auto verdict = on_submit(outcome, sent->job, health_.pauses());
    const auto* refused = std::get_if<backends::refused>(&outcome);
    const auto* uncertain = std::get_if<backends::uncertain>(&outcome);
    auto said = refused == nullptr ? error() : refused->said;
    if (uncertain != nullptr && uncertain->unavailable) {
        sent->turned_away_at = shared_.time.now();
        said = uncertain->said;
    }
    tell_of(verdict, id, said);
    sent->lane_was_refused = shared_.plan.refuses_all(sent->job.lane);
    auto end = co_await shared_.in_flight.record(id, std::move(verdict.what));
    crash_point("send.after_record");
    if (!end) {
        log::error("job.record_failed", log::kv("job", id.value),
                   log::kv("error", end.error().message()));
        co_return;
    }
    if (*end == job_state::running) jobs_.running(id);
    if (*end == job_state::in_doubt) jobs_.doubtful(id);
}

void submitter::tell_of(submit_verdict& verdict, job_id id, const error& said) {
    if (verdict.silence) {
        health_.did_not_answer(*verdict.silence);
    } else {
        health_.answered();
        health_.took_work();
    }
    auto& plan = shared_.plan;
    const auto now = shared_.time.now();
    switch (verdict.lane) {
        case submit_verdict::capacity::untold:
            plan.no_verdict(id);
            break;
        case submit_verdict::capacity::room:
            plan.accepted(id, now);
            if (verdict.what.kind == transition_event::done) plan.taken(id, now);
            break;
        case submit_verdict::capacity::full: {
            const std::vector<job_id> one(1, id);
            const auto rulings = plan.refused(one, said.message(), now, shared_.time.wall());
            obey(rulings.front(), said, verdict.what);
            break;
        }
        case submit_verdict::capacity::busy:
            plan.busy(id, said.message(), now, shared_.time.wall());
            break;
    }
}

}  // namespace cloned::scheduler
