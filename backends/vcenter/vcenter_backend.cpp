#include "backends/vcenter/vcenter_backend.hpp"

#include "backends/outcome.hpp"
#include "backends/vapi/calls.hpp"
#include "base/fan_out.hpp"
#include "base/text.hpp"

namespace cloned::backends::vcenter {
namespace {

using vapi::capacity_signal;

constexpr std::size_t power_polls_at_once = 4;

}  // namespace

vcenter_backend::vcenter_backend(asio::io_context& loop,
                                 cloned::clock& clock,
                                 endpoint_info info,
                                 vcenter_options options,
                                 std::unique_ptr<http::client> client,
                                 std::unique_ptr<http::token_source> session)
    : loop_(loop),
      clock_(clock),
      info_(std::move(info)),
      wire_(options.speaks),
      client_(std::move(client)),
      session_(std::move(session)),
      calls_(*client_, *session_, vapi::explain),
      folders_(clock, calls_, wire_),
      power_(calls_, wire_),
      poller_(loop, calls_, wire_) {}

task<result<http::response>> vcenter_backend::read(http::request what, steady_time deadline) {
    co_return co_await vapi::read(calls_, std::move(what), deadline);
}

task<submit_outcome> vcenter_backend::submit(submission what) {
    if (auto* clone = std::get_if<vcenter_clone_spec>(&what.spec))
        co_return co_await submit_clone(std::move(*clone), std::move(what.operation_id));
    if (auto* on = std::get_if<power_on_spec>(&what.spec))
        co_return co_await power_.submit(std::move(*on), std::move(what.operation_id), deadline());
    error why(errc::invalid_argument, "vCenter does not serve jobs of this kind");
    co_return failed{std::move(why), false};
}

task<submit_outcome> vcenter_backend::submit_clone(vcenter_clone_spec spec,
                                                   std::string operation_id) {
    auto ask = wire_.clone(spec, operation_id);
    ask.deadline = deadline();
    auto answer = co_await calls_.send(std::move(ask));
    if (!answer) co_return outcome_without_answer(answer.error());
    if (!vapi::is_success(*answer)) {
        auto what = vapi::read_fault(*answer);
        if (what.type == "NOT_FOUND")
            what.words += concat("; if ", one_line(spec.source, 100),
                                 " is a template: vCenter's REST API neither shows nor clones "
                                 "templates, so clone from a VM, or convert it to one");
        co_return vapi::outcome_of(what, capacity_signal::no);
    }
    auto id = wire_.read_clone(answer->body);
    if (!id) co_return outcome_not_understood(*answer, id.error());
    co_return started{std::move(*id)};
}

task<result<std::vector<task_status>>> vcenter_backend::poll(std::vector<std::string> tasks) {
    const auto latest = deadline();
    std::vector<std::string> waits;
    std::vector<std::string> others;
    for (auto& id : tasks) {
        auto& kind = power::is_task(id) ? waits : others;
        kind.push_back(std::move(id));
    }
    std::vector<task_status> out;
    if (!others.empty()) {
        auto polled = co_await poller_.poll(std::move(others), latest);
        if (!polled) co_return fail(polled.error());
        out = std::move(*polled);
    }
    std::vector<task_status> powered(waits.size());
    const std::function<task<void>(std::size_t)> body = [&](std::size_t i) {
        return power_.poll(waits[i], latest, powered[i]);
    };
    co_await fan_out(loop_, waits.size(), power_polls_at_once, body);

    std::size_t silent = 0;
    for (auto& status : powered) {
        const bool no_news = status.phase == task_phase::running && !status.said.message().empty();
        if (no_news) ++silent;
        if (no_news && silent == tasks.size()) co_return fail(status.said);
        if (no_news) status.said = error();
        out.push_back(std::move(status));
    }
    co_return out;
}

task<result<cancel_outcome>> vcenter_backend::cancel(std::string task) {
    if (power::is_task(task)) co_return cancel_outcome::only_waits;
    auto ask = wire_.cancel_task(task);
    ask.deadline = deadline();
    ask.repeatable = true;
    auto answer = co_await calls_.send(std::move(ask));
    if (!answer) co_return fail(answer.error());
    if (vapi::is_success(*answer)) co_return cancel_outcome::asked;
    const auto what = vapi::read_fault(*answer);
    if (what.type == "UNSUPPORTED") co_return cancel_outcome::unsupported;
    if (what.type == "NOT_ALLOWED_IN_CURRENT_STATE" || what.type == "NOT_FOUND" ||
        (what.status == 404 && what.structured))
        co_return cancel_outcome::too_late;
    co_return fail(vapi::to_read_error(what));
}

task<result<void>> vcenter_backend::probe() {
    auto answer = co_await read(wire_.get_session(), deadline());
    if (!answer) co_return fail(answer.error());
    co_return result<void>();
}

task<result<void>> vcenter_backend::log_in() {
    session_->try_now();
    return probe();
}

task<void> vcenter_backend::close() {
    const auto now = clock_.now();
    co_await http::log_out(*session_, *client_, now);
}

}  // namespace cloned::backends::vcenter
