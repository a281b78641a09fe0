#pragma once

#include "tests/simulation/plan.hpp"

#include <set>
#include <string>

namespace cloned::simulation {

// Looks for a smaller world of the seed that fails in the same way, by taking out parts: first many
// at once, then fewer, for as long as it still fails and at most `runs` times. Returns what can be
// left out.
std::set<std::size_t> shrink(const plan& world,
                             const std::set<std::size_t>& without,
                             const std::string& folder,
                             int runs);

}  // namespace cloned::simulation
