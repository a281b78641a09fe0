#include "backends/vapi/task_info.hpp"

#include "base/date_time.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace cloned::backends::vapi {
namespace {

using http::json_node;

constexpr std::size_t max_id_bytes = 1024;

// A clone's result is the VM's id; some servers wrap it.
std::string read_result(const json_node& info) {
    const auto result = info.find("result");
    if (!result) return {};
    if (result->is_text()) return std::string(*result->text());
    constexpr std::array<std::string_view, 3> names{"vm", "id", "value"};
    for (const auto name : names) {
        const auto id = result->text_or_empty(name);
        if (!id.empty()) return std::string(id);
    }
    return {};
}

std::optional<int> read_percent(const json_node& info) {
    const auto progress = info.find("progress");
    if (!progress) return std::nullopt;
    const auto total = progress->number_at("total");
    const auto completed = progress->number_at("completed");
    if (!total || !completed || *total <= 0) return std::nullopt;
    const auto share = static_cast<double>(*completed) / static_cast<double>(*total);
    return static_cast<int>(std::clamp(share, 0.0, 1.0) * 100.0);
}

task_phase read_phase(std::string_view status) {
    if (status == "PENDING" || status == "BLOCKED") return task_phase::pending;
    if (status == "SUCCEEDED") return task_phase::succeeded;
    if (status == "FAILED") return task_phase::failed;
    return task_phase::running;
}

// Some servers accept every call and say in the task that there were too many, or that something
// was busy: nothing was begun.
void read_refusal(const fault& why, capacity_signal signal, task_status& out) {
    const auto meaning = judge(why, signal);
    if (meaning != verdict::over_capacity && meaning != verdict::busy) return;
    out.phase = task_phase::refused;
    out.later = false;
    out.why = meaning == verdict::busy ? refusal::busy : refusal::capacity;
    if (meaning == verdict::over_capacity)
        out.said = error(errc::resource_exhausted, out.said.message());
}

}  // namespace

task_status read_task_info(std::string_view id, const json_node& info, capacity_signal signal) {
    task_status out;
    out.task_id = id;
    out.phase = read_phase(info.text_or_empty("status"));
    out.percent = read_percent(info);
    if (out.phase == task_phase::succeeded) {
        out.vm = read_result(info);
        if (out.vm.size() > max_id_bytes) out.vm.clear();
    } else if (out.phase == task_phase::failed) {
        const auto why = read_task_fault(info);
        out.said = to_error(why);
        out.cancelled = why.type == "CANCELED";
        out.later = may_succeed_later(why, signal);
        read_refusal(why, signal, out);
    }
    return out;
}

listed_task read_listed_task(std::string_view id, const json_node& info, capacity_signal signal) {
    const auto status = read_task_info(id, info, signal);
    listed_task out;
    out.id = id;
    // Whatever the words: one that has failed may have left its VM.
    out.phase = status.phase == task_phase::refused ? task_phase::failed : status.phase;
    out.begun = status.phase != task_phase::refused || status.why != refusal::capacity;
    out.operation = info.text_or_empty("operation").substr(0, max_id_bytes);
    if (const auto target = info.find("target")) {
        out.target_type = target->text_or_empty("type").substr(0, max_id_bytes);
        out.target = target->text_or_empty("id").substr(0, max_id_bytes);
    }
    out.result = status.vm;
    out.started = parse_rfc3339(info.text_or_empty("start_time"));
    out.said = status.said;
    return out;
}

result<std::string> read_task_id(const json_node& id) {
    auto text = id.text();
    if (!text) return fail(text.error());
    if (text->empty() || text->size() > max_id_bytes)
        return fail(errc::protocol_error, "the answer's task id is empty or too long");
    return std::string(*text);
}

}  // namespace cloned::backends::vapi
