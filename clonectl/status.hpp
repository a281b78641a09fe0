#pragma once

#include "clonectl/exit_code.hpp"

#include <grpcpp/support/status.h>

#include <string>
#include <vector>

// What a refused or failed call tells, for people and for scripts.
namespace cloned::clonectl {

exit_code exit_code_of(const grpc::Status& status);

// The message, then one line for each wrong field, then when a repeat makes sense; from the
// google.rpc details in the status where there are any.
std::vector<std::string> lines_of(const grpc::Status& status);

}  // namespace cloned::clonectl
