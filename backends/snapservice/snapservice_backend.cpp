#include "backends/snapservice/snapservice_backend.hpp"

#include "backends/outcome.hpp"
#include "backends/vapi/calls.hpp"
#include "backends/vapi/clone_look.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cloned::backends::snapservice {

using vapi::capacity_signal;

namespace {

// What the names of its operations hold.
constexpr std::array<std::pair<job_kind, std::string_view>, 2> operations{
    {{job_kind::linked_clone, "linked"}, {job_kind::restore, "restore"}}};

constexpr std::array<std::string_view, 3> live_states{"PENDING", "RUNNING", "BLOCKED"};

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
    if (!id) co_return outcome_not_understood(*answer, id.error());
    co_return started{std::move(*id)};
}

task<result<std::vector<task_status>>> snapservice_backend::poll(std::vector<std::string> tasks) {
    co_return co_await poller_.poll(std::move(tasks), deadline());
}

task<result<bool>> snapservice_backend::anyone_at_work(job_kind kind) {
    const auto operation = operation_of(kind);
    if (operation.empty()) co_return fail(not_served());
    auto listed = co_await vapi::read(calls_, wire_.list_vm_tasks(live_states), deadline());
    if (!listed) co_return fail(listed.error());
    auto tasks = wire_.read_vm_tasks(listed->body);
    if (!tasks) co_return fail(tasks.error());
    const auto works = [&](const vapi::listed_task& task) {
        const bool lives = task.phase == task_phase::pending || task.phase == task_phase::running;
        return lives && lower_case(task.operation).find(operation) != std::string::npos;
    };
    co_return std::any_of(tasks->begin(), tasks->end(), works);
}

task<result<std::vector<occupant>>> snapservice_backend::find_by_name(
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
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        if (operation_of(kind_of(queries[i].spec)).empty()) co_return fail(not_served());
        places.push_back(i);
    }
    vapi::clone_look look{calls_, wire_, vms_, operation_of, latest};
    auto looked = co_await look.run(queries, places, seen);
    if (!looked) co_return fail(looked.error());
    co_return seen;
}

task<result<cancel_outcome>> snapservice_backend::cancel(std::string) {
    co_return cancel_outcome::unsupported;
}

task<result<void>> snapservice_backend::probe() {
    auto ask = has_sessions_ ? wire_.get_session() : wire_.list_nothing();
    auto answer = co_await vapi::read(calls_, std::move(ask), deadline());
    if (answer) co_return result<void>();
    // Where the id is refused, or the list is not for this account, the service has let us in and
    // understood us, which is all that was asked.
    const auto code = answer.error().code();
    const bool understood = code == errc::not_found || code == errc::invalid_argument ||
                            code == errc::permission_denied;
    if (!has_sessions_ && understood) co_return result<void>();
    co_return fail(answer.error());
}

task<result<void>> snapservice_backend::log_in() {
    session_->try_now();
    return probe();
}

task<void> snapservice_backend::close() {
    const auto now = clock_.now();
    co_await http::log_out(*session_, *client_, now);
}

}  // namespace cloned::backends::snapservice
