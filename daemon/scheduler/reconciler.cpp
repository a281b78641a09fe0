#include "daemon/scheduler/reconciler.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/guard.hpp"

#include <algorithm>

namespace cloned::scheduler {
namespace {

constexpr std::size_t looks_at_once = 8;  // where each is a look of its own
constexpr int refused_looks_max = 10;
constexpr backoff_options refused_pace{milliseconds(1'000), milliseconds(30'000),
                                       milliseconds(500)};
// Of a job whose look alone fails.
constexpr int spoiled_looks_max = 30;
// A request that arrived at the last moment must be in the first list of tasks that counts.
constexpr milliseconds lists_lag{1'000};
constexpr backoff_options spoiled_pace{milliseconds(5'000), milliseconds(300'000),
                                       milliseconds(5'000)};
constexpr auto known_for = milliseconds(1'000);
// Clocks differ, and the upstream lists for longer than anybody doubts.
constexpr auto known_before = std::chrono::hours(1);
constexpr std::size_t known_max = 20'000;
constexpr auto known_wait = milliseconds(10'000);
constexpr auto known_remembered = milliseconds(60'000);
constexpr milliseconds pause_to_begin{20};
constexpr milliseconds pause_to_gather{200};

std::string key_of(const backends::evidence_query& query) {
    const auto who = identity_of(query.spec);
    return concat(query.task_id, "/", source_of(query.spec), "/", who.folder, "/", who.name);
}

}  // namespace

reconciler::reconciler(const shared_parts& shared, endpoint_health& health, endpoint_jobs& jobs)
    : shared_(shared),
      health_(health),
      jobs_(jobs),
      looks_(
          shared.time,
          shared.tasks,
          {.name = "look",
           .request = [this](auto queries,
                             bool) { return health_.backend().look_together(std::move(queries)); },
           .limit = [this] { return look_limits(); },
           .key = key_of,
           .spoils = spoils_request,
           .heard =
               [this](bool served, std::size_t asked, auto trouble) {
                   return health_.heard(served, asked, std::move(trouble));
               }}),
      known_reads_(shared.time) {}

void reconciler::settle(job_id job) {
    shared_.tasks.spawn("settle", run(job));
}

reconciler::looks::limits reconciler::look_limits() const {
    const auto most = health_.backend().looks_together_max();
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
    auto maker = co_await shared_.store.made_by_another(job, std::move(vm));
    if (maker && !maker->has_value()) co_return seen;
    if (!maker) {
        seen->presence = presence::incomplete;
        seen->seen +=
            concat("; whether another job has made it is not known: ", maker.error().message());
        co_return seen;
    }
    // What was concluded from that VM falls with it.
    if (seen->own_task && seen->own_task->phase == backends::task_phase::failed &&
        seen->own_task->vm == seen->vm)
        seen->own_task.reset();
    // Where names are unique, ours cannot be made beside it.
    seen->presence =
        health_.backend().has_unique_names(kind) ? presence::foreign : presence::absent;
    seen->seen += concat("; VM ", one_line(seen->vm, 100), " was made by job ",
                         std::to_string((*maker)->value));
    co_return seen;
}

task<void> reconciler::run(job_id id) {
    auto pause = shared_.time.make_alarm();
    const auto* live = shared_.in_flight.find(id);
    if (live == nullptr) co_return;
    auto about = begin(*live);
    for (;;) {
        const auto wait = co_await look_once(id, about);
        if (!wait) co_return;
        co_await pause->sleep_until(shared_.time.now() + *wait);
    }
}

reconciler::inquiry reconciler::begin(const in_flight_job& live) const {
    const auto& info = health_.info();
    const auto& progress = live.job.progress;
    const auto sent_at = progress.sent_at.value_or(progress.changed_at);
    // A task that ran for hours before it vanished was alive until then, and so was a request whose
    // intent took long to reach the disk: what they set in motion may yet come to light.
    const auto silent_since = std::max(sent_at + info.request_timeout, progress.changed_at);
    const auto unseen =
        progress.task_id.empty() ? info.quiesce : std::max(info.quiesce, info.forgotten_task_wait);
    doubt::limits limits;
    limits.first_pause = std::min(limits.first_pause, info.quiesce);
    const auto dead_by = guarded(guard::quiesce) ? silent_since + unseen + lists_lag : wall_time();
    inquiry out{doubt(limits, dead_by, common_), live.job.suspect ? live.job.accepted_at : sent_at};
    out.began = shared_.time.wall();
    out.began_at = shared_.time.now();
    return out;
}

task<std::optional<milliseconds>> reconciler::look_once(job_id id, inquiry& about) {
    // The breaker's probes find out when it is back; thousands of looks need not.
    if (!health_.available()) co_return health_.pause_after_failure();
    auto* live = shared_.in_flight.find(id);
    if (live == nullptr || live->job.progress.state != job_state::in_doubt) co_return std::nullopt;
    backends::evidence_query query;
    query.spec = live->job.spec;
    query.sent_at = about.sent_at;
    query.now = shared_.time.wall();
    query.task_id = live->job.progress.task_id;
    query.job = id.value;
    query.session_after = about.session_after;
    auto others = co_await known_tasks(about.sent_at);
    if (!others) co_return health_.pause_after_failure();
    query.others = std::move(*others);
    crash_point("settle.before_look");
    // What arrives while a look is under way may have come too late for a part of it.
    const auto looked_at = now(about);
    auto seen = co_await look_for_own(id, std::move(query));
    live = shared_.in_flight.find(id);
    if (live == nullptr) co_return std::nullopt;
    if (!seen) {
        live->trouble = seen.error().message();
        co_return co_await look_failed(id, about, seen.error());
    }
    about.failed = 0;
    live->trouble.clear();
    crash_point("settle.after_look");
    const auto took = std::chrono::floor<milliseconds>(shared_.time.now() - live->started_at);
    auto proven = on_own_task(seen->own_task, live->job, took, health_.pauses());
    if (!proven) {
        const auto verdict = about.open.consider(*seen, looked_at);
        if (!about.open.wants_fresh_session())
            about.session_after.reset();
        else if (!about.session_after)
            about.session_after = shared_.time.now();
        if (verdict.what == doubt::finding::look_again)
            co_return std::max(verdict.pause, milliseconds(1));
        proven = on_evidence(verdict, live->job);
        if (verdict.what == doubt::finding::absent && was_turned_away(*live)) {
            proven->kind = transition_event::refused_until;
            proven->pause = health_.pause_after_failure();
        }
    }
    const bool over = co_await settled(id, std::move(*proven));
    if (over) co_return std::nullopt;
    co_return health_.pause_after_failure();
}

// It was told that the upstream is not available, and so was every other one of its lane, before or
// since.
bool reconciler::was_turned_away(const in_flight_job& live) const {
    if (!live.turned_away_at || live.job.suspect) return false;
    return live.lane_was_refused ||
           !shared_.plan.has_taken_since(live.job.lane, *live.turned_away_at);
}

// Where others are answered it costs this job alone: it is looked for ever more rarely, and then
// the operator must know. An upstream that refuses for good will say the same tomorrow.
task<std::optional<milliseconds>> reconciler::look_failed(job_id id, inquiry& about, error why) {
    if (spoils_request(why.code()) == spoiling::no) co_return health_.pause_after_failure();
    const bool for_good = backends::is_definite(why.code());
    const auto& pace = for_good ? refused_pace : spoiled_pace;
    const auto most = for_good ? refused_looks_max : spoiled_looks_max;
    // Who is handed to the operator gives its slot back.
    if (about.open.may_be_on_its_way(now(about)) || ++about.failed < most)
        co_return backoff(pace, static_cast<std::uint32_t>(about.failed), shared_.random);
    const auto* live = shared_.in_flight.find(id);
    if (live == nullptr) co_return std::nullopt;
    doubt::verdict proven;
    proven.what = doubt::finding::unsettled;
    proven.why = concat("the upstream refuses to be looked at for it: ", why.message());
    const bool over = co_await settled(id, on_evidence(proven, live->job));
    if (over) co_return std::nullopt;
    co_return health_.pause_after_failure();
}

// The tasks that live are in memory; those that have ended only the store knows. Many ask at once.
task<result<std::shared_ptr<const backends::known_tasks>>> reconciler::known_tasks(
    wall_time since) {
    for (;;) {
        const bool fresh = known_.tasks && shared_.time.now() - known_.read_at < known_for;
        if (fresh && known_.since <= since) co_return known_.tasks;
        if (!known_reads_.under_way()) break;
        co_await known_reads_.wait(shared_.time.now() + known_wait);
    }
    const single_flight::flight reading(known_reads_);
    const auto now = shared_.time.now();
    // Who asks next may have been in doubt for longer.
    const bool lately = known_.tasks && now - known_.read_at < known_remembered;
    const auto from = lately ? std::min(since, known_.since) : since;
    auto listed =
        co_await shared_.store.tasks_since(health_.info().name, from - known_before, known_max);
    if (!listed) co_return fail(listed.error());
    auto all = std::make_shared<backends::known_tasks>();
    for (auto& one : *listed) all->add(std::move(one.task), one.job.value);
    for (auto& [task, job] : jobs_.live_tasks()) {
        all->add(task, job.value);
        const auto* live = shared_.in_flight.find(job);
        if (live != nullptr && makes_vm(kind_of(live->job.spec))) all->add_live(task);
    }
    known_.tasks = std::move(all);
    known_.since = from;
    known_.read_at = now;
    co_return known_.tasks;
}

task<bool> reconciler::settled(job_id id, job_update as) {
    log::info("job.settled", log::kv("job", id.value), log::kv("seen", as.detail));
    auto recorded = co_await shared_.in_flight.record(id, std::move(as));
    if (recorded && *recorded == job_state::running) jobs_.running(id);
    co_return recorded || recorded.error().code() != errc::aborted;
}

}  // namespace cloned::scheduler
