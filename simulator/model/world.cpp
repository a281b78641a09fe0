#include "simulator/model/world.hpp"

#include <algorithm>

namespace cloned::simulator {

namespace {

constexpr double late_cancel_ms = 60'000;

std::uint64_t sub_seed(const config& c, std::uint64_t part) {
    return random_stream::mix(static_cast<std::uint64_t>(c.seed) * 1000 + part);
}

// "svc@vsphere.local" logs in; "VSPHERE.LOCAL\svc" stands in task records.
std::string user_of_tasks(const std::string& user) {
    const auto at = user.find('@');
    return at == std::string::npos ? user : upper(user.substr(at + 1)) + "\\" + user.substr(0, at);
}

}  // namespace

world::world(const config& c, instant now)
    : settings(c),
      things(c),
      vcenter_sessions(sub_seed(c, 1), from_ms(c.session_idle_s * 1e3), c.session_limit),
      snapservice_sessions(sub_seed(c, 2), from_ms(c.session_idle_s * 1e3), c.session_limit),
      book(static_cast<std::size_t>(std::max<std::int64_t>(0, c.ledger_max))),
      vi(sub_seed(c, 6), from_ms(c.session_idle_s * 1e3), c.session_limit),
      rule_random(sub_seed(c, 3)),
      task_user(user_of_tasks(c.user)),
      now_(now),
      duration_random_(sub_seed(c, 4)),
      stranger_random_(sub_seed(c, 5)) {
    rules.replace(c.rules);
    queue_.limit = c.clone_limit;
    for (std::uint32_t cluster = 0; cluster < things.clusters(); ++cluster) {
        for (const auto kind : {operation_kind::clone, operation_kind::linked_clone,
                                operation_kind::restore, operation_kind::zstack_clone}) {
            lane l;
            l.cluster = cluster;
            l.kind = kind;
            if (server_of(kind) == server_kind::snapservice) {
                l.limit = c.limit(kind);
                l.strangers = c.strangers;
                l.strangers_per_s = c.strangers_per_s;
            }
            l.note_peaks();
            lanes_.push_back(l);
        }
    }
    for (lane& l : lanes_) {
        plan_arrival(l);
    }
    add_strange_tasks();
    zstack = std::make_unique<zstack_node>(*this);
}

void world::add_strange_tasks() {
    for (const auto kind : {operation_kind::clone, operation_kind::linked_clone}) {
        for (std::int64_t i = 0; i < settings.strange_tasks; ++i) {
            task t;
            t.id = new_task_id(kind);
            t.kind = kind;
            t.source =
                inventory::first_template +
                static_cast<std::uint64_t>(i % std::max<std::int64_t>(1, settings.templates));
            t.created = t.run_at = now_;
            t.strange = true;
            tasks.add(std::move(t));
        }
    }
}

void world::advance(instant now) {
    while (!events_.empty() && events_.top().at <= now) {
        const event e = events_.top();
        events_.pop();
        now_ = std::max(now_, e.at);
        happen(e);
    }
    now_ = std::max(now_, now);
    zstack->advance(now_);
    vi.advance(*this);
    tasks.forget_finished_before(now_ - from_ms(settings.task_retention_s * 1e3));
}

outcome<void> world::cancel(task& t) {
    if (t.strange) {
        return tl::unexpected(refusal{std::string(error_type::unauthorized),
                                      "com.vmware.vcenter.task.not_yours",
                                      "The task is of another user.",
                                      {t.id},
                                      {}});
    }
    if (t.done) {
        return tl::unexpected(refusal{std::string(error_type::not_allowed),
                                      "com.vmware.vcenter.task.finished",
                                      "The task has already finished.",
                                      {t.id},
                                      {}});
    }
    if (!settings.cancelable || settings.cancel == cancel_reading::unsupported) {
        return tl::unexpected(refusal{std::string(error_type::unsupported),
                                      "com.vmware.vcenter.task.not_cancelable",
                                      "The task cannot be cancelled.",
                                      {t.id},
                                      {}});
    }
    if (settings.cancel == cancel_reading::late) {
        plan(now_ + from_ms(late_cancel_ms), event_kind::task_cancelled, t.number);
    } else if (settings.cancel == cancel_reading::served) {
        stop(t);
    }
    return {};
}

void world::stop(task& t) {
    t.failure = refusal{std::string(error_type::canceled),
                        "vmsg.RequestCanceled.summary",
                        "The task was canceled by a user.",
                        {},
                        {}};
    finish(t);
}

outcome<void> world::log_in(std::string_view user, std::string_view password) {
    const bool right = user == settings.user && password == settings.password;
    const login_outcome told = accounts.log_in(settings, user, right, now_);
    if (told == login_outcome::accepted) {
        return {};
    }
    if (told == login_outcome::locked && right && settings.lockout_status == 403) {
        return tl::unexpected(refusal{std::string(error_type::unauthorized),
                                      "com.vmware.vapi.endpoint.account_locked",
                                      "The account is locked.",
                                      {},
                                      {}});
    }
    return tl::unexpected(unauthenticated());
}

std::string world::name_of(std::string_view given) const {
    return stored_name(settings.trims_names ? trimmed(given) : given);
}

bool world::tools_run(const virtual_machine& vm) const {
    const double up_ms = static_cast<double>(to_ms(now_ - vm.powered_on_at));
    return vm.tools && vm.power == power_state::powered_on && up_ms >= settings.tools_ms;
}

void world::switch_on(virtual_machine& vm) {
    vm.power = power_state::powered_on;
    vm.powered_on_at = now_;
}

void world::run_waiting() {
    while (!queue_.waiting.empty() && !queue_.full()) {
        task* t = tasks.find(queue_.waiting.front());
        queue_.waiting.pop_front();
        t->waiting = false;
        run(*t);
    }
}

std::uint64_t world::add_stranger(std::uint32_t folder,
                                  std::uint32_t cluster,
                                  std::string_view name) {
    virtual_machine vm;
    vm.name = stored_name(name);
    vm.folder = folder;
    vm.cluster = cluster;
    return things.add(std::move(vm)).id;
}

bool world::remove_vm(std::uint64_t id) {
    const virtual_machine* vm = things.find(id);
    if (vm == nullptr) {
        return false;
    }
    if (operation_record* record = book.find(vm->record)) {
        record->state = record_state::deleted;
    }
    erase_vm(id);
    return true;
}

void world::reset_ledger() {
    book = ledger(static_cast<std::size_t>(std::max<std::int64_t>(0, settings.ledger_max)));
    for (lane& l : lanes_) {
        l.reset_counters();
    }
    for (session_table* table : {&vcenter_sessions, &snapservice_sessions, &vi.sessions()}) {
        table->reset_counters();
    }
    accounts.reset_counters();
    queue_.peak_running = queue_.running;
    zstack->forget_records();
    vi.reset_book();
    // What is in flight has lost its line; its end must not be written into another one.
    for (const std::uint64_t number : tasks.live()) {
        tasks.find(number)->record = virtual_machine::no_record;
    }
    for (const auto& [id, vm] : things.all()) {
        things.find(id)->record = virtual_machine::no_record;
    }
}

void world::plan(instant at, event_kind kind, std::uint64_t subject) {
    events_.push({at, order_++, kind, subject});
}

void world::happen(const event& e) {
    switch (e.kind) {
        case event_kind::task_end:
            // A cancelled task leaves its event behind; numbers are never used twice.
            if (task* t = tasks.find(e.subject); t != nullptr && !t->done) {
                finish(*t);
            }
            return;
        case event_kind::task_vanishes:
            if (task* t = tasks.find(e.subject); t != nullptr) {
                tasks.hide(*t);
            }
            return;
        case event_kind::task_cancelled:
            if (task* t = tasks.find(e.subject); t != nullptr && !t->done) {
                stop(*t);
            }
            return;
        case event_kind::stranger_comes: {
            lane& l = lanes_[e.subject];
            l.arrival_planned = false;
            if (l.strangers_per_s > 0 && !full(l)) {
                ++l.passing_strangers;
                l.note_peaks();
                plan(now_ + from_ms(stranger_random_.exponential(settings.strangers_ms)),
                     event_kind::stranger_goes, e.subject);
            }
            plan_arrival(l);
            return;
        }
        case event_kind::stranger_goes:
            --lanes_[e.subject].passing_strangers;
            return;
    }
}

void world::run(task& t) {
    const auto pending = std::chrono::duration_cast<instant>(t.duration * settings.pending_share);
    t.run_at = now_ + pending;
    if (t.blocked != never && !t.hangs) {
        t.end_at = now_ + t.duration + t.blocked;
        plan(t.end_at, event_kind::task_end, t.number);
    }
    if (t.kind == operation_kind::clone) {
        ++queue_.running;
        queue_.peak_running = std::max(queue_.peak_running, queue_.running);
    }
}

void world::finish(task& t) {
    const bool was_waiting = t.waiting;
    virtual_machine* vm = t.vm == 0 ? nullptr : things.find(t.vm);
    if (!t.failure && vm == nullptr) {
        t.failure = refusal{std::string(error_type::error),
                            "com.vmware.vcenter.vm.gone",
                            "The virtual machine was removed while it was being made.",
                            {},
                            {}};
    }
    tasks.finish(t, now_);
    if (!t.slotless) {
        lane& l = lane_of(t.kind, t.cluster);
        --l.current;
        ++(t.failure ? l.failed : l.succeeded);
    }
    if (operation_record* record = book.find(t.record)) {
        record->ended = now_;
        record->error = t.failure ? t.failure->type : std::string();
        if (record->state == record_state::making) {
            record->state = t.failure ? record_state::failed : record_state::made;
        }
    }
    if (vm != nullptr && t.failure) {
        clear_away(t, *vm);
    } else if (vm != nullptr) {
        vm->configured = true;
        if (t.power_on) {
            switch_on(*vm);
        }
    }
    if (t.kind != operation_kind::clone) {
        return;
    }
    if (was_waiting) {
        std::erase(queue_.waiting, t.number);
    } else {
        --queue_.running;
    }
    run_waiting();
}

// What becomes of the VM of a failed operation.
void world::clear_away(const task& t, virtual_machine& vm) {
    const leftover_reading leaves = settings.failed_leaves_vm;
    if (leaves == leftover_reading::no || t.failure->type == error_type::canceled) {
        return erase_vm(vm.id);
    }
    vm.left = true;
    vm.configured = leaves != leftover_reading::half;
    if (leaves == leftover_reading::on) {
        switch_on(vm);
    }
    if (operation_record* record = book.find(t.record)) {
        record->state = record_state::left;
    }
    book.note_removal(things.folder_id(vm.folder), vm.name, things.made_named(vm.folder, vm.name));
}

void world::erase_vm(std::uint64_t id) {
    const virtual_machine* vm = things.find(id);
    const std::string name = vm->name;
    const std::uint32_t folder = vm->folder;
    const bool made = vm->made;
    things.remove(id);
    if (made) {
        book.note_removal(things.folder_id(folder), name, things.made_named(folder, name));
    }
}

}  // namespace cloned::simulator
