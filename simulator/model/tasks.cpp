#include "simulator/model/tasks.hpp"

#include "simulator/model/random.hpp"

#include <algorithm>
#include <cstdio>

namespace cloned::simulator {

std::string_view to_text(task_status status) {
    switch (status) {
        case task_status::pending:
            return "PENDING";
        case task_status::running:
            return "RUNNING";
        case task_status::blocked:
            return "BLOCKED";
        case task_status::succeeded:
            return "SUCCEEDED";
        case task_status::failed:
            break;
    }
    return "FAILED";
}

std::optional<task_status> task_status_from(std::string_view text) {
    for (const auto status : {task_status::pending, task_status::running, task_status::blocked,
                              task_status::succeeded, task_status::failed}) {
        if (text == to_text(status)) {
            return status;
        }
    }
    return {};
}

task_status task::status(instant now) const {
    if (done) {
        return failure ? task_status::failed : task_status::succeeded;
    }
    if (waiting || now < run_at) {
        return task_status::pending;
    }
    if (blocked == never || (blocked > instant{0} && now - run_at < blocked)) {
        return task_status::blocked;
    }
    return task_status::running;
}

int task::percent(instant now) const {
    if (done && !failure) {
        return 100;
    }
    // What failed stays where it was.
    now = done ? std::min(now, finished) : now;
    if (waiting || blocked == never || end_at <= run_at + blocked || now <= run_at + blocked) {
        return 0;
    }
    const instant from = run_at + blocked;
    const double share =
        static_cast<double>((now - from).count()) / static_cast<double>((end_at - from).count());
    return std::min(99, static_cast<int>(share * 100));
}

task& task_table::add(task t) {
    const std::uint64_t number = t.number = next_++;
    ids_.emplace(t.id, number);
    live_.insert(number);
    return tasks_.emplace(number, std::move(t)).first->second;
}

task* task_table::find(std::uint64_t number) {
    const auto it = tasks_.find(number);
    return it == tasks_.end() ? nullptr : &it->second;
}

task* task_table::find(std::string_view id) {
    const auto it = ids_.find(id);
    return it == ids_.end() ? nullptr : find(it->second);
}

void task_table::finish(task& t, instant now) {
    t.done = true;
    t.waiting = false;
    t.finished = now;
    live_.erase(t.number);
    finished_.push_back(t.number);
}

void task_table::hide(task& t) {
    if (const auto it = ids_.find(t.id); it != ids_.end()) {
        ids_.erase(it);
    }
}

void task_table::forget_finished_before(instant horizon) {
    while (!finished_.empty()) {
        const auto it = tasks_.find(finished_.front());
        if (it->second.finished > horizon) {
            return;
        }
        hide(it->second);
        tasks_.erase(it);
        finished_.pop_front();
    }
}

std::string vcenter_task_id(std::uint64_t number, std::string_view instance) {
    std::string id = "task-";
    append_number(id, number);
    id += ':';
    id += instance;
    return id;
}

std::string snapservice_task_id(std::uint64_t number, std::uint64_t seed) {
    const std::uint64_t noise = random_stream::mix(seed ^ (number << 20U));
    char text[64];
    std::snprintf(text, sizeof text, "%08llx-%04llx-4%03llx-8%03llx-%012llx",
                  static_cast<unsigned long long>(noise >> 32U),
                  static_cast<unsigned long long>((noise >> 16U) & 0xffffU),
                  static_cast<unsigned long long>((noise >> 4U) & 0xfffU),
                  static_cast<unsigned long long>(noise & 0xfU),
                  static_cast<unsigned long long>(number & 0xffff'ffff'ffffU));
    return text;
}

}  // namespace cloned::simulator
