#pragma once

#include "backends/backend.hpp"
#include "backends/http/messages.hpp"

#include <optional>

// What the backends alike make of a submit that was not answered or not understood, and of a
// status.
namespace cloned::backends {

// The outcome of a submit that got no answer: in doubt if something of it may have arrived, a
// refusal before the start otherwise.
submit_outcome outcome_without_answer(error why);

// The outcome of a submit whose success cannot be understood, for that reason.
submit_outcome outcome_not_understood(const http::response& answer, const error& why);

// The outcome of a submit that something in front of the upstream has turned back: it may go again,
// and is held back for a while, because neither side says when that will be of use.
submit_outcome outcome_turned_back(error said, std::optional<milliseconds> retry_after);

// The error that an HTTP status stands for where the answer says no more, for the VMware family.
errc code_by_status(int status);

}  // namespace cloned::backends
