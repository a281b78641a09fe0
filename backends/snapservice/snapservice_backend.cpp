#include "backends/snapservice/snapservice_backend.hpp"

#include "backends/vapi/calls.hpp"
#include "daemon/base/text.hpp"

namespace cloned::backends::snapservice {

using vapi::capacity_signal;

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
    error why(errc::invalid_argument, "snapservice does not serve jobs of this kind");
    co_return failed{std::move(why), false};
}

task<submit_outcome> snapservice_backend::start(http::request ask) {
    ask.deadline = deadline();
    auto answer = co_await calls_.send(std::move(ask));
    if (!answer) co_return vapi::outcome_without_answer(answer.error());
    if (!vapi::is_success(*answer))
        co_return vapi::outcome_of(vapi::read_fault(*answer), capacity_signal::yes);
    auto id = wire_.read_started(answer->body);
    if (!id) co_return vapi::outcome_not_understood(id.error());
    co_return started{std::move(*id)};
}

task<result<std::vector<task_status>>> snapservice_backend::poll(std::vector<std::string> tasks) {
    co_return co_await poller_.poll(std::move(tasks), deadline());
}

task<result<std::vector<std::string>>> snapservice_backend::live_tasks(job_kind kind,
                                                                       std::string vm,
                                                                       steady_time latest) {
    std::string operation;
    if (kind == job_kind::linked_clone) operation = "linked";
    if (kind == job_kind::restore) operation = "restore";
    if (operation.empty())
        co_return fail(errc::invalid_argument, "snapservice does not serve jobs of this kind");
    auto listed = co_await vapi::read(calls_, wire_.list_live_tasks(), latest);
    if (!listed) co_return fail(listed.error());
    co_return wire_.read_live_tasks(listed->body, operation, vm);
}

task<result<bool>> snapservice_backend::anyone_at_work(job_kind kind) {
    auto live = co_await live_tasks(kind, std::string(), deadline());
    if (!live) co_return fail(live.error());
    co_return !live->empty();
}

// The tasks first: what ends between the two looks is then seen as a VM.
task<result<evidence>> snapservice_backend::look(evidence_query query) {
    const auto latest = deadline();
    auto live = co_await live_tasks(kind_of(query.spec), source_of(query.spec), latest);
    if (!live) co_return fail(live.error());

    evidence out;
    out.candidate_tasks = vapi::unaccounted(std::move(*live), std::move(query.known_tasks));
    if (vms_ == nullptr) {
        // Without a listing nothing proves absence; only an operator can tell.
        out.presence = evidence::vm_presence::ambiguous;
        out.seen = "no vCenter is configured in which the VM could be looked for";
        co_return out;
    }
    auto wanted = identity_of(query.spec);
    auto sighting =
        co_await vms_->find_vm(std::move(wanted.name), std::move(wanted.folder), latest);
    if (!sighting) co_return fail(sighting.error());
    out.presence = sighting->presence;
    out.vm = std::move(sighting->vm);
    out.seen = concat(sighting->seen, "; live operations of this kind that are not ours: ",
                      std::to_string(out.candidate_tasks.size()));
    co_return out;
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
    co_await vapi::say_goodbye(*session_, *client_, now);
}

}  // namespace cloned::backends::snapservice
