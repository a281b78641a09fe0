#pragma once

#include "clonectl/exit_code.hpp"

#include <grpcpp/support/status.h>

#include <string>
#include <vector>

// What a refused or failed call tells, for people and for scripts.
namespace cloned::clonectl {

exit_code exit_code_of(const grpc::Status& status);

// The message, then what to do about it where that is known; then one line for each wrong field and
// when a repeat makes sense, from the google.rpc details in the status where there are any.
std::vector<std::string> lines_of(const grpc::Status& status);

// Worth another try: no answer came, and a repeat does no harm.
bool is_unreachable(const grpc::Status& status);

// Print what went wrong to stderr.
exit_code report(const grpc::Status& status);
exit_code report(exit_code code, const std::string& message);

}  // namespace cloned::clonectl
