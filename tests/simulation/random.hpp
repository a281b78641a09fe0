#pragma once

#include "simulator/model/random.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>

namespace cloned::simulation {

// Randomness for plans and faults. One seed means one world on every machine, which the
// distributions of the standard library do not promise.
class random {
public:
    explicit random(std::uint64_t seed) : stream_(simulator::random_stream::mix(seed)) {}

    double unit() { return stream_.unit(); }
    bool chance(double probability) { return unit() < probability; }
    // Uniform, both ends included.
    std::int64_t within(std::int64_t least, std::int64_t most) {
        const auto span = static_cast<double>(most - least + 1);
        return least + static_cast<std::int64_t>(unit() * span);
    }
    std::chrono::milliseconds within(std::chrono::milliseconds least,
                                     std::chrono::milliseconds most) {
        return std::chrono::milliseconds(within(least.count(), most.count()));
    }
    // Every order of magnitude is as likely as any other.
    std::int64_t log_within(double least, double most) {
        return std::llround(least * std::pow(most / least, unit()));
    }
    template <class Container>
    const auto& one_of(const Container& from) {
        return from[static_cast<std::size_t>(
            within(0, static_cast<std::int64_t>(std::size(from)) - 1))];
    }

private:
    simulator::random_stream stream_;
};

}  // namespace cloned::simulation
