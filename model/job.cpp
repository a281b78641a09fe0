#include "model/job.hpp"

#include <array>
#include <concepts>
#include <type_traits>

namespace cloned {
namespace {

constexpr std::array<std::string_view, job_kind_count> job_kind_names{
    "vcenter_clone", "linked_clone", "restore", "power_on", "zstack_clone", "customize_guest"};
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

auto& source_in(auto& spec) {
    using spec_type = std::remove_cvref_t<decltype(spec)>;
    if constexpr (std::same_as<spec_type, vcenter_clone_spec>)
        return spec.source;
    else if constexpr (std::same_as<spec_type, zstack_clone_spec>)
        return spec.vm_instance;
    else
        return spec.vm;
}

vm_identity identity_in(const power_on_spec&) {
    return {};
}
vm_identity identity_in(const customize_guest_spec&) {
    return {};
}
vm_identity identity_in(const zstack_clone_spec& spec) {
    return {spec.name, {}};
}
vm_identity identity_in(const auto& spec) {
    return {spec.name, spec.where.folder};
}

}  // namespace

std::string_view to_string(job_kind kind) {
    return job_kind_names[static_cast<std::size_t>(kind)];
}
std::string_view to_string(job_state state) {
    return state_names[static_cast<std::size_t>(state)];
}
std::string_view to_string(job_priority priority) {
    return priority_names[static_cast<std::size_t>(priority)];
}

std::optional<job_kind> job_kind_from_string(std::string_view text) {
    return find_name<job_kind>(job_kind_names, text);
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
    return std::visit([](const auto& s) -> const std::string& { return source_in(s); }, spec);
}

void set_source(job_spec& spec, std::string vm) {
    std::visit([&](auto& s) { source_in(s) = std::move(vm); }, spec);
}

bool changes_its_vm(job_kind kind) {
    return kind == job_kind::power_on || kind == job_kind::customize_guest;
}

bool has_hidden_ceiling(job_kind kind) {
    return kind == job_kind::vcenter_clone || kind == job_kind::linked_clone ||
           kind == job_kind::restore;
}

bool chooses_task(job_kind kind) {
    return kind == job_kind::zstack_clone;
}

bool is_only_chosen(std::string_view task) {
    return task.size() == 32 && task.find_first_not_of("0123456789abcdef") == task.npos;
}

bool may_share_call(const job_spec& a, const job_spec& b) {
    const auto* first = std::get_if<zstack_clone_spec>(&a);
    const auto* second = std::get_if<zstack_clone_spec>(&b);
    if (first == nullptr || second == nullptr || first->name == second->name) return false;
    auto alike = *second;
    alike.name = first->name;
    return alike == *first;
}

vm_identity identity_of(const job_spec& spec) {
    return std::visit([](const auto& s) { return identity_in(s); }, spec);
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
