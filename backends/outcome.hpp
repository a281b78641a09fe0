#pragma once

#include "backends/backend.hpp"

// What every backend makes of a submit that was not answered, or not understood.
namespace cloned::backends {

// The outcome of a submit that got no answer: in doubt if something of it may have arrived, a
// refusal before the start otherwise.
submit_outcome outcome_without_answer(error why);

// The outcome of a submit whose success cannot be understood.
submit_outcome outcome_not_understood(const error& why);

}  // namespace cloned::backends
