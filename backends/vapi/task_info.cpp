#include "backends/vapi/task_info.hpp"

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

// The same thing may be named with the server's id behind it, as in "vm-42:19595054-…", or without.
bool is_same_id(std::string_view a, std::string_view b) {
    return a.substr(0, a.find(':')) == b.substr(0, b.find(':'));
}

task_phase read_phase(std::string_view status) {
    if (status == "PENDING" || status == "BLOCKED") return task_phase::pending;
    if (status == "SUCCEEDED") return task_phase::succeeded;
    if (status == "FAILED") return task_phase::failed;
    return task_phase::running;
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
    }
    return out;
}

bool concerns(const json_node& info, std::string_view operation, std::string_view target) {
    if (info.text_or_empty("operation").find(operation) == std::string_view::npos) return false;
    const auto aim = info.find("target");
    const auto id = aim ? aim->text_or_empty("id") : std::string_view();
    return id.empty() || target.empty() || id == target;
}

bool is_live(const json_node& info) {
    const auto phase = read_phase(info.text_or_empty("status"));
    return phase == task_phase::pending || phase == task_phase::running;
}

std::optional<provenance> read_provenance(const json_node& info, std::string_view operation) {
    if (read_phase(info.text_or_empty("status")) != task_phase::succeeded) return std::nullopt;
    if (info.text_or_empty("operation").find(operation) == std::string_view::npos)
        return std::nullopt;
    const auto target = info.find("target");
    if (!target || target->text_or_empty("type") != "VirtualMachine") return std::nullopt;
    provenance out{read_result(info), std::string(target->text_or_empty("id"))};
    const bool tells = !out.vm.empty() && !out.source.empty() && !is_same_id(out.vm, out.source) &&
                       out.vm.size() <= max_id_bytes && out.source.size() <= max_id_bytes;
    if (!tells) return std::nullopt;
    return out;
}

bool is_foreign(const std::vector<provenance>& made, std::string_view vm, std::string_view source) {
    bool told = false;
    for (const auto& one : made) {
        if (!is_same_id(one.vm, vm)) continue;
        if (is_same_id(one.source, source)) return false;
        told = true;
    }
    return told;
}

result<std::string> read_task_id(const json_node& id) {
    auto text = id.text();
    if (!text) return fail(text.error());
    if (text->empty() || text->size() > max_id_bytes)
        return fail(errc::protocol_error, "the answer's task id is empty or too long");
    return std::string(*text);
}

}  // namespace cloned::backends::vapi
