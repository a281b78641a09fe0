#include "backends/vcenter/power.hpp"

#include "backends/outcome.hpp"
#include "backends/vapi/calls.hpp"
#include "base/text.hpp"

namespace cloned::backends::vcenter {
namespace {

using vapi::capacity_signal;

constexpr std::string_view prefix = "power:";

std::string task_of(const std::string& vm) {
    return concat(prefix, vm);
}

std::string vm_of(const std::string& task) {
    return task.substr(prefix.size());
}

submit_outcome accepted(power_on_spec spec) {
    if (spec.wait_for_tools) return started{task_of(spec.vm)};
    return finished{std::move(spec.vm)};
}

}  // namespace

bool power::is_task(std::string_view task) {
    return task.starts_with(prefix);
}

task<submit_outcome> power::submit(power_on_spec spec,
                                   std::string operation_id,
                                   steady_time deadline) {
    auto ask = wire_.power_on(spec.vm, operation_id);
    ask.deadline = deadline;
    auto answer = co_await calls_.send(std::move(ask));
    if (!answer) co_return outcome_without_answer(answer.error());
    if (!vapi::is_success(*answer)) {
        const auto what = vapi::read_fault(*answer);
        if (what.type != "ALREADY_IN_DESIRED_STATE")
            co_return vapi::outcome_of(what, capacity_signal::no);
    } else if (!wire_.is_power_on_done(*answer)) {
        co_return co_await look_after(std::move(spec), answer->status, deadline);
    }
    co_return accepted(std::move(spec));
}

task<submit_outcome> power::look_after(power_on_spec spec, int status, steady_time deadline) {
    const auto answered =
        concat("the start of VM ", one_line(spec.vm, 100),
               " was answered otherwise than vCenter does (HTTP ", std::to_string(status), ")");
    auto seen = co_await look_at(spec.vm, false, deadline);
    if (!seen)
        co_return uncertain{error(errc::in_doubt, concat(answered, ", and its state is not known: ",
                                                         seen.error().message()))};
    if (seen->gone) co_return failed{seen->said, false};
    if (seen->is == power_state::on) co_return accepted(std::move(spec));
    if (seen->is == power_state::off)
        co_return failed{error(errc::upstream_failed, concat(answered, ", and the VM is off")),
                         true};
    co_return uncertain{
        error(errc::in_doubt, concat(answered, ", and the VM is neither on nor off"))};
}

task<result<power::vm_state>> power::look_at(std::string vm,
                                             bool with_tools,
                                             steady_time deadline) {
    vm_state out;
    auto answer = co_await vapi::read(calls_, wire_.get_power(vm), deadline);
    if (!answer) {
        if (answer.error().code() != errc::not_found) co_return fail(answer.error());
        out.gone = true;
        out.said = answer.error();
        co_return out;
    }
    auto state = wire_.read_power(answer->body);
    if (!state) co_return fail(state.error());
    out.is = *state;
    if (!with_tools || out.is != power_state::on) co_return out;

    auto tools = co_await vapi::read(calls_, wire_.get_tools(vm), deadline);
    if (!tools) co_return fail(tools.error());
    auto state_of_tools = wire_.read_tools(tools->body);
    if (!state_of_tools) co_return fail(state_of_tools.error());
    out.tools = *state_of_tools;
    co_return out;
}

task<void> power::poll(std::string task, steady_time deadline, task_status& out) {
    out.task_id = task;
    out.only_waits = true;
    auto vm = vm_of(task);
    auto seen = co_await look_at(vm, true, deadline);
    if (!seen) {
        // No news: the task goes on. What is wrong with the endpoint, the others' answers will
        // tell.
        out.said = seen.error();
        co_return;
    }
    if (seen->gone) {
        out.phase = task_phase::failed;
        out.said = seen->said;
    } else if (seen->is == power_state::off || seen->is == power_state::suspended) {
        out.phase = task_phase::failed;
        out.said = error(errc::upstream_failed, "the VM was switched off before its Tools ran");
        out.later = true;
    } else if (seen->tools == tools_state::running) {
        out.phase = task_phase::succeeded;
        out.vm = std::move(vm);
    } else if (seen->tools == tools_state::not_installed) {
        out.in_vain = error(
            errc::failed_precondition,
            concat("VM ", one_line(vm, 100),
                   " has no VMware Tools installed: it is powered on, but nothing in it can tell "
                   "when its guest is up; install them, or leave wait_for_tools out"));
    }
}

task<result<evidence>> power::look(power_on_spec spec, steady_time deadline) {
    auto seen = co_await look_at(spec.vm, spec.wait_for_tools, deadline);
    if (!seen) co_return fail(seen.error());
    evidence out;
    const auto shown = concat("VM ", one_line(spec.vm, 100));
    if (seen->gone) {
        out.seen = concat(shown, " does not exist");
    } else if (seen->is == power_state::other) {
        out.presence = evidence::vm_presence::ambiguous;
        out.seen = concat(shown, " is neither on nor off");
    } else if (seen->is != power_state::on) {
        out.seen = concat(shown, " is not powered on");
    } else if (spec.wait_for_tools && seen->tools != tools_state::running) {
        // What is left of the job is to wait.
        task_status wait;
        wait.task_id = task_of(spec.vm);
        wait.only_waits = true;
        out.own_task = std::move(wait);
        out.seen = concat(shown, " is powered on; its Tools do not run yet");
    } else {
        out.presence = evidence::vm_presence::present;
        out.vm = spec.vm;
        out.seen = concat(shown, " is powered on");
    }
    co_return out;
}

}  // namespace cloned::backends::vcenter
