#include "backends/snapservice/snapservice_backend.hpp"

#include "backends/outcome.hpp"
#include "backends/vapi/calls.hpp"
#include "base/text.hpp"

#include <array>
#include <map>
#include <utility>

namespace cloned::backends::snapservice {

using vapi::capacity_signal;

namespace {

// What the names of its operations hold.
constexpr std::array<std::pair<job_kind, std::string_view>, 2> operations{
    {{job_kind::linked_clone, "linked"}, {job_kind::restore, "restore"}}};

// Empty: not one of its.
std::string_view operation_of(job_kind kind) {
    for (const auto& [served, operation] : operations)
        if (served == kind) return operation;
    return {};
}

error not_served() {
    return {errc::invalid_argument, "snapservice does not serve jobs of this kind"};
}

}  // namespace

snapservice_backend::snapservice_backend(asio::io_context& loop,
                                         cloned::clock& clock,
                                         endpoint_info info,
                                         std::unique_ptr<http::client> client,
                                         std::unique_ptr<http::token_source> session,
                                         bool has_sessions,
                                         inventory* vms)
    : clock_(clock),
      info_(std::move(info)),
      has_sessions_(has_sessions),
      vms_(vms),
      client_(std::move(client)),
      session_(std::move(session)),
      calls_(*client_, *session_, vapi::explain),
      poller_(loop, calls_, wire_) {}

task<submit_outcome> snapservice_backend::submit(submission what) {
    if (const auto* clone = std::get_if<linked_clone_spec>(&what.spec))
        co_return co_await start(wire_.linked_clone(*clone, what.operation_id));
    if (const auto* restore = std::get_if<restore_spec>(&what.spec))
        co_return co_await start(wire_.restore(*restore, what.operation_id));
    co_return failed{not_served(), false};
}

task<submit_outcome> snapservice_backend::start(http::request ask) {
    ask.deadline = deadline();
    auto answer = co_await calls_.send(std::move(ask));
    if (!answer) co_return outcome_without_answer(answer.error());
    if (!vapi::is_success(*answer))
        co_return vapi::outcome_of(vapi::read_fault(*answer), capacity_signal::yes);
    auto id = wire_.read_started(answer->body);
    if (!id) co_return outcome_not_understood(id.error());
    co_return started{std::move(*id)};
}

task<result<std::vector<task_status>>> snapservice_backend::poll(std::vector<std::string> tasks) {
    co_return co_await poller_.poll(std::move(tasks), deadline());
}

task<result<bool>> snapservice_backend::anyone_at_work(job_kind kind) {
    const auto operation = operation_of(kind);
    if (operation.empty()) co_return fail(not_served());
    auto listed = co_await vapi::read(calls_, wire_.list_live_tasks(), deadline());
    if (!listed) co_return fail(listed.error());
    auto live = wire_.read_live_tasks(listed->body, operation, std::string_view());
    if (!live) co_return fail(live.error());
    co_return !live->empty();
}

task<result<std::vector<std::string>>> snapservice_backend::find_by_name(
    std::vector<vm_identity> names) {
    const auto latest = deadline();
    auto seen = co_await vms_->find_vms(std::move(names), latest);
    if (!seen) co_return fail(seen.error());
    co_return occupants_of(*seen);
}

task<result<evidence>> snapservice_backend::look(evidence_query query) {
    std::vector<evidence_query> alone;
    alone.push_back(std::move(query));
    auto seen = co_await look_together(std::move(alone));
    if (!seen) co_return fail(seen.error());
    co_return std::move(seen->front());
}

// The tasks first: what ends between the two looks is then seen as a VM.
task<result<std::vector<evidence>>> snapservice_backend::look_together(
    std::vector<evidence_query> queries) {
    const auto latest = deadline();
    if (const auto after = vapi::latest_session_after(queries)) {
        co_await session_->renew(*after, latest);
        if (vms_ != nullptr) co_await vms_->session().renew(*after, latest);
    }
    std::vector<evidence> seen(queries.size());
    for (std::size_t i = 0; i < queries.size(); ++i) {
        const auto& since = queries[i].session_after;
        if (!since) continue;
        seen[i].fresh_session = session_->began_after(*since) &&
                                (vms_ == nullptr || vms_->session().began_after(*since));
    }
    auto listed = co_await vapi::read(calls_, wire_.list_live_tasks(), latest);
    if (!listed) co_return fail(listed.error());
    std::map<std::pair<job_kind, std::string>, std::vector<std::string>> live;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        const auto kind = kind_of(queries[i].spec);
        const auto operation = operation_of(kind);
        if (operation.empty()) co_return fail(not_served());
        const auto& source = source_of(queries[i].spec);
        auto& tasks = live[{kind, source}];
        if (tasks.empty()) {
            auto all = wire_.read_live_tasks(listed->body, operation, source);
            if (!all) co_return fail(all.error());
            tasks = std::move(*all);
        }
        seen[i].candidate_tasks = vapi::unaccounted(tasks, std::move(queries[i].known_tasks));
    }
    if (vms_ == nullptr) {
        // Without a listing nothing proves absence; only an operator can tell.
        for (auto& one : seen) {
            one.presence = evidence::vm_presence::ambiguous;
            one.seen = "no vCenter is configured in which the VM could be looked for";
        }
        co_return seen;
    }
    auto looked = co_await look_for_vms(queries, seen, latest);
    if (!looked) co_return fail(looked.error());
    co_return seen;
}

task<result<void>> snapservice_backend::look_for_vms(const std::vector<evidence_query>& queries,
                                                     std::vector<evidence>& seen,
                                                     steady_time latest) {
    std::vector<vm_identity> wanted;
    wanted.reserve(queries.size());
    for (const auto& query : queries) wanted.push_back(identity_of(query.spec));
    auto sightings = co_await vms_->find_vms(std::move(wanted), latest);
    if (!sightings) co_return fail(sightings.error());
    bool anything = false;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        auto& sighting = (*sightings)[i];
        seen[i].presence = sighting.presence;
        seen[i].vm = std::move(sighting.vm);
        seen[i].seen = concat(sighting.seen, "; live operations of this kind that are not ours: ",
                              std::to_string(seen[i].candidate_tasks.size()));
        anything |= !seen[i].vm.empty();
    }
    if (!anything) co_return result<void>();
    auto listed = co_await done_tasks(latest);
    if (!listed) co_return fail(listed.error());
    if (listed->empty()) co_return result<void>();
    for (const auto& [kind, operation] : operations) {
        auto made = wire_.read_done_tasks(*listed, operation);
        if (!made) co_return fail(made.error());
        for (std::size_t i = 0; i < seen.size(); ++i)
            if (kind_of(queries[i].spec) == kind)
                vapi::mark_foreign(seen[i], *made, source_of(queries[i].spec));
    }
    co_return result<void>();
}

task<result<std::string>> snapservice_backend::done_tasks(steady_time latest) {
    auto listed = co_await vapi::read(calls_, wire_.list_done_tasks(), latest);
    if (listed) co_return std::move(listed->body);
    // More tasks than it lists at a time: then it shows nothing against the VM being ours.
    if (listed.error().code() == errc::upstream_failed) co_return std::string();
    co_return fail(listed.error());
}

task<result<cancel_outcome>> snapservice_backend::cancel(std::string) {
    co_return cancel_outcome::unsupported;
}

task<result<void>> snapservice_backend::probe() {
    auto ask = has_sessions_ ? wire_.get_session() : wire_.list_nothing();
    auto answer = co_await vapi::read(calls_, std::move(ask), deadline());
    if (answer) co_return result<void>();
    // Where the id is refused the service has understood us, which is all that was asked.
    const auto code = answer.error().code();
    const bool understood = code == errc::not_found || code == errc::invalid_argument;
    if (!has_sessions_ && understood) co_return result<void>();
    co_return fail(answer.error());
}

task<void> snapservice_backend::close() {
    const auto now = clock_.now();
    co_await http::log_out(*session_, *client_, now);
}

}  // namespace cloned::backends::snapservice
