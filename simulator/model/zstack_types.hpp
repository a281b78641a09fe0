#pragma once

#include "simulator/model/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cloned::simulator {

// A ZStack error object, with at most one cause.
struct zstack_error {
    std::string code;
    std::string description;
    std::string details;
    std::string cause;  // code of the cause; empty: there is none
};

struct zstack_vm {
    std::string uuid;
    std::string name;
    std::string description;
    std::uint32_t cluster = 0;
    std::string state = "Running";
    instant created{0};
    bool made = false;                         // by an operation, not by the config or a stranger
    std::uint64_t record = ~std::uint64_t{0};  // its line in the ledger
};

// What a fault rule wants of the clones that a request starts.
enum class zstack_fault : std::uint8_t {
    none,
    item_fails,       // the name gets an error, and no VM
    item_fails_late,  // the name gets an error beside its VM
    call_fails,       // the call fails before anything was made
    call_fails_late,  // the call fails, its VMs stay
    node_dies,        // nothing is made, and the job is never completed
};

struct zstack_plan {
    zstack_fault what = zstack_fault::none;
    std::string object;  // glob of the names that are hit; empty: all
    zstack_error error;
};

struct zstack_clone {
    std::string job;
    std::string source;
    std::vector<std::string> names;
    std::string strategy;
    std::uint32_t cluster = 0;
};

// One name of a call on its way.
struct zstack_unit {
    std::string name;
    std::string vm;  // empty: not begun
    std::uint64_t record = ~std::uint64_t{0};
    bool ended = false;
    std::optional<zstack_error> error;
};

struct zstack_job {
    std::string uuid;
    std::uint64_t number = 0;  // the same uuid may run twice on an old server
    zstack_clone what;
    zstack_plan plan;
    std::vector<zstack_unit> units;
    instant created{0};
    std::optional<instant> vanishes;
    instant delay{0};  // between the end of the last unit and the completion of the job
    bool done = false;
    std::optional<zstack_error> failure;  // of the whole; otherwise the units tell
};

}  // namespace cloned::simulator
