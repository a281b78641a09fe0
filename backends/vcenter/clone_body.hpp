#pragma once

#include "model/job.hpp"

#include <string>

namespace cloned::backends::vcenter {

// CloneSpec as JSON; `rest` wraps it and writes the map of disks as an array of pairs. Unset fields
// are left out: vAPI refuses members that it does not know, and an empty id is not an unset one.
std::string clone_body(const vcenter_clone_spec& spec, bool rest);

}  // namespace cloned::backends::vcenter
