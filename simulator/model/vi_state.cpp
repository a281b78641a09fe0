#include "simulator/model/vi_state.hpp"

#include "simulator/model/world.hpp"

#include <algorithm>

namespace cloned::simulator {

void vi_state::advance(world& w) {
    while (!ends_.empty() && ends_.begin()->first <= w.now()) {
        const auto [at, number] = *ends_.begin();
        ends_.erase(ends_.begin());
        finish(w, tasks_.at(number), at);
    }
    const instant horizon = w.now() - from_ms(w.settings.task_retention_s * 1e3);
    std::erase_if(tasks_, [&](const auto& entry) {
        return entry.second.done && entry.second.finished <= horizon;
    });
}

vi_task& vi_state::start(world& w, vi_task t, const task_plan& plan) {
    const vi_settings& s = w.settings.vi;
    const bool customize = t.kind == vi_work::customize;
    double ms = customize ? s.customize_ms : s.power_ms;
    if (customize && s.customize_spread > 0) {
        ms *= 1 + s.customize_spread * (2 * random_.unit() - 1);
    }
    t.number = w.tasks.take_number();
    t.queued = w.now();
    t.duration = from_ms(ms);
    t.blocked = plan.blocked;
    if (plan.failure) {
        t.failure = vi_fault_of(*plan.failure);
    }
    if (plan.vanish_after) {
        t.vanishes = w.now() + *plan.vanish_after;
    }
    if (customize) {
        note_start(w, t);
    }
    vi_task& added = tasks_.emplace(t.number, std::move(t)).first->second;
    const bool full = s.customize_limit >= 0 && book_.running >= s.customize_limit;
    if (customize && full && w.settings.enforce) {
        waiting_.push_back(added.number);
    } else {
        run(w, added, w.now());
    }
    return added;
}

void vi_state::note_start(const world& w, vi_task& t) {
    vi_customizations& of_vm = book_.vms[t.vm];
    if (of_vm.live > 0 || guest_at_work(t.vm, w.now())) {
        ++of_vm.overlapping;
        ++book_.violations;
    }
    ++of_vm.begun;
    ++of_vm.live;
    of_vm.host_name = t.host_name;
    ++book_.accepted;
    book_.peak = std::max(book_.peak, ++book_.current);
}

void vi_state::run(const world& w, vi_task& t, instant now) {
    t.started = now;
    if (t.kind == vi_work::customize) {
        const std::int64_t limit = w.settings.vi.customize_limit;
        book_.peak_running = std::max(book_.peak_running, ++book_.running);
        const bool above = limit >= 0 && book_.running > limit;
        book_.violations += above ? 1U : 0U;
    }
    if (t.blocked != never) {
        ends_.emplace(now + t.duration + t.blocked, t.number);
    }
}

void vi_state::finish(world& w, vi_task& t, instant now) {
    virtual_machine* vm = w.things.find(t.vm);
    if (vm == nullptr && !t.failure) {
        t.failure = vi_no_such("VirtualMachine", inventory::vm_id(t.vm)).value();
    }
    const bool was_running = t.started != never;
    t.done = true;
    t.finished = now;
    if (!t.failure && t.kind != vi_work::customize) {
        const bool on = t.kind == vi_work::power_on;
        vm->power = on ? power_state::powered_on : power_state::powered_off;
        vm->powered_on_at = now;
    }
    if (t.kind != vi_work::customize) {
        return;
    }
    --book_.current;
    ++(t.failure ? book_.failed : book_.succeeded);
    --book_.vms[t.vm].live;
    if (!t.failure || (t.works_anyway && vm != nullptr)) {
        guests_[t.vm] = {now, now + from_ms(w.settings.vi.guest_ms), w.settings.vi.guest_fails};
    }
    if (!was_running) {
        std::erase(waiting_, t.number);
        return;
    }
    --book_.running;
    if (!waiting_.empty()) {
        vi_task& next = tasks_.at(waiting_.front());
        waiting_.pop_front();
        run(w, next, now);
    }
}

vi_outcome<void> vi_state::cancel(world& w, vi_task& t) {
    if (t.done) {
        return vi_fail("InvalidState", "The task has already finished.");
    }
    if (!w.settings.cancelable) {
        return vi_fail("NotSupported", "The task cannot be cancelled.");
    }
    std::erase_if(ends_, [&](const auto& end) { return end.second == t.number; });
    t.works_anyway = false;
    t.failure = vi_fault{"RequestCanceled", "The task was canceled by a user.", {}};
    finish(w, t, w.now());
    return {};
}

vi_task* vi_state::find(std::uint64_t number, instant now) {
    const auto it = tasks_.find(number);
    const bool gone = it == tasks_.end() || (it->second.vanishes && *it->second.vanishes <= now);
    return gone ? nullptr : &it->second;
}

std::vector<std::uint64_t> vi_state::about(std::uint64_t vm, instant now) const {
    std::vector<std::uint64_t> out;
    for (const auto& [number, t] : tasks_) {
        if ((vm == 0 || t.vm == vm) && !(t.vanishes && *t.vanishes <= now)) {
            out.push_back(number);
        }
    }
    return out;
}

const vi_guest* vi_state::guest(std::uint64_t vm) const {
    const auto it = guests_.find(vm);
    return it == guests_.end() ? nullptr : &it->second;
}

const vi_task* vi_state::customizing(std::uint64_t vm, instant now) const {
    const auto of_vm = book_.vms.find(vm);
    if (of_vm == book_.vms.end() || of_vm->second.live == 0) {
        return nullptr;
    }
    for (const std::uint64_t number : about(vm, now)) {
        const vi_task& t = tasks_.at(number);
        if (t.kind == vi_work::customize && !t.done) {
            return &t;
        }
    }
    return nullptr;
}

bool vi_state::guest_at_work(std::uint64_t vm, instant now) const {
    const vi_guest* g = guest(vm);
    return g != nullptr && now < g->ends;
}

std::string_view vi_state::draws_system_error(const vi_settings& s) {
    const bool hit = s.system_error != "no" &&
                     (s.system_error_share >= 1 || random_.unit() < s.system_error_share);
    return hit ? std::string_view(s.system_error) : "no";
}

// What is at work keeps its place in the counts of the present.
void vi_state::reset_book() {
    vi_book fresh;
    fresh.current = fresh.peak = book_.current;
    fresh.running = fresh.peak_running = book_.running;
    for (const auto& [vm, of_vm] : book_.vms) {
        if (of_vm.live > 0) {
            fresh.vms[vm].live = of_vm.live;
        }
    }
    book_ = std::move(fresh);
}

}  // namespace cloned::simulator
