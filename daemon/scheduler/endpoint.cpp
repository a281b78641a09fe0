#include "daemon/scheduler/endpoint.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "daemon/scheduler/guest_wait.hpp"

namespace cloned::scheduler {
namespace {

bool went_unheard(const error& why) {
    return why.code() == errc::unavailable || why.code() == errc::in_doubt;
}

std::string_view words_of(backends::cancel_outcome answer) {
    return answer == backends::cancel_outcome::too_late
               ? "it says that the task is past it"
               : "it does not support the cancellation of this task";
}

}  // namespace

endpoint::endpoint(const shared_parts& shared, endpoint_info info, backends::backend& backend)
    : shared_(shared),
      health_(shared, std::move(info), backend),
      names_(shared, health_, *this),
      submitter_(shared, health_, names_, *this),
      poller_(shared, health_, *this),
      endings_(shared, names_, *this),
      reconciler_(shared, health_, *this) {}

void endpoint::start() {
    shared_.tasks.spawn("poller", poller_.run());
}

void endpoint::running(job_id id) {
    const auto* live = shared_.in_flight.find(id);
    if (live == nullptr) return;
    poller_.watch(id);
    // An acceptance may have raised the ceiling.
    shared_.dispatch.wake();
    if (live->job.progress.cancel_requested) cancel(id);
}

std::vector<vm_identity> endpoint::upcoming_names(std::size_t most) const {
    std::vector<vm_identity> out;
    for (const auto* job : shared_.plan.upcoming(info().name, most))
        if (health_.backend().has_unique_names(kind_of(job->spec)))
            out.push_back(identity_of(job->spec));
    return out;
}

void endpoint::cancel(job_id id) {
    shared_.tasks.spawn("cancel", ask_to_cancel(id));
}

task<void> endpoint::ask_to_cancel(job_id id) {
    auto pause = shared_.time.make_alarm();
    for (;;) {
        const auto* live = shared_.in_flight.find(id);
        if (live == nullptr || live->job.progress.state != job_state::running) co_return;
        auto upstream_task = live->job.progress.task_id;
        auto answer = co_await health_.backend().cancel(std::move(upstream_task));
        if (answer || !went_unheard(answer.error())) {
            co_await take_cancel_answer(id, std::move(answer));
            co_return;
        }
        log::warn("job.cancel_failed", log::kv("job", id.value),
                  log::kv("error", answer.error().message()));
        // The client has been told that the upstream is being asked: once is not enough where it
        // does not answer. Asking twice harms nothing.
        health_.did_not_answer(answer.error());
        const auto wait = health_.pause_after_failure();
        co_await pause->sleep_until(shared_.time.now() + wait);
    }
}

task<void> endpoint::take_cancel_answer(job_id id, result<backends::cancel_outcome> answer) {
    auto* live = shared_.in_flight.find(id);
    if (live == nullptr || live->job.progress.state != job_state::running) co_return;
    live->cancel_asked_at = shared_.time.wall();
    if (answer && *answer == backends::cancel_outcome::asked) {
        live->not_cancelled = "the upstream has taken it, but the task has not ended yet";
        co_return;
    }
    job_update word{.kind = transition_event::cancel_asked};
    if (answer && *answer == backends::cancel_outcome::only_waits) {
        word = on_wait_cancelled(live->job);
    } else {
        word.detail = concat("the upstream does not cancel task ", live->job.progress.task_id, ": ",
                             answer ? words_of(*answer) : answer.error().message());
        // However often it is asked for, the history tells it once.
        if (live->not_cancelled == word.detail) co_return;
        live->not_cancelled = word.detail;
        log::info("job.not_cancelled", log::kv("job", id.value), log::kv("why", word.detail));
    }
    auto recorded = co_await shared_.in_flight.record(id, std::move(word));
    static_cast<void>(recorded);
}

void endpoint_table::add(const shared_parts& shared,
                         const endpoint_info& info,
                         backends::backend& backend) {
    all_.try_emplace(info.name, shared, info, backend);
}

void endpoint_table::add_lane(const lane_record& lane) {
    const auto where = all_.find(lane.key.endpoint);
    if (where != all_.end()) by_lane_.insert_or_assign(lane.id, &where->second);
}

void endpoint_table::start() {
    for (auto& [name, one] : all_) one.start();
}

std::vector<endpoint_status> endpoint_table::status() const {
    std::vector<endpoint_status> out;
    for (const auto& [name, one] : all_) out.push_back(one.status());
    return out;
}

endpoint* endpoint_table::find(std::string_view name) {
    const auto where = all_.find(name);
    return where == all_.end() ? nullptr : &where->second;
}

endpoint* endpoint_table::of(lane_id lane) const {
    const auto where = by_lane_.find(lane);
    return where == by_lane_.end() ? nullptr : where->second;
}

}  // namespace cloned::scheduler
