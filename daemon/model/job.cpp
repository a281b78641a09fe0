#include "daemon/model/job.hpp"

#include <array>

namespace cloned {
namespace {

constexpr std::array<std::string_view, job_kind_count> kind_names{"vcenter_clone", "linked_clone",
                                                                  "restore", "power_on"};
constexpr std::array<std::string_view, job_state_count> state_names{
    "blocked",        "queued",    "submitting", "running",  "in_doubt",
    "needs_operator", "succeeded", "failed",     "cancelled"};
constexpr std::array<std::string_view, job_priority_count> priority_names{"low", "normal", "high"};

template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view text) {
    for (std::size_t i = 0; i < N; ++i)
        if (names[i] == text) return static_cast<Enum>(i);
    return std::nullopt;
}

}  // namespace

std::string_view to_string(job_kind kind) { return kind_names[static_cast<std::size_t>(kind)]; }
std::string_view to_string(job_state state) { return state_names[static_cast<std::size_t>(state)]; }
std::string_view to_string(job_priority priority) {
    return priority_names[static_cast<std::size_t>(priority)];
}

std::optional<job_kind> job_kind_from_string(std::string_view text) {
    return find_name<job_kind>(kind_names, text);
}

std::optional<job_state> job_state_from_string(std::string_view text) {
    return find_name<job_state>(state_names, text);
}

bool is_ended(job_state state) {
    return state == job_state::succeeded || state == job_state::failed ||
           state == job_state::cancelled;
}

bool holds_slot(job_state state) {
    return state == job_state::submitting || state == job_state::running ||
           state == job_state::in_doubt;
}

const std::string& source_of(const job_spec& spec) {
    struct visitor {
        const std::string& operator()(const vcenter_clone_spec& s) const { return s.source; }
        const std::string& operator()(const linked_clone_spec& s) const { return s.vm; }
        const std::string& operator()(const restore_spec& s) const { return s.vm; }
        const std::string& operator()(const power_on_spec& s) const { return s.vm; }
    };
    return std::visit(visitor(), spec);
}

vm_identity identity_of(const job_spec& spec) {
    struct visitor {
        vm_identity operator()(const vcenter_clone_spec& s) const { return {s.name, s.where.folder}; }
        vm_identity operator()(const linked_clone_spec& s) const { return {s.name, s.where.folder}; }
        vm_identity operator()(const restore_spec& s) const { return {s.name, s.where.folder}; }
        vm_identity operator()(const power_on_spec&) const { return {}; }
    };
    return std::visit(visitor(), spec);
}

std::int64_t state_counts::total() const {
    std::int64_t sum = 0;
    for (const auto n : of) sum += n;
    return sum;
}

std::int64_t state_counts::ended() const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < job_state_count; ++i)
        if (is_ended(static_cast<job_state>(i))) sum += of[i];
    return sum;
}

}  // namespace cloned
