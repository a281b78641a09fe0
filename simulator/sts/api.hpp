#pragma once

#include "simulator/model/call.hpp"

#include <string>
#include <string_view>

namespace cloned::simulator {

// vCenter's token service: WS-Trust 1.3 over SOAP 1.1, as far as a user name and a password get a
// bearer assertion. `c.path` begins behind /sts.
answer sts_call(world& w, call& c);

// A SOAP fault. The namespace of its code follows from the code.
answer sts_fault(std::string_view code, std::string_view text, int status = 500);

}  // namespace cloned::simulator
