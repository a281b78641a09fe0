#pragma once

#include "simulator/model/refusal.hpp"
#include "simulator/model/text.hpp"
#include "simulator/model/types.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cloned::simulator {

enum class task_status : std::uint8_t { pending, running, blocked, succeeded, failed };

std::string_view to_text(task_status status);
std::optional<task_status> task_status_from(std::string_view text);

struct task {
    std::uint64_t number = 0;
    std::string id;
    operation_kind kind = operation_kind::clone;
    std::uint32_t cluster = 0;
    std::uint64_t source = 0;  // number of the source VM
    std::uint64_t vm = 0;      // number of the VM being made; 0: none is
    std::uint64_t record = 0;  // its line in the ledger
    std::uint32_t folder = 0;  // of the VM being made
    bool power_on = false;
    bool slotless = false;  // it only tells that there was no slot, and holds none
    bool strange = false;   // of somebody else; it never ends
    bool hangs = false;     // RUNNING for ever

    instant created{0};
    instant duration{0};
    instant blocked{0};    // added to the duration; never: it does not end by itself
    bool waiting = false;  // in vCenter's queue: none of the times below is known yet
    instant run_at = never;
    instant end_at = never;

    bool done = false;
    instant finished = never;
    std::optional<refusal> failure;  // planned while it runs, a fact when it is done

    task_status status(instant now) const;
    int percent(instant now) const;
};

// The tasks of both servers, by number and by id.
class task_table {
public:
    task& add(task t);
    task* find(std::uint64_t number);
    task* find(std::string_view id);
    bool knows(std::string_view id) const { return ids_.contains(id); }

    std::uint64_t next_number() const { return next_; }
    std::uint64_t take_number() { return next_++; }  // for a task that is kept elsewhere
    const std::set<std::uint64_t>& live() const { return live_; }
    const std::deque<std::uint64_t>& finished() const {
        return finished_;
    }  // in order of finishing

    void finish(task& t, instant now);
    void hide(task& t);  // its id becomes unknown; the work goes on
    void forget_finished_before(instant horizon);

private:
    std::uint64_t next_ = 1001;
    std::unordered_map<std::uint64_t, task> tasks_;
    std::unordered_map<std::string, std::uint64_t, text_hash, std::equal_to<>> ids_;
    std::set<std::uint64_t> live_;
    std::deque<std::uint64_t> finished_;
};

// vCenter's ids carry the instance's id; snapservice's are UUIDs. Both are unique by the number.
std::string vcenter_task_id(std::uint64_t number, std::string_view instance);
std::string snapservice_task_id(std::uint64_t number, std::uint64_t seed);

}  // namespace cloned::simulator
