#pragma once

#include "simulator/model/world.hpp"

#include <optional>
#include <string>

namespace cloned::simulator {

// What RetrievePropertiesEx answers to one whose session is gone, if the server does not refuse the
// call: each object that was asked for by its id, and NotAuthenticated for each of its properties.
// Nothing for any other call, and for a server that refuses.
std::optional<std::string> vi_missing_set(const world& w, const request& in);

}  // namespace cloned::simulator
