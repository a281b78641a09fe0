// A client's look that meets the end of a life shows nothing, and is no verdict.

#include "base/log.hpp"
#include "base/text.hpp"
#include "tests/simulation/simulation.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace cloned::simulation {
namespace {

constexpr std::int64_t a_look_ms = 10'000;  // clients look that often

// One life ends so many turns of the loop after a look has begun.
void end_in_a_look(plan& world, std::int64_t turns, bool gently) {
    planned_kill end;
    end.trigger = kill_at::time;
    end.count = a_look_ms;
    end.then_steps = turns;
    end.down = milliseconds(500);
    end.gently = gently;
    world.kills.assign(1, end);
}

// A look at many batches takes many turns, and a stop without anything to wait for few: nobody is
// logged in to an upstream that is away.
plan of_many_batches(std::uint64_t& seed) {
    for (;; ++seed) {
        auto world = make_plan(seed, extras());
        if (world.batches.size() < 10) continue;
        for (auto& batch : world.batches) batch.at = moment(0);
        world.outages.clear();
        for (const auto& endpoint : world.endpoints) {
            planned_outage away;
            away.to = moment(2 * a_look_ms);
            away.server = endpoint.server;
            world.outages.push_back(away);
        }
        return world;
    }
}

void live_through(bool gently) {
    log::start(log::level::error);
    const testing::temp_dir folder;
    std::uint64_t seed = 0;
    for (int worlds = 0; worlds < 2; ++worlds) {
        auto world = of_many_batches(++seed);
        for (std::int64_t turns = 0; turns < 16; ++turns) {
            end_in_a_look(world, turns, gently);
            const auto found = run_world(world, folder.path().string(), false);
            for (const auto& violation : found.violations)
                ADD_FAILURE() << "seed " << seed << ", " << turns << " turns: " << violation.words;
        }
    }
}

TEST(Looks, ThatMeetAStopAreNoVerdict) {
    live_through(true);
}

TEST(Looks, ThatMeetACrashAreNoVerdict) {
    live_through(false);
}

}  // namespace
}  // namespace cloned::simulation
