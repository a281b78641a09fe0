#pragma once

#include "simulator/model/world.hpp"

#include <boost/json/value.hpp>

#include <string_view>

namespace cloned::simulator {

// The value of one property of a VM that exists, without a box; null if it is unset.
boost::json::value vi_vm_value(world& w, std::string_view id, std::string_view property);

// Do the Tools of the VM run?
bool vi_tools_run(const world& w, const virtual_machine& vm);

}  // namespace cloned::simulator
