#pragma once

#include "backends/backend.hpp"
#include "backends/http/client.hpp"
#include "backends/vapi/clone_evidence.hpp"

#include <cstdint>
#include <string>
#include <string_view>

// What the targets that read upstreams' answers share.
namespace cloned::fuzz {

// An answer from a file in the form of tests/backends/golden, so that those files are the seeds:
// "# note" lines, "HTTP status", headers, a blank line and the body without the last newline. Any
// text is an answer; what is missing is taken as HTTP 200 and no headers.
backends::http::response read_answer(std::string_view text);

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

// Is the whole of it one JSON value?
bool is_json(std::string_view text);

// Shown to operators: one line, and not the whole of what the upstream sent.
void check_words(const error& said);
void check_words(const backends::submit_outcome& outcome);
void check_words(const backends::task_status& status);

// Does it say that a task runs, or that the VM is made?
bool claims_success(const backends::submit_outcome& outcome);

// The tasks of a list, and what they say of a clone of vm-42 that bears, or does not bear, a name.
void check_evidence(const result<std::vector<backends::vapi::listed_task>>& read,
                    bool json,
                    std::string_view operation);

// What a poll may tell in itself: a success says nothing of faults, a failure says why.
void check_status(const backends::task_status& status);

}  // namespace cloned::fuzz
