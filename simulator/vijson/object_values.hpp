#pragma once

#include "simulator/model/world.hpp"

#include <boost/json/value.hpp>

#include <string_view>

namespace cloned::simulator {

// Folders that only VI JSON shows: the root of everything, and those of a datacenter.
bool vi_is_root_folder(std::string_view id);

// The value of one property without a box; null if it is unset. The object exists, and its type has
// a property of that name.
boost::json::value vi_object_value(world& w,
                                   std::string_view type,
                                   std::string_view id,
                                   std::string_view property);

}  // namespace cloned::simulator
