#include "tests/support/fake_upstream.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace cloned::testing {

using backends::evidence;
using backends::task_phase;

std::string name_of(const job_spec& spec) {
    auto name = identity_of(spec).name;
    return name.empty() ? source_of(spec) : name;
}

script fake_upstream::next_script(const job_spec& spec) {
    const auto name = name_of(spec);
    const auto planned = scripts_.find(name);
    if (planned != scripts_.end() && !planned->second.empty()) {
        const auto what = planned->second.front();
        planned->second.pop_front();
        return what;
    }
    const auto always = always_.find(name);
    if (always != always_.end()) return always->second;
    if (names_are_unique && (vms_named(name) > 0 || is_being_made(name)))
        return {.how = script::reply::fail,
                .said = error(errc::already_exists, concat("a VM named ", name, " exists"))};
    return {};
}

bool fake_upstream::is_being_made(const std::string& name) const {
    return std::any_of(ends_.begin(), ends_.end(), [&](const auto& end) {
        const auto& work = operations_[end.second];
        return work.phase == task_phase::running && name_of(work.spec) == name;
    });
}

bool fake_upstream::full() const {
    return capacity > 0 && working_ + strangers >= capacity;
}

std::string fake_upstream::begin(const job_spec& spec, const script& how, wall_time now) {
    const auto index = operations_.size();
    operation work;
    work.task_id = concat("task-", std::to_string(index + 1));
    work.spec = spec;
    work.began = now + how.begins_after;
    work.ends = work.began + how.takes.value_or(duration);
    work.said = how.said;
    work.later = how.later;
    work.fails = how.task_fails;
    work.listed = !how.task_vanishes;
    work.vm_untold = how.vm_untold;
    by_task_[work.task_id] = index;
    operations_.push_back(work);
    if (how.task_vanishes && how.work_stops) {
        operations_[index].phase = task_phase::failed;
    } else if (queues && full()) {
        operations_[index].phase = task_phase::pending;
        pending_.push_back(index);
    } else {
        peak_ = std::max(peak_, ++working_);
        ends_.emplace(work.ends, index);
    }
    return work.task_id;
}

std::string fake_upstream::make_now(const job_spec& spec) {
    auto vm = concat("vm-", std::to_string(vms_.size() + 1));
    vms_.emplace(name_of(spec), vm);
    return vm;
}

void fake_upstream::end(operation& which) {
    --working_;
    if (which.fails) {
        which.phase = task_phase::failed;
        return;
    }
    which.phase = task_phase::succeeded;
    which.vm = make_now(which.spec);
}

void fake_upstream::start_pending(wall_time now) {
    while (!pending_.empty() && !full()) {
        const auto index = pending_.front();
        pending_.pop_front();
        auto& work = operations_[index];
        if (work.phase != task_phase::pending) continue;
        const auto takes = work.ends - work.began;
        work.phase = task_phase::running;
        work.ends = now + takes;
        peak_ = std::max(peak_, ++working_);
        ends_.emplace(work.ends, index);
    }
}

void fake_upstream::advance(wall_time now) {
    while (!ends_.empty() && ends_.begin()->first <= now) {
        const auto [when, index] = *ends_.begin();
        ends_.erase(ends_.begin());
        auto& work = operations_[index];
        if (work.phase != task_phase::running) continue;
        end(work);
        start_pending(when);
    }
}

void fake_upstream::forget_task(const std::string& task, wall_time ends) {
    auto& work = operations_[by_task_.at(task)];
    work.listed = false;
    work.ends = ends;
    ends_.emplace(ends, by_task_.at(task));
}

bool fake_upstream::cancel(const std::string& task, wall_time now) {
    auto* work = find(task);
    if (work == nullptr || work->phase != task_phase::running) return false;
    work->cancelled = true;
    work->phase = task_phase::failed;
    work->said = error(errc::cancelled, "the operation was cancelled by a user");
    --working_;
    start_pending(now);
    return true;
}

fake_upstream::operation* fake_upstream::find(const std::string& task) {
    const auto where = by_task_.find(task);
    return where == by_task_.end() ? nullptr : &operations_[where->second];
}

evidence fake_upstream::look(const backends::evidence_query& query, wall_time now) const {
    const auto name = name_of(query.spec);
    evidence seen;
    bool being_made = false;
    std::vector<std::string> candidates;
    for (const auto& [when, index] : ends_) {
        const auto& work = operations_[index];
        if (work.phase != task_phase::running || work.began > now) continue;
        if (kind_of(work.spec) != kind_of(query.spec)) continue;
        if (name_of(work.spec) == name) being_made = true;
        if (name_of(work.spec) == name && tells_own_tasks)
            seen.own_task = backends::task_status{.task_id = work.task_id, .phase = work.phase};
        if (source_of(work.spec) != source_of(query.spec)) continue;
        const bool shown = work.listed && work.began + tasks_lag <= now;
        if (shown && !query.is_anothers(work.task_id)) candidates.push_back(work.task_id);
    }
    seen.candidate_tasks = std::move(candidates);
    const auto [first, last] = vms_.equal_range(name);
    const auto count = std::distance(first, last);
    if (count == 1) {
        seen.presence = foreign_.contains(name) ? evidence::vm_presence::foreign
                                                : evidence::vm_presence::present;
        seen.vm = first->second;
    } else if (count > 1) {
        seen.presence = evidence::vm_presence::ambiguous;
    } else if (being_made && shows_unfinished) {
        seen.presence = evidence::vm_presence::incomplete;
    }
    seen.seen = concat(std::to_string(count), " VMs are named ", name);
    return seen;
}

std::int64_t fake_upstream::vms_named(const std::string& name) const {
    return static_cast<std::int64_t>(vms_.count(name));
}

std::vector<std::string> fake_upstream::begun() const {
    std::vector<std::string> out;
    out.reserve(operations_.size());
    for (const auto& work : operations_) out.push_back(name_of(work.spec));
    return out;
}

}  // namespace cloned::testing
