#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace cloned {

// The one source of randomness that decisions use. Seeded by the operating system in production and
// by the test otherwise.
//
// Threads: the loop thread only.
class random_source {
public:
    explicit random_source(std::uint64_t seed) : engine_(seed) {}

    // Uniform in [0, 1).
    double unit() { return std::uniform_real_distribution<double>(0.0, 1.0)(engine_); }

    double between(double low, double high) { return low + (high - low) * unit(); }

    // A random UUID (RFC 9562, version 4) in lower case.
    std::string uuid();

private:
    std::mt19937_64 engine_;
};

}  // namespace cloned
