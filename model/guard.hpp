#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// The guards that keep a job from being lost, made twice or sent above a limit. A test build can
// take out one at a time, to see that the tests notice: by the environment,
// CLONED_WITHOUT_GUARD=name, or in the same process by guard_removal. In a build without
// CLONED_TEST_SWITCHES they are constants.
namespace cloned {

enum class guard : std::uint8_t {
    intent_before_send,     // the intent is on disk before the first byte leaves
    doubt_after_restart,    // an intent without an answer is in doubt, not to be sent again
    slot_held_in_doubt,     // a job in doubt keeps its slot
    quiesce,                // nothing is absent before our request must have died
    second_look,            // one look that finds nothing proves nothing
    live_suspects,          // nothing is absent while a task lives that may be making it
    unfinished_vm,          // a VM that is still being made is not yet a success
    ambiguous_to_operator,  // of several candidates none is chosen
    doubted_name_taken,     // "the name exists" after a doubt may be about our own VM
    perhaps_sent,           // a request of which a byte was written counts as sent
    vanished_task,          // a task that the upstream has forgotten is in doubt, not failed
    chosen_task_kept,       // a request that never arrived goes again under its old task id
    name_free_before_send,  // a VM of that name that was there before us is not ours
    others_vm,              // a VM that another job of ours has made is not this one's
    one_change_per_vm,      // two jobs never change one VM at the same time
    name_in_use,            // two live jobs never aim at one name
    request_repeated,       // the same request is accepted once
    fence,                  // a change is made only to the state that it was decided on
    ceiling,                // no more in flight than the ceiling
    poisoning,              // after a write whose outcome is unknown nothing more is written
    synced_commit,          // a commit is on the disk before it is told
    generation,             // a database that is older than what was sent is not believed
};
inline constexpr std::size_t guard_count = 22;

std::string_view to_string(guard which);
std::optional<guard> guard_named(std::string_view name);

#ifdef CLONED_TEST_SWITCHES

// False if it has been taken out.
bool guarded(guard which);

// Takes a guard out for as long as this lives. Threads: make it before others run.
class guard_removal {
public:
    explicit guard_removal(guard which);
    ~guard_removal();
    guard_removal(const guard_removal&) = delete;
    guard_removal& operator=(const guard_removal&) = delete;
};

#else

constexpr bool guarded(guard) {
    return true;
}

#endif

}  // namespace cloned
