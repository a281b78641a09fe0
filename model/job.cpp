#include "model/job.hpp"

#include <array>
#include <utility>

namespace cloned {
namespace {

constexpr std::array<std::string_view, job_state_count> state_names{
    "blocked",        "queued",    "submitting", "running",  "in_doubt",
    "needs_operator", "succeeded", "failed",     "cancelled"};
constexpr std::array<std::string_view, job_priority_count> priority_names{"low", "normal", "high"};

template <std::size_t... I>
constexpr bool names_fit(std::index_sequence<I...>) {
    return ((makes_vm(job_kinds[I].kind) == requires(std::variant_alternative_t<I, job_spec> spec) {
                spec.name;
            }) && ...);
}
using every_kind = std::make_index_sequence<job_kind_count>;
static_assert(names_fit(every_kind()), "what makes a VM has a name for it, and nothing else has");

template <std::size_t... I>
job_spec make_empty(std::size_t wanted, std::index_sequence<I...>) {
    job_spec out;
    static_cast<void>(((I == wanted && (out.emplace<I>(), true)) || ...));
    return out;
}

auto& source_in(auto& spec) {
    if constexpr (requires { spec.source; })
        return spec.source;
    else if constexpr (requires { spec.vm_instance; })
        return spec.vm_instance;
    else
        return spec.vm;
}

vm_identity identity_in(const auto& spec) {
    if constexpr (requires { spec.source; })  // vCenter's page: else the source's folder is used
        return {spec.name, spec.where.folder, spec.where.folder.empty() ? spec.source : ""};
    else if constexpr (requires { spec.where; })
        return {spec.name, spec.where.folder, {}};
    else if constexpr (requires { spec.name; })
        return {spec.name, {}, {}};
    else
        return {};
}

}  // namespace

std::string_view to_string(job_state state) {
    return state_names[static_cast<std::size_t>(state)];
}
std::string_view to_string(job_priority priority) {
    return priority_names[static_cast<std::size_t>(priority)];
}

std::optional<job_state> job_state_from_string(std::string_view text) {
    for (std::size_t i = 0; i < job_state_count; ++i)
        if (state_names[i] == text) return static_cast<job_state>(i);
    return std::nullopt;
}

bool is_ended(job_state state) {
    return state == job_state::succeeded || state == job_state::failed ||
           state == job_state::cancelled;
}

bool holds_slot(job_state state) {
    return state == job_state::submitting || state == job_state::running ||
           state == job_state::in_doubt;
}

job_spec empty_spec(job_kind kind) {
    return make_empty(static_cast<std::size_t>(kind), every_kind());
}

const std::string& source_of(const job_spec& spec) {
    return std::visit([](const auto& s) -> const std::string& { return source_in(s); }, spec);
}

void set_source(job_spec& spec, std::string vm) {
    std::visit([&](auto& s) { source_in(s) = std::move(vm); }, spec);
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
