#include "tests/support/fake_backend.hpp"

namespace cloned::testing {

using backends::cancel_outcome;
using backends::occupant;
using backends::submission;
using backends::submit_outcome;
using backends::task_phase;
using backends::task_status;

namespace {

error no_connection() {
    return {errc::unavailable, "connection refused"};
}

// Of a list, because of one VM in it.
error internal_error() {
    return {errc::upstream_failed, "INTERNAL_SERVER_ERROR: a VM has no name (HTTP 500)"};
}

}  // namespace

task<void> fake_backend::travel() {
    co_await travel(travel_time);
}

task<void> fake_backend::travel(milliseconds span) {
    auto pause = clock_.make_alarm();
    if (span > milliseconds(0)) co_await pause->sleep_until(clock_.now() + span);
    upstream_.advance(clock_.wall());
}

task<submit_outcome> fake_backend::submit(submission what) {
    struct waiting {
        explicit waiting(std::shared_ptr<int> count) : count_(std::move(count)) { ++*count_; }
        ~waiting() { --*count_; }
        std::shared_ptr<int> count_;
    };
    const waiting present(unanswered_);
    ++requests_;
    co_await travel();
    if (upstream_.down)
        co_return backends::refused{backends::refusal::not_sent, no_connection(), std::nullopt};
    upstream_.submissions.push_back(name_of(what.spec));
    if (on_submit) co_await on_submit(what);
    const auto how = upstream_.next_script(what.spec);
    for (int i = 0; i < how.strangers_come; ++i)
        upstream_.add_vm(name_of(what.spec), how.strangers_told);
    auto outcome = carry_out(what, how);
    if (how.how == script::reply::hang) {
        auto pause = clock_.make_alarm();
        co_await pause->sleep_until(clock_.now() + request_timeout);
        co_return outcome;
    }
    co_await travel();
    co_return outcome;
}

submit_outcome fake_backend::carry_out(const submission& what, const script& how) {
    const auto now = clock_.wall();
    switch (how.how) {
        case script::reply::refuse:
            ++upstream_.refusals;
            return backends::refused{how.why, how.said, how.retry_after};
        case script::reply::fail:
            return backends::failed{how.said, how.later};
        case script::reply::lose:
        case script::reply::hang:
            if (how.done) upstream_.begin(what.spec, how, now);
            return backends::uncertain{error(errc::in_doubt, "the connection was lost")};
        case script::reply::finish:
            return backends::finished{upstream_.make_now(what.spec)};
        case script::reply::accept:
            break;
    }
    if (upstream_.full() && !upstream_.queues) {
        ++upstream_.refusals;
        return backends::refused{backends::refusal::capacity,
                                 error(errc::upstream_failed, "too many operations"), std::nullopt};
    }
    return backends::started{upstream_.begin(what.spec, how, now)};
}

task_status fake_backend::status_of(const std::string& task) {
    task_status status;
    status.task_id = task;
    const auto* work = upstream_.find(task);
    if (work == nullptr || !work->listed) {
        status.phase = task_phase::vanished;
        return status;
    }
    status.phase = work->phase;
    if (!work->vm_untold) status.vm = work->vm;
    status.said = work->said;
    status.later = work->later;
    status.cancelled = work->cancelled;
    if (work->phase == task_phase::running) status.percent = 50;
    return status;
}

task<result<std::vector<task_status>>> fake_backend::poll(std::vector<std::string> tasks) {
    ++requests_;
    ++upstream_.polls;
    co_await travel();
    if (upstream_.down) co_return fail(no_connection());
    std::vector<task_status> out;
    out.reserve(tasks.size());
    for (const auto& t : tasks) out.push_back(status_of(t));
    co_await travel();
    co_return out;
}

task<result<backends::evidence>> fake_backend::look(backends::evidence_query query) {
    std::vector<backends::evidence_query> alone(1, query);
    auto seen = co_await look_together(std::move(alone));
    if (!seen) co_return fail(seen.error());
    co_return std::move(seen->front());
}

task<result<std::vector<backends::evidence>>> fake_backend::look_together(
    std::vector<backends::evidence_query> queries) {
    ++requests_;
    ++upstream_.looks;
    upstream_.looked_for += static_cast<std::int64_t>(queries.size());
    co_await travel();
    if (upstream_.down) co_return fail(no_connection());
    std::vector<backends::evidence> all;
    for (const auto& query : queries)
        if (upstream_.spoils_lists.contains(name_of(query.spec))) co_return fail(internal_error());
    for (const auto& query : queries) {
        const auto after = query.session_after;
        if (after && session_began_ <= *after && clock_.now() - session_began_ >= session_pause) {
            session_began_ = clock_.now();
            ++upstream_.logins;
        }
        all.push_back(upstream_.look(query, clock_.wall()));
        all.back().fresh_session = !after || session_began_ > *after;
        // What an old session is not shown.
        if (!upstream_.hidden_from_old.empty() && session_began_ <= upstream_.hides_since &&
            upstream_.hidden_from_old == name_of(query.spec)) {
            all.back().presence = backends::evidence::vm_presence::absent;
            all.back().vm.clear();
        }
    }
    co_await travel();
    co_return all;
}

task<result<std::vector<occupant>>> fake_backend::find_by_name(std::vector<vm_identity> names) {
    ++requests_;
    ++upstream_.name_lookups;
    co_await travel(lookup_time);
    if (upstream_.down) co_return fail(no_connection());
    std::vector<occupant> out;
    for (const auto& one : names)
        if (upstream_.spoils_lists.contains(one.name)) co_return fail(internal_error());
    for (const auto& one : names)
        if (!one.name.empty() && one.name == upstream_.refused_name)
            co_return fail(errc::invalid_argument, "this is no name, said the upstream");
    for (const auto& one : names) out.push_back({upstream_.occupant(one.name), {}});
    co_await travel(lookup_time);
    co_return out;
}

task<result<cancel_outcome>> fake_backend::cancel(std::string task) {
    ++requests_;
    ++upstream_.cancels;
    co_await travel();
    if (upstream_.down) co_return fail(no_connection());
    if (!upstream_.can_cancel) co_return cancel_outcome::unsupported;
    if (!upstream_.cancel(task, clock_.wall())) co_return cancel_outcome::too_late;
    co_return cancel_outcome::asked;
}

task<result<bool>> fake_backend::anyone_at_work(job_kind) {
    ++requests_;
    co_await travel();
    if (upstream_.down) co_return fail(no_connection());
    co_return upstream_.working() + upstream_.strangers > 0;
}

task<result<void>> fake_backend::probe() {
    ++requests_;
    ++upstream_.probes;
    co_await travel();
    if (upstream_.down) co_return fail(no_connection());
    co_return result<void>();
}

task<void> fake_backend::close() {
    co_return;
}

}  // namespace cloned::testing
