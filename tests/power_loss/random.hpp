#pragma once

#include <cstdint>
#include <random>

namespace cloned::power_loss {

// Seeded chance: the same seed makes the same world and the same image of it.
class random {
public:
    explicit random(std::uint64_t seed) : engine_(seed) {}
    random(std::uint64_t seed, std::uint64_t number)
        : engine_(seed * 0x9e3779b97f4a7c15U + number) {}

    std::int64_t below(std::int64_t n) {
        return n <= 1 ? 0 : static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(n));
    }
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + below(high - low + 1);
    }
    bool one_in(std::int64_t n) { return below(n) == 0; }
    // True in so many of a hundred cases.
    bool percent(std::int64_t n) { return below(100) < n; }
    char byte() { return static_cast<char>(engine_() & 0xff); }

private:
    std::mt19937_64 engine_;
};

}  // namespace cloned::power_loss
