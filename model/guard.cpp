#include "model/guard.hpp"

#include <array>
#include <atomic>
#include <cstdlib>

namespace cloned {
namespace {

constexpr std::array<std::string_view, guard_count> guard_names = {"intent_before_send",
                                                                   "doubt_after_restart",
                                                                   "slot_held_in_doubt",
                                                                   "quiesce",
                                                                   "second_look",
                                                                   "live_suspects",
                                                                   "unfinished_vm",
                                                                   "ambiguous_to_operator",
                                                                   "doubted_name_taken",
                                                                   "perhaps_sent",
                                                                   "vanished_task",
                                                                   "chosen_task_kept",
                                                                   "name_free_before_send",
                                                                   "others_vm",
                                                                   "one_change_per_vm",
                                                                   "name_in_use",
                                                                   "request_repeated",
                                                                   "fence",
                                                                   "ceiling",
                                                                   "poisoning",
                                                                   "synced_commit",
                                                                   "generation"};

}  // namespace

std::string_view to_string(guard which) {
    return guard_names.at(static_cast<std::size_t>(which));
}

std::optional<guard> guard_named(std::string_view name) {
    for (std::size_t i = 0; i < guard_names.size(); ++i)
        if (guard_names[i] == name) return static_cast<guard>(i);
    return std::nullopt;
}

#ifdef CLONED_TEST_SWITCHES

namespace {

constexpr int none = -1;

int from_environment() {
    const char* name = std::getenv("CLONED_WITHOUT_GUARD");
    if (name == nullptr) return none;
    const auto which = guard_named(name);
    // A misspelt guard would make a test pass that has tested nothing.
    if (!which) std::abort();
    return static_cast<int>(*which);
}

std::atomic<int>& removed() {
    static std::atomic<int> which{from_environment()};
    return which;
}

}  // namespace

bool guarded(guard which) {
    return removed().load(std::memory_order_relaxed) != static_cast<int>(which);
}

guard_removal::guard_removal(guard which) {
    removed() = static_cast<int>(which);
}

guard_removal::~guard_removal() {
    removed() = none;
}

#endif

}  // namespace cloned
