#include "daemon/scheduler/reconciler.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "daemon/scheduler/upstream_events.hpp"
#include "model/guard.hpp"

#include <algorithm>

namespace cloned::scheduler {
namespace {

constexpr std::size_t looks_at_once = 8;  // where each is a look of its own
constexpr milliseconds pause_to_begin{20};
constexpr milliseconds pause_to_gather{200};

// What the upstream does not like about one of them must not keep the others in doubt.
bool one_spoils_all(errc why, std::size_t asked) {
    return asked > 1 && (why == errc::invalid_argument || why == errc::not_found);
}

}  // namespace

reconciler::reconciler(endpoint_health& link,
                       in_flight_jobs& live,
                       clock& time,
                       random_source& random,
                       task_group& group,
                       listeners tell)
    : link_(link),
      in_flight_(live),
      clock_(time),
      random_(random),
      group_(group),
      tell_(std::move(tell)),
      looks_(
          time,
          group,
          {.name = "look",
           .request = [this](auto q, bool) { return link_.backend().look_together(std::move(q)); },
           .limit = [this] { return look_limits(); },
           .one_spoils_all = one_spoils_all}) {}

void reconciler::settle(job_id job) {
    group_.spawn("settle", run(job));
}

reconciler::looks::limits reconciler::look_limits() const {
    const auto most = link_.backend().looks_together_max();
    if (most <= 1) return {.width = looks_at_once};
    return {.most = most, .gather = pause_to_begin, .pause = pause_to_gather};
}

task<result<backends::evidence>> reconciler::look_for_own(job_id job,
                                                          backends::evidence_query query) {
    using presence = backends::evidence::vm_presence;
    const auto kind = kind_of(query.spec);
    auto seen = co_await looks_.ask(std::move(query));
    if (!seen || seen->vm.empty() || changes_its_vm(kind) || !guarded(guard::others_vm))
        co_return seen;
    if (seen->presence != presence::present && seen->presence != presence::incomplete)
        co_return seen;
    auto vm = seen->vm;
    auto maker = co_await tell_.made_by_another(job, std::move(vm));
    if (maker && !maker->has_value()) co_return seen;
    if (!maker) {
        seen->presence = presence::incomplete;
        seen->seen +=
            concat("; whether another job has made it is not known: ", maker.error().message());
        co_return seen;
    }
    // Where names are unique, ours cannot be made beside it.
    seen->presence = link_.backend().has_unique_names(kind) ? presence::foreign : presence::absent;
    seen->seen += concat("; VM ", one_line(seen->vm, 100), " was made by job ",
                         std::to_string((*maker)->value));
    co_return seen;
}

}

task<void> reconciler::run(job_id id) {
    auto pause = clock_.make_alarm();
    const auto* live = in_flight_.find(id);
    if (live == nullptr) co_return;
    const auto& info = link_.info();
    const auto& progress = live->job.progress;
    const auto sent_at = progress.sent_at.value_or(progress.changed_at);
    // A task that ran for hours before it vanished was alive until then, and so was a request whose
    // intent took long to reach the disk: what they set in motion may yet come to light.
    const auto silent_since = std::max(sent_at + info.request_timeout, progress.changed_at);
    const auto unseen =
        progress.task_id.empty() ? info.quiesce : std::max(info.quiesce, info.forgotten_task_wait);
    doubt::limits limits;
    limits.first_pause = std::min(limits.first_pause, info.quiesce);
    doubt open(limits, guarded(guard::quiesce) ? silent_since + unseen : wall_time());
    std::optional<steady_time> session_after;
    for (;;) {
        if (!link_.available()) {
            // The breaker's probes find out when it is back; thousands of looks need not.
            const auto wait = link_.pause_after_failure();
            co_await pause->sleep_until(clock_.now() + wait);
            continue;
        }
        live = in_flight_.find(id);
        if (live == nullptr || live->job.progress.state != job_state::in_doubt) co_return;
        backends::evidence_query query;
        query.spec = live->job.spec;
        query.sent_at = live->job.suspect ? live->job.accepted_at : sent_at;
        query.known_tasks = tell_.known_tasks(id);
        query.task_id = live->job.progress.task_id;
        query.session_after = session_after;
        crash_point("settle.before_look");
        // What arrives while a look is under way may have come too late for a part of it.
        const auto looked_at = clock_.wall();
        auto seen = co_await look_for_own(id, std::move(query));
        auto wait = milliseconds(0);
        if (!seen) {
            link_.did_not_answer(seen.error(), group_);
            wait = link_.pause_after_failure();
        } else {
            link_.answered();
            crash_point("settle.after_look");
            live = in_flight_.find(id);
            if (live == nullptr) co_return;
            const auto took = std::chrono::floor<milliseconds>(clock_.now() - live->started_at);
            const pause_source pauses{clock_.wall(), random_, link_.budget()};
            if (auto heard = on_own_task(seen->own_task, live->job, took, pauses)) {
                const bool runs = heard->kind == transition_event::task_known;
                log::info("job.settled", log::kv("job", id.value), log::kv("seen", heard->detail));
                auto told = std::move(*heard);
                auto recorded = co_await in_flight_.record(id, std::move(told));
                if (recorded && runs) tell_.running(id);
                if (recorded || recorded.error().code() != errc::aborted) co_return;
            }
            const auto verdict = open.consider(*seen, looked_at);
            if (verdict.what != doubt::finding::look_again) {
                log::info("job.settled", log::kv("job", id.value), log::kv("seen", verdict.why));
                auto what = on_evidence(verdict, live->job);
                auto recorded = co_await in_flight_.record(id, std::move(what));
                if (recorded || recorded.error().code() != errc::aborted) co_return;
            }
            wait = std::max(verdict.pause, milliseconds(1));
            if (!open.wants_fresh_session())
                session_after.reset();
            else if (!session_after)
                session_after = clock_.now();
        }
        co_await pause->sleep_until(clock_.now() + wait);
    }
}

}  // namespace cloned::scheduler
