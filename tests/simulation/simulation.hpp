#pragma once

#include "tests/simulation/book.hpp"
#include "tests/simulation/checker.hpp"
#include "tests/simulation/plan.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cloned::simulation {

struct report {
    std::vector<violation> violations;
    std::int64_t jobs = 0;  // accepted
    std::int64_t kills = 0;
    std::int64_t steps = 0;
    std::int64_t requests = 0;
    doubt_tally doubts;
    std::int64_t with_operator = 0;
    std::int64_t restored = 0;  // backups
    std::int64_t resolved = 0;  // by operators
    std::uint64_t hash = 0;     // equal for equal runs
    milliseconds lasted{0};     // virtual
};

// Lives through one world. `folder` is for the database, which is made anew; `shown` prints what
// happens.
report run_world(const plan& world, const std::string& folder, bool shown);

}  // namespace cloned::simulation
