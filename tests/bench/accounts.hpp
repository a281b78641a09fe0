#pragma once

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <vector>

namespace cloned::bench {

// Measures from its construction on.
class stopwatch {
public:
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - since_).count();
    }

private:
    std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

// `count` things took `seconds`: what every subcommand tells.
boost::json::object pace(const char* what, std::int64_t count, double seconds);

// Adds quantiles of single durations, in milliseconds.
void add_latencies(boost::json::object& into, std::vector<double> seconds);

}  // namespace cloned::bench
