#include "backends/vijson/guest_report.hpp"

#include "base/text.hpp"

namespace cloned::backends::vijson {
namespace {

constexpr milliseconds clocks_differ{1000};

// The guest may be at work, and reports nothing: another attempt would come on top.
void wait_for_silent_guest(bool follows_guest, task_status& out) {
    out.later = false;
    out.said = error(out.said.code(),
                     concat(out.said.message(),
                            "; the guest does not report whether it was set to work all the same, "
                            "so the job is not tried again"));
    if (!follows_guest) return;
    out.phase = task_phase::running;
    out.only_waits = true;
}

}  // namespace

error explain_guest(const vm_record& vm) {
    const auto words = one_line(vm.guest_error);
    return {errc::upstream_failed, concat("the guest could not be customized: ",
                                          words.empty() ? "the guest gave no reason" : words)};
}

void heed_guest(const task_record& task,
                bool follows_guest,
                const vm_record& vm,
                task_status& out) {
    if (vm.guest == guest_phase::idle) return;
    const auto begun = task.started_at ? task.started_at : task.queued_at;
    if (!begun || !vm.guest || !vm.guest_started_at)
        return wait_for_silent_guest(follows_guest, out);
    if (*vm.guest_started_at + clocks_differ < *begun) return;
    out.later = false;
    out.said = error();
    out.only_waits = *vm.guest == guest_phase::pending || *vm.guest == guest_phase::running;
    switch (*vm.guest) {
        case guest_phase::succeeded:
            out.phase = task_phase::succeeded;
            return;
        case guest_phase::failed:
            out.said = explain_guest(vm);
            return;
        default:
            out.phase = task_phase::running;
    }
}

void follow_guest(const task_record& task, const vm_record* vm, task_status& out) {
    out.phase = task_phase::running;
    out.only_waits = true;
    if (vm == nullptr) return;
    const auto begun = task.started_at ? task.started_at : task.queued_at;
    const bool old = begun && vm->guest_ended_at && *vm->guest_ended_at + clocks_differ < *begun;
    if (vm->guest == guest_phase::succeeded && !old) {
        out.phase = task_phase::succeeded;
        return;
    }
    if (vm->guest == guest_phase::failed && !old) {
        out.phase = task_phase::failed;
        out.said = explain_guest(*vm);
        return;
    }
    if (vm->powered_on.has_value() && !*vm->powered_on) {
        out.phase = task_phase::failed;
        out.later = true;
        out.said =
            error(errc::upstream_failed, "the VM was switched off before its guest was customized");
    }
}

}  // namespace cloned::backends::vijson
