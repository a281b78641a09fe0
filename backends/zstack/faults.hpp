#pragma once

#include "backends/backend.hpp"
#include "backends/http/client.hpp"
#include "backends/http/json_reader.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What ZStack's errors mean. Pure; nothing here fails: an error that cannot be understood is judged
// by its HTTP status.
//
// The API answers with JSON, the layer in front of it with plain text, and neither sets a content
// type: the first character decides.
namespace cloned::backends::zstack {

// An error as the upstream told it.
struct fault {
    int status = 0;           // of HTTP; 0 inside a job's result
    bool structured = false;  // there was an error object
    // An error object or one of the texts of the layer in front; otherwise these are not the
    // upstream's words, and `words` tells what there is to know of the answer.
    bool own = false;
    std::vector<std::string> line;   // its code, its cause's code, and so on inwards
    std::vector<std::string> aside;  // codes within lists of causes
    std::string words;
    std::optional<milliseconds> retry_after;
};

fault read_fault(const http::response& answer);

// An error object: {code, description, details, cause, causes}.
fault read_error(const http::json_node& object);

// What the failure of a clone means for its repetition.
enum class verdict : std::uint8_t {
    no_session,  // refused before start: the session was dead
    busy,        // refused before start; a repeat may succeed
    later,       // nothing was made; a repeat may succeed
    final,       // nothing was made, and a repeat is useless
    unknown,     // VMs may have been made, or may yet be
};

// Steps that fail the whole call after its VMs were made and leave them there: the data volumes of
// a full clone, the stop of "CreateStopped". Where the spec is not known, they must be expected.
enum class late_steps : std::uint8_t { none, possible };
late_steps late_steps_of(const zstack_clone_spec& spec);

// The failure of a call as a whole.
verdict judge_call(const fault& what, late_steps after);

// The failure of one name in a call that was carried out; its VM was not made.
verdict judge_item(const fault& what);

bool is_dead_session(const fault& what);

// The fault as a value: its words, and a code by its most telling row.
error to_error(const fault& what);

// The same for a read or a login: `unavailable` where the upstream, or what stands before it, did
// not get to the point.
error to_read_error(const fault& what);
error explain(const http::response& answer);

}  // namespace cloned::backends::zstack
