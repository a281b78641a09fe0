#pragma once

#include "backends/backend.hpp"
#include "backends/http/client.hpp"
#include "backends/http/json_reader.hpp"

#include <optional>
#include <string>

// What the faults of VI JSON mean. Pure; nothing here fails: a fault that cannot be understood is
// judged by its HTTP status.
namespace cloned::backends::vijson {

// A fault as the upstream told it. JSON carries only the name of its own type, so the family that
// it belongs to is known here.
struct fault {
    int status = 0;    // of HTTP; 0 inside a task
    std::string type;  // InvalidPowerState, ...; empty if there is no fault that we know
    std::string words;
    std::string object_type;  // of the object that it names, such as VirtualMachine
    std::optional<milliseconds> retry_after;
    bool structured = false;  // there is a fault; without one these are not the upstream's words
    bool cut = false;         // there is the beginning of a fault, and no more
};

fault read_fault(const http::response& answer);

// The fault itself, or within one or more wrappers that have it as their member `fault`.
fault read_fault(const http::json_node& node);

// What the fault of a call that starts work means for its repetition.
enum class verdict : std::uint8_t {
    no_session,   // refused before start
    turned_back,  // refused before start, by something in front of the upstream
    busy,         // refused before start
    not_ready,    // refused before start; the guest may still be booting
    cancelled,    // somebody cancelled it
    unknown,      // it may have started
    later,        // not started; a repeat may succeed
    final,        // not started, and a repeat is useless
};

verdict judge(const fault& what);

// The outcome of a submit that was answered with this fault.
submit_outcome outcome_of(const fault& what);

// Ends `status` with this fault of its task.
void end_with(task_status& status, const fault& what);

// The fault as a value: its words, and a code by its type.
error to_error(const fault& what);

// The same for a read: `unavailable` where the upstream, or what stands before it, did not get to
// the point.
error to_read_error(const fault& what);

// The same of an answer.
error explain(const http::response& answer);
// For a login, whatever it was refused for: of the request that needs it nothing has been sent.
error explain_login(const http::response& answer);

// Does the answer say that the session is not, or no longer, known?
bool is_dead_session(const http::response& answer);

bool is_success(const http::response& answer);

}  // namespace cloned::backends::vijson
