#pragma once

#include "tests/simulation/book.hpp"
#include "tests/simulation/checker.hpp"
#include "tests/simulation/daemon_run.hpp"
#include "tests/simulation/plan.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
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

// What there is at the end of a world, while it still stands.
struct ending {
    const std::map<std::size_t, accepted_batch>& accepted;  // by its place in the plan
    const std::map<job_id, std::vector<history_entry>>& histories;
    const simulator::world& upstream;
};

// Who looks at a world from outside, and does in it what no plan can say.
struct spectator {
    // At that moment, if the daemon lives and takes calls; else as soon as it does.
    std::vector<std::pair<moment, std::function<void(daemon_run&)>>> at;
    std::function<void(const ending&)> at_end;
};

// Lives through one world. `folder` is for the database, which is made anew; `shown` prints what
// happens.
report run_world(const plan& world,
                 const std::string& folder,
                 bool shown,
                 const spectator& who = {});

}  // namespace cloned::simulation
