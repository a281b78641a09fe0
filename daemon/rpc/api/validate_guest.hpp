#pragma once

#include "cloned/v1/job.pb.h"
#include "daemon/rpc/api/problems.hpp"

#include <string>
#include <vector>

namespace cloned::rpc {

// Checks a guest customization but for its VM: what the vendor requires is there, each base type
// has one of its alternatives, texts are sound and not too long, and the credentials that it names
// are those of the endpoint (null: the endpoint is not known). Pure.
void check_guest(const v1::CustomizeGuest& op,
                 const std::vector<std::string>* credentials,
                 const field_place& place);

}  // namespace cloned::rpc
