#pragma once

#include "tests/simulation/simulation.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>

namespace cloned::simulation {

// The sum of many worlds.
struct totals {
    std::int64_t worlds = 0;
    std::int64_t jobs = 0;
    std::int64_t kills = 0;
    std::int64_t restored = 0;
    std::int64_t resolved = 0;
    std::int64_t doubts = 0;
    std::int64_t settled = 0;  // of those, without an operator
    std::int64_t failed_worlds = 0;
    std::array<std::int64_t, wrong_kinds> wrongs{};
    std::map<std::int64_t, std::int64_t>
        tenths;  // of a second until a doubt was settled → how many

    void add(const report& world);
    void add(const totals& others);
    // The closing line.
    std::string line() const;

    // For the way from one process to another.
    std::string packed() const;
    static totals unpack(const std::string& text);
};

}  // namespace cloned::simulation
