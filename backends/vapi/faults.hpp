#pragma once

#include "backends/backend.hpp"
#include "backends/http/client.hpp"
#include "backends/http/json_reader.hpp"

#include <optional>
#include <string>
#include <string_view>

// What the errors of the vAPI family (vCenter and snapservice) mean. Pure; nothing here fails: an
// error that cannot be understood is judged by its HTTP status.
namespace cloned::backends::vapi {

// An error as the upstream told it.
struct fault {
    int status = 0;    // of HTTP; 0 inside a task
    std::string type;  // NOT_FOUND, ...; empty if the envelope, or its type, is missing
    bool structured =
        false;               // there is an envelope; without one these are not the upstream's words
    bool cut = false;        // there is the beginning of one, and no more
    std::string message_id;  // of the first message
    std::string words;       // the messages, the first one first; without an envelope, what there
                             // is to know of the answer
    std::optional<bool> transient;  // the upstream's own opinion
    std::optional<milliseconds> retry_after;
};

fault read_fault(const http::response& answer);

// The fault of a failed task, from its Info: `error`, or where that is absent `result`.
fault read_task_fault(const http::json_node& info);

// What the fault of a call that starts work means for its repetition.
enum class verdict : std::uint8_t {
    no_session,     // refused before start
    turned_back,    // refused before start, by something in front of the upstream
    over_capacity,  // refused before start
    busy,           // refused before start
    unknown,        // it may have started
    later,          // not started; a repeat may succeed
    final,          // not started, and a repeat is useless
};

// Does NOT_ALLOWED_IN_CURRENT_STATE tell that too many operations are in progress?
enum class capacity_signal : std::uint8_t { no, yes };

verdict judge(const fault& what, capacity_signal signal);

// The outcome of a submit that was answered with this fault.
submit_outcome outcome_of(const fault& what, capacity_signal signal);

// May the work of a task that failed with this fault succeed if it is begun anew?
bool may_succeed_later(const fault& what, capacity_signal signal);

// The fault as a value: its words, and a code by its type.
error to_error(const fault& what);

// The same for a read or a login: `unavailable` where the upstream, or what stands before it, did
// not get to the point.
error to_read_error(const fault& what);
error explain(const http::response& answer);

bool is_success(const http::response& answer);

// Why a success could not be read: for the reason that its reader gave, or because it is not the
// upstream's.
error not_understood(const http::response& answer, const error& why);

}  // namespace cloned::backends::vapi
