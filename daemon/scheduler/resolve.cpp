// What an operator says of a job that evidence could not settle.

#include "base/log.hpp"
#include "base/text.hpp"
#include "daemon/scheduler/job_commands.hpp"

namespace cloned::scheduler {
namespace {

// Why a job in this state has nothing to resolve, and what to do with it instead.
error nothing_to_resolve(job_state state) {
    std::string_view instead = "wait for its end, or cancel it";
    switch (state) {
        case job_state::blocked:
        case job_state::queued:
            instead = "it is not running upstream; cancel it if it is not wanted";
            break;
        case job_state::in_doubt:
            instead =
                "evidence is still being looked for; what that cannot settle comes to an operator";
            break;
        case job_state::succeeded:
            instead = "it has ended, with the VM that it shows";
            break;
        case job_state::failed:
        case job_state::cancelled:
            instead = "it has ended; retry its batch to give it another try";
            break;
        default:
            break;
    }
    return {errc::failed_precondition, concat("the job is ", to_string(state), " and not ",
                                              to_string(job_state::needs_operator), ": ", instead)};
}

job_update word_of(resolution what) {
    if (what.what == resolution::verdict::adopt)
        return {.kind = transition_event::adopted,
                .detail = concat("an operator says that ", one_line(what.vm, 255), " is its VM"),
                .vm = std::move(what.vm)};
    job_update word{.kind = transition_event::abandoned, .detail = "abandoned by an operator"};
    if (!what.reason.empty()) word.detail += concat(": ", what.reason);
    // Not in_doubt: should the job be tried again, a VM of its name is nobody's of ours.
    word.said = error(errc::aborted, word.detail);
    return word;
}

}  // namespace

task<result<void>> job_commands::resolve(job_id id, resolution what) {
    auto found = co_await shared_.store.find_job(id);
    if (!found) co_return fail(found.error());
    auto job = std::move(*found);
    if (job.progress.state != job_state::needs_operator || shared_.in_flight.find(id) != nullptr)
        co_return fail(nothing_to_resolve(job.progress.state));
    if (what.what == resolution::verdict::look_again) co_return co_await reopen(std::move(job));

    auto change = change_of(job, word_of(std::move(what)), shared_.time.wall());
    if (!change) co_return fail(nothing_to_resolve(job.progress.state));
    log::info("job.resolved", log::kv("job", id.value), log::kv("word", change->detail));
    // Who waits for the job is told to on_release().
    auto changed = co_await shared_.store.change(std::move(*change));
    if (!changed) co_return fail(changed.error());
    co_return result<void>();
}

// In memory first: the slot is held before anybody may see the job in doubt.
task<result<void>> job_commands::reopen(job_record job) {
    const auto id = job.id;
    auto* home = endpoints_.of(job.lane);
    if (home == nullptr)
        co_return fail(
            errc::failed_precondition,
            concat("endpoint ", job.request.endpoint,
                   " is not configured, so there is nothing to look at; configure it, or "
                   "adopt or abandon the job"));
    std::vector<job_state> state(1, job_state::needs_operator);
    const job_id before{id.value - 1};
    auto loaded = co_await shared_.store.load_batch(job.batch, std::move(state), before, 1);
    if (!loaded) co_return fail(loaded.error());
    const bool gone =
        loaded->empty() || loaded->front().id != id || shared_.in_flight.find(id) != nullptr;
    if (gone)
        co_return fail(errc::aborted, "the job changed while it was being resolved; ask again");
    auto again = std::move(loaded->front());
    shared_.plan.hold(id, again.lane, source_of(again.spec));
    shared_.in_flight.add(std::move(again));
    job_update word;
    word.kind = transition_event::look_again;
    word.detail = "an operator wants the evidence looked at again";
    auto recorded = co_await shared_.in_flight.record(id, std::move(word));
    if (!recorded) {
        shared_.in_flight.drop(id);
        co_return fail(recorded.error());
    }
    log::info("job.resolved", log::kv("job", id.value), log::kv("word", "look again"));
    home->doubtful(id);
    co_return result<void>();
}

}  // namespace cloned::scheduler
