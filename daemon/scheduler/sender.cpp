#include "daemon/scheduler/sender.hpp"

#include "daemon/base/crash_point.hpp"
#include "daemon/base/log.hpp"
#include "daemon/base/text.hpp"

namespace cloned::scheduler {
namespace {

using backends::refusal;

constexpr int lonely_refusals_max = 3;
constexpr backoff_options busy_pace{milliseconds(1'000), milliseconds(15'000), milliseconds(500)};

}  // namespace

sender::sender(live_jobs& live,
               planner& plan,
               clock& time,
               random_source& random,
               task_group& group,
               listeners tell)
    : live_(live),
      plan_(plan),
      time_(time),
      random_(random),
      group_(group),
      tell_(std::move(tell)) {}

task<void> sender::send(job_id id, endpoint_link& link) {
    crash_point("send.before_intent");
    const auto* live = live_.find(id);
    if (live == nullptr) co_return;
    const auto& deadline = live->job.deadline;
    happening intent;
    intent.kind = job_event_kind::slot_given;
    if (deadline && time_.wall() >= *deadline) {
        intent.kind = job_event_kind::deadline_passed;
        intent.said = error(errc::deadline_exceeded, "the deadline passed before a slot was free");
        intent.detail = intent.said->message();
    }
    const bool expired = intent.kind == job_event_kind::deadline_passed;
    auto recorded = co_await live_.record(id, std::move(intent));
    if (!recorded) {
        // Cancelled or expired while it waited: the store has the last word. It may have been queued
        // again since, which was not loaded because it was here.
        const storage::queue_key queue{live->job.lane, live->job.tenant, live->job.priority};
        live_.drop(id);
        if (recorded.error().code() == errc::aborted) plan_.add_backlog({queue, 1, id.value});
        co_return;
    }
    if (expired) co_return;
    crash_point("send.after_intent");

    live = live_.find(id);
    backends::submission what;
    what.spec = live->job.spec;
    what.operation_id = concat("cloned-", std::to_string(id.value), "-",
                               std::to_string(live->job.progress.attempt));
    auto outcome = co_await link.backend().submit(std::move(what));
    crash_point("send.after_answer");

    bool pointless = false;
    const auto* refused = std::get_if<backends::refused>(&outcome);
    if (refused != nullptr && refused->why == refusal::capacity)
        pointless = co_await is_pointless(id, link);

    auto* sent = live_.find(id);
    if (sent == nullptr) co_return;
    sent->started_at = time_.now();
    auto happened = interpret(outcome, *sent, link, pointless);
    auto end = co_await live_.record(id, std::move(happened));
    crash_point("send.after_record");
    if (!end) {
        log::error("job.record_failed", log::kv("job", id.value),
                   log::kv("error", end.error().message()));
        co_return;
    }
    if (end->to == job_state::running) tell_.running(id);
    if (end->to == job_state::in_doubt) tell_.doubtful(id);
}

happening sender::interpret(const backends::submit_outcome& outcome,
                            const live_job& live,
                            endpoint_link& link,
                            bool pointless) {
    const auto id = live.job.id;
    if (const auto* r = std::get_if<backends::refused>(&outcome))
        return on(*r, live, link, pointless);
    lonely_refusals_.erase(id);
    if (const auto* started = std::get_if<backends::started>(&outcome)) {
        link.answered();
        plan_.accepted(id, time_.now());
        return {.kind = job_event_kind::task_known,
                .detail = concat("accepted as task ", started->task),
                .task = started->task};
    }
    if (const auto* finished = std::get_if<backends::finished>(&outcome)) {
        link.answered();
        link.budget().succeeded();
        plan_.accepted(id, time_.now());
        return {.kind = job_event_kind::done, .detail = "done at once", .vm = finished->vm};
    }
    plan_.no_verdict(id);
    if (const auto* failed = std::get_if<backends::failed>(&outcome)) return on(*failed, live, link);
    const auto& said = std::get<backends::uncertain>(outcome).said;
    link.did_not_answer(said, group_);
    return {.kind = job_event_kind::outcome_unknown,
            .detail = said.message(),
            .said = error(errc::in_doubt, said.message())};
}

happening sender::on(const backends::refused& refused,
                     const live_job& live,
                     endpoint_link& link,
                     bool pointless) {
    happening what{.kind = job_event_kind::refused, .detail = refused.said.message()};
    if (refused.retry_after) {
        what.kind = job_event_kind::refused_until;
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
                what.kind = job_event_kind::failed_for_good;
                what.said = refused.said;
                what.detail = concat("refused again and again with nothing at work: ",
                                     refused.said.message());
            }
            plan_.refused(live.job.id, time_.now(), time_.wall());
            break;
        case refusal::busy:
            link.answered();
            plan_.no_verdict(live.job.id);
            what.kind = job_event_kind::refused_until;
            if (!what.pause) what.pause = backoff(busy_pace, live.job.progress.attempt, random_);
            break;
    }
    return what;
}

task<bool> sender::is_pointless(job_id id, endpoint_link& link) {
    const auto* live = live_.find(id);
    const auto lane = live == nullptr ? std::nullopt : plan_.lane(live->job.lane);
    if (!lane || lane->in_flight > 1) {
        lonely_refusals_.erase(id);
        co_return false;
    }
    if (++lonely_refusals_[id] < lonely_refusals_max) co_return false;
    auto others = co_await link.backend().anyone_at_work(lane->lane.key.kind);
    co_return others && !*others;
}

happening sender::on(const backends::failed& failed, const live_job& live, endpoint_link& link) {
    link.answered();
    happening what{.kind = job_event_kind::failed_for_good,
                   .detail = failed.said.message(),
                   .said = failed.said};
    const auto& before = live.job.progress.last_error;
    const bool doubted = before && before->code() == errc::in_doubt;
    if (failed.said.code() == errc::already_exists && doubted) {
        // An earlier attempt of ours was in doubt: this may well be its VM.
        what.kind = job_event_kind::outcome_unknown;
        what.said = error(errc::in_doubt, failed.said.message());
    } else if (failed.later) {
        what.kind = job_event_kind::failed_for_now;
        const backoff_options pace;
        what.pause = link.budget().take() ? backoff(pace, live.job.progress.attempt, random_)
                                          : pace.cap;
    }
    return what;
}

}  // namespace cloned::scheduler
