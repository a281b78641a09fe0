#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace cloned::simulator {

// A small generator with its own distributions: those of the standard library differ between
// implementations, and one seed must mean one world everywhere.
class random_stream {
public:
    explicit random_stream(std::uint64_t seed) : state_(seed) {}

    std::uint64_t bits() {
        state_ += 0x9e3779b97f4a7c15ULL;
        return mix(state_);
    }

    // Uniform in [0, 1).
    double unit() { return static_cast<double>(bits() >> 11U) * 0x1.0p-53; }

    double normal() {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - unit()));
        return radius * std::cos(2.0 * std::numbers::pi * unit());
    }

    double exponential(double mean) { return -mean * std::log(1.0 - unit()); }

    static std::uint64_t mix(std::uint64_t z) {
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }

private:
    std::uint64_t state_;
};

}  // namespace cloned::simulator
