#pragma once

#include "simulator/model/call.hpp"

#include <boost/json/object.hpp>

namespace cloned::simulator {

// POST /_sim/vi: any of the settings of vi_settings.hpp, from now on.
answer vi_set(world& w, const call& c);

// What the judge says about guest customizations.
boost::json::object vi_ledger(const world& w);

}  // namespace cloned::simulator
