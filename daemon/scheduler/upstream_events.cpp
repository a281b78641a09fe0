#include "daemon/scheduler/upstream_events.hpp"

#include "base/text.hpp"
#include "model/guard.hpp"

namespace cloned::scheduler {

using backends::refusal;
using backends::task_phase;

namespace {

constexpr backoff_options busy_pace{milliseconds(1'000), milliseconds(15'000), milliseconds(500)};
// A guest needs tens of seconds to boot; a thousand of them must not be asked every second.
constexpr backoff_options boot_pace{milliseconds(10'000), milliseconds(20'000),
                                    milliseconds(3'000)};
constexpr auto usual_boot_grace = milliseconds(600'000);

bool may_still_boot(const queued_job& job, wall_time now) {
    const auto* spec = std::get_if<customize_guest_spec>(&job.spec);
    const auto asked = milliseconds(spec == nullptr ? 0 : spec->boot_grace_ms);
    return now < job.ready_at + (asked > milliseconds(0) ? asked : usual_boot_grace);
}

}  // namespace

bool was_doubted(const queued_job& job) {
    const auto& before = job.progress.last_error;
    return before && before->code() == errc::in_doubt;
}

job_update turned_away(refusal why,
                       const error& said,
                       std::optional<milliseconds> pause,
                       const queued_job& job,
                       wall_time now,
                       random_source& random) {
    job_update what{.kind = transition_event::refused_until, .detail = said.message()};
    if (why == refusal::not_ready && !may_still_boot(job, now)) {
        what.kind = transition_event::failed_for_good;
        what.said = said;
        return what;
    }
    const auto& pace = why == refusal::not_ready ? boot_pace : busy_pace;
    what.pause = pause ? *pause : backoff(pace, job.progress.attempt, random);
    return what;
}

std::optional<job_update> ended_as(const backends::task_status& status,
                                   const in_flight_job& live,
                                   endpoint_health& link,
                                   clock& time,
                                   random_source& random) {
    job_update what{.kind = transition_event::failed_for_good,
                    .detail = status.said.message(),
                    .said = status.said};
    switch (status.phase) {
        case task_phase::pending:
        case task_phase::running:
            return std::nullopt;
        case task_phase::succeeded: {
            const auto took = std::chrono::floor<milliseconds>(time.now() - live.started_at);
            link.budget().succeeded();
            job_update done{transition_event::done, concat("done after ", for_people(took))};
            if (!status.vm.empty()) done.vm = status.vm;
            return done;
        }
        case task_phase::vanished:
            if (!guarded(guard::vanished_task))
                return job_update{.kind = transition_event::failed_for_now, .detail = "task gone"};
            return job_update{
                .kind = transition_event::outcome_unknown,
                .detail = concat("the upstream no longer knows task ", status.task_id),
                .said = error(errc::in_doubt, "the upstream no longer knows the task")};
        case task_phase::refused:
            return turned_away(status.why, status.said, std::nullopt, live.job, time.wall(),
                               random);
        case task_phase::failed:
            break;
    }
    if (!status.vm.empty()) what.vm = status.vm;
    if (status.cancelled) {
        what.kind = transition_event::was_cancelled;
    } else if (status.said.code() == errc::already_exists && was_doubted(live.job) &&
               guarded(guard::doubted_name_taken)) {
        // Some upstreams find out only in the task that the name exists.
        what.kind = transition_event::outcome_unknown;
        what.said = error(errc::in_doubt, status.said.message());
    } else if (status.later) {
        what.kind = transition_event::failed_for_now;
        const backoff_options pace;
        what.pause =
            link.budget().take() ? backoff(pace, live.job.progress.attempt, random) : pace.cap;
    }
    return what;
}

}  // namespace cloned::scheduler
