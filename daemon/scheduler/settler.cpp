#include "daemon/scheduler/settler.hpp"

#include "daemon/base/crash_point.hpp"
#include "daemon/base/guard.hpp"
#include "daemon/base/log.hpp"
#include "daemon/base/text.hpp"
#include "daemon/scheduler/outcome.hpp"

#include <boost/asio/error.hpp>

namespace cloned::scheduler {
namespace {

constexpr std::size_t looks_at_once = 8;

}  // namespace

settler::settler(asio::io_context& loop,
                 endpoint_link& link,
                 live_jobs& live,
                 clock& time,
                 random_source& random,
                 task_group& group,
                 listeners tell)
    : link_(link),
      live_(live),
      time_(time),
      random_(random),
      group_(group),
      tell_(std::move(tell)),
      looking_(loop.get_executor(), looks_at_once) {}

void settler::settle(job_id job) { group_.spawn("settle", run(job)); }

task<result<backends::evidence>> settler::look(backends::evidence_query query) {
    auto [ec] = co_await looking_.async_send(boost::system::error_code(), no_throw);
    // A channel has an error of its own for it; only this one is known as a cancellation.
    if (ec) throw boost::system::system_error(asio::error::operation_aborted);
    auto seen = co_await link_.backend().look(std::move(query));
    looking_.try_receive([](auto...) {});
    co_return seen;
}

std::optional<happening> settler::heard_of(const backends::evidence& seen, const live_job& live) {
    using backends::task_phase;
    const auto& own = seen.own_task;
    if (!own || own->phase == task_phase::vanished) return std::nullopt;
    if (auto ended = ended_as(*own, live, link_, time_, random_)) return ended;
    return happening{.kind = job_event_kind::task_known,
                     .detail = concat("found at work as task ", own->task),
                     .task = own->task};
}

happening settler::conclude(const doubt::verdict& verdict, const queued_job& job) {
    switch (verdict.what) {
        case doubt::finding::made:
            // Of a history that is lost nobody knows whether the name was free before us.
            if (job.suspect && !identity_of(job.spec).name.empty()) {
                const auto why = concat("found, but whose it is was lost with a part of the database: ",
                                        verdict.why);
                return {.kind = job_event_kind::unsettled,
                        .detail = why,
                        .vm = verdict.vm,
                        .said = error(errc::in_doubt, why)};
            }
            return {.kind = job_event_kind::done,
                    .detail = concat("found: ", verdict.why),
                    .vm = verdict.vm};
        case doubt::finding::absent:
            // A suspect was only looked for, which is no attempt.
            return {.kind = job.suspect ? job_event_kind::refused : job_event_kind::proven_absent,
                    .detail = concat("proven absent: ", verdict.why)};
        default: break;
    }
    return {.kind = job_event_kind::unsettled,
            .detail = verdict.why,
            .said = error(errc::in_doubt, verdict.why)};
}

task<void> settler::run(job_id id) {
    auto pause = time_.make_alarm();
    const auto* live = live_.find(id);
    if (live == nullptr) co_return;
    const auto& info = link_.info();
    const auto& progress = live->job.progress;
    const auto sent_at = progress.sent_at.value_or(progress.changed_at);
    // A task that ran for hours before it vanished was alive until then, and so was a request whose
    // intent took long to reach the disk: what they set in motion may yet come to light.
    const auto silent_since = std::max(sent_at + info.request_timeout, progress.changed_at);
    doubt::limits limits;
    limits.first_pause = std::min(limits.first_pause, info.quiesce);
    doubt open(limits, guarded(guard::quiesce) ? silent_since + info.quiesce : wall_time());
    for (;;) {
        live = live_.find(id);
        if (live == nullptr || live->job.progress.state != job_state::in_doubt) co_return;
        backends::evidence_query query;
        query.spec = live->job.spec;
        query.sent_at = live->job.suspect ? live->job.accepted_at : sent_at;
        query.known_tasks = tell_.known_tasks(id);
        query.task = live->job.progress.task;
        crash_point("settle.before_look");
        auto seen = co_await look(std::move(query));
        auto wait = milliseconds(0);
        if (!seen) {
            link_.did_not_answer(seen.error(), group_);
            wait = link_.pause_after_failure();
        } else {
            link_.answered();
            crash_point("settle.after_look");
            live = live_.find(id);
            if (live == nullptr) co_return;
            if (auto heard = heard_of(*seen, *live)) {
                const bool runs = heard->kind == job_event_kind::task_known;
                log::info("job.settled", log::kv("job", id.value), log::kv("seen", heard->detail));
                auto told = std::move(*heard);
                auto recorded = co_await live_.record(id, std::move(told));
                if (recorded && runs) tell_.running(id);
                if (recorded || recorded.error().code() != errc::aborted) co_return;
            }
            const auto verdict = open.consider(*seen, time_.wall());
            if (verdict.what != doubt::finding::look_again) {
                log::info("job.settled", log::kv("job", id.value), log::kv("seen", verdict.why));
                auto what = conclude(verdict, live->job);
                auto recorded = co_await live_.record(id, std::move(what));
                if (recorded || recorded.error().code() != errc::aborted) co_return;
            }
            wait = std::max(verdict.pause, milliseconds(1));
        }
        co_await pause->sleep_until(time_.now() + wait);
    }
}

}  // namespace cloned::scheduler
