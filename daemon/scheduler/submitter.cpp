#include "daemon/scheduler/submitter.hpp"

#include "base/check.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "daemon/scheduler/upstream_events.hpp"
#include "model/guard.hpp"

namespace cloned::scheduler {
namespace {

using backends::refusal;

constexpr int lonely_refusals_max = 3;

// As ZStack wants it: without dashes.
std::string plain_uuid(random_source& random) {
    auto uuid = random.uuid();
    std::erase(uuid, '-');
    return uuid;
}

}  // namespace

submitter::submitter(in_flight_jobs& live,
                     planner& plan,
                     clock& time,
                     random_source& random,
                     task_group& group,
                     listeners tell)
    : in_flight_(live),
      plan_(plan),
      clock_(time),
      random_(random),
      group_(group),
      tell_(std::move(tell)) {}

bool submitter::may_share(const queued_job& a, const queued_job& b) {
    // A job that is sent again under its old task id goes alone.
    return a.progress.task_id.empty() && b.progress.task_id.empty() &&
           may_share_call(a.spec, b.spec);
}

task<void> submitter::send(std::vector<job_id> jobs, endpoint_health& link, name_check& names) {
    crash_point("send.before_intent");
    const auto* first = in_flight_.find(jobs.front());
    if (first == nullptr) co_return;
    std::string chosen;
    const bool chooses = chooses_task(kind_of(first->job.spec));
    const bool repeated =
        chooses && !first->job.progress.task_id.empty() && guarded(guard::chosen_task_kept);
    if (chooses) chosen = repeated ? first->job.progress.task_id : plain_uuid(random_);

    std::vector<backends::submission> calls;
    std::vector<job_id> sent;
    for (const auto id : jobs) {
        const bool free = co_await has_free_name(id, link, names);
        if (!free) continue;
        bool going = true;
        if (guarded(guard::intent_before_send)) going = co_await give_slot(id, chosen);
        auto* live = in_flight_.find(id);
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
        auto outcome = co_await link.backend().submit(std::move(calls.front()));
        outcomes.push_back(std::move(outcome));
    } else {
        outcomes = co_await link.backend().submit_together(std::move(calls));
    }
    crash_point("send.after_answer");
    if (!guarded(guard::intent_before_send))
        for (const auto id : sent) co_await give_slot(id, chosen);
    CLONED_CHECK(outcomes.size() == sent.size(), "a backend gives each job an outcome");
    for (std::size_t i = 0; i < sent.size(); ++i) {
        auto outcome = std::move(outcomes[i]);
        co_await conclude(sent[i], std::move(outcome), link);
    }
}

// It may have been sent by a part of the history that the database has lost.
task<void> submitter::look_first(job_id id) {
    job_update doubt;
    doubt.kind = transition_event::outcome_unknown;
    doubt.detail = "the database was restored or has lost its end: looked for before it is sent";
    doubt.said = error(errc::in_doubt, doubt.detail);
    auto recorded = co_await in_flight_.record(id, std::move(doubt));
    plan_.no_verdict(id);
    if (recorded && *recorded == job_state::in_doubt) tell_.doubtful(id);
}

task<bool> submitter::give_slot(job_id id, std::string chosen_task) {
    const auto* live = in_flight_.find(id);
    if (live == nullptr) co_return false;
    const auto& deadline = live->job.deadline;
    job_update intent;
    intent.kind = transition_event::slot_given;
    if (!chosen_task.empty()) intent.task_id = std::move(chosen_task);
    if (deadline && clock_.wall() >= *deadline) {
        intent.kind = transition_event::deadline_passed;
        intent.said = error(errc::deadline_exceeded, "the deadline passed before a slot was free");
        intent.detail = intent.said->message();
        intent.task_id.reset();
    }
    const bool expired = intent.kind == transition_event::deadline_passed;
    auto recorded = co_await in_flight_.record(id, std::move(intent));
    if (recorded) co_return !expired;
    overtaken(id, recorded.error());
    co_return false;
}

// Cancelled or expired while it waited: the store has the last word. It may have been queued again
// since, which was not loaded because it was here.
void submitter::overtaken(job_id id, const error& why) {
    const auto* live = in_flight_.find(id);
    if (live == nullptr) return;
    const storage::queue_key queue{live->job.lane, live->job.tenant, live->job.priority};
    in_flight_.drop(id);
    if (why.code() != errc::aborted) return;
    storage::queue_length again;
    again.queue = queue;
    again.jobs = 1;
    again.first_job = id.value;
    plan_.add_backlog(again);
}

task<bool> submitter::has_free_name(job_id id, endpoint_health& link, name_check& names) {
    const auto* live = in_flight_.find(id);
    if (live == nullptr) co_return false;
    if (!guarded(guard::name_free_before_send)) co_return true;
    // It is looked for instead of being sent, and a VM of its name may be its own.
    if (live->job.suspect) co_return true;
    if (!link.backend().has_unique_names(kind_of(live->job.spec))) co_return true;
    auto who = identity_of(live->job.spec);
    auto seen = co_await names.occupant(std::move(who));
    if (seen && seen->empty()) co_return true;
    if (seen) {
        co_await meets_a_vm(id, std::move(*seen));
        co_return false;
    }
    const auto code = seen.error().code();
    if (code != errc::invalid_argument && code != errc::not_found) {
        in_flight_.put_back(id);
        co_return false;
    }
    job_update refused{.kind = transition_event::name_unusable,
                       .detail = concat("its name cannot be looked up: ", seen.error().message()),
                       .said = seen.error()};
    auto recorded = co_await in_flight_.record(id, std::move(refused));
    if (!recorded) overtaken(id, recorded.error());
    co_return false;
}

task<void> submitter::meets_a_vm(job_id id, std::string vm) {
    const auto* live = in_flight_.find(id);
    if (live == nullptr) co_return;
    const auto who = identity_of(live->job.spec);
    const auto name = one_line(who.name, 100);
    const std::string_view where =
        who.folder.empty() ? " (the job names no folder, so every folder counts)" : "";
    if (was_doubted(live->job)) {
        // An earlier attempt of ours was in doubt: this may well be its VM. As if it had been sent,
        // and been told that the name exists.
        const bool going = co_await give_slot(id, std::string());
        if (!going) co_return;
        job_update doubt{.kind = transition_event::outcome_unknown,
                         .detail = concat("not sent again: VM ", vm, " named ", name,
                                          " is there, perhaps by an earlier attempt"),
                         .said = std::nullopt};
        doubt.said = error(errc::in_doubt, doubt.detail);
        auto recorded = co_await in_flight_.record(id, std::move(doubt));
        if (recorded) tell_.doubtful(id);
        co_return;
    }
    job_update taken{.kind = transition_event::name_unusable,
                     .detail = concat("the name is taken: VM ", one_line(vm, 100), " named ", name,
                                      " was there before the job was sent", where),
                     .said = std::nullopt};
    taken.said = error(errc::already_exists, taken.detail);
    auto recorded = co_await in_flight_.record(id, std::move(taken));
    if (!recorded) overtaken(id, recorded.error());
}

task<void> submitter::conclude(job_id id, backends::submit_outcome outcome, endpoint_health& link) {
    bool pointless = false;
    const auto* refused = std::get_if<backends::refused>(&outcome);
    if (refused != nullptr && refused->why == refusal::capacity)
        pointless = co_await is_pointless(id, link);

    auto* sent = in_flight_.find(id);
    if (sent == nullptr) co_return;
    sent->started_at = clock_.now();
    auto happened = interpret(outcome, *sent, link, pointless);
    auto end = co_await in_flight_.record(id, std::move(happened));
    crash_point("send.after_record");
    if (!end) {
        log::error("job.record_failed", log::kv("job", id.value),
                   log::kv("error", end.error().message()));
        co_return;
    }
    if (*end == job_state::running) tell_.running(id);
    if (*end == job_state::in_doubt) tell_.doubtful(id);
}

job_update submitter::interpret(const backends::submit_outcome& outcome,
                                const in_flight_job& live,
                                endpoint_health& link,
                                bool pointless) {
    const auto id = live.job.id;
    if (const auto* r = std::get_if<backends::refused>(&outcome))
        return on(*r, live, link, pointless);
    lonely_refusals_.erase(id);
    if (const auto* started = std::get_if<backends::started>(&outcome)) {
        link.answered();
        plan_.accepted(id, clock_.now());
        return {.kind = transition_event::task_known,
                .detail = concat("accepted as task ", started->task_id),
                .task_id = started->task_id};
    }
    if (const auto* finished = std::get_if<backends::finished>(&outcome)) {
        link.answered();
        link.budget().succeeded();
        plan_.accepted(id, clock_.now());
        return {.kind = transition_event::done, .detail = "done at once", .vm = finished->vm};
    }
    plan_.no_verdict(id);
    if (const auto* failed = std::get_if<backends::failed>(&outcome))
        return on(*failed, live, link);
    const auto& said = std::get<backends::uncertain>(outcome).said;
    link.did_not_answer(said, group_);
    return {.kind = transition_event::outcome_unknown,
            .detail = said.message(),
            .said = error(errc::in_doubt, said.message())};
}

job_update submitter::on(const backends::refused& refused,
                         const in_flight_job& live,
                         endpoint_health& link,
                         bool pointless) {
    job_update what{.kind = transition_event::refused, .detail = refused.said.message()};
    if (refused.retry_after) {
        what.kind = transition_event::refused_until;
        what.pause = *refused.retry_after;
    }
    switch (refused.why) {
        case refusal::not_sent:
            plan_.no_verdict(live.job.id);
            link.did_not_answer(refused.said, group_);
            break;
        case refusal::capacity:
            link.answered();
            if (pointless) {
                lonely_refusals_.erase(live.job.id);
                what.kind = transition_event::failed_for_good;
                what.said = refused.said;
                what.detail = concat("refused again and again with nothing at work: ",
                                     refused.said.message());
            }
            plan_.refused(live.job.id, clock_.now(), clock_.wall());
            break;
        case refusal::busy:
        case refusal::not_ready:
            link.answered();
            plan_.no_verdict(live.job.id);
            return turned_away(refused.why, refused.said, refused.retry_after, live.job,
                               clock_.wall(), random_);
    }
    return what;
}

task<bool> submitter::is_pointless(job_id id, endpoint_health& link) {
    const auto* live = in_flight_.find(id);
    const auto lane = live == nullptr ? std::nullopt : plan_.lane(live->job.lane);
    if (!lane || lane->in_flight > 1) {
        lonely_refusals_.erase(id);
        co_return false;
    }
    if (++lonely_refusals_[id] < lonely_refusals_max) co_return false;
    auto others = co_await link.backend().anyone_at_work(lane->lane.key.kind);
    co_return others && !*others;
}

job_update submitter::on(const backends::failed& failed,
                         const in_flight_job& live,
                         endpoint_health& link) {
    link.answered();
    job_update what{.kind = transition_event::failed_for_good,
                    .detail = failed.said.message(),
                    .said = failed.said};
    if (failed.said.code() == errc::already_exists && was_doubted(live.job) &&
        guarded(guard::doubted_name_taken)) {
        // An earlier attempt of ours was in doubt: this may well be its VM.
        what.kind = transition_event::outcome_unknown;
        what.said = error(errc::in_doubt, failed.said.message());
    } else if (failed.later) {
        what.kind = transition_event::failed_for_now;
        const backoff_options pace;
        what.pause =
            link.budget().take() ? backoff(pace, live.job.progress.attempt, random_) : pace.cap;
    }
    return what;
}

}  // namespace cloned::scheduler
