#pragma once

#include "base/text.hpp"
#include "tests/simulation/timeline.hpp"

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace cloned::simulation {

// Everything that happened in a world, as lines. Their hash tells whether two runs were the same.
class trace {
public:
    trace(const timeline& when, bool shown) : when_(when), shown_(shown) {}

    template <class... Parts>
    void line(const Parts&... parts) {
        const auto at = std::chrono::floor<milliseconds>(when_.now() - world_begin).count();
        const auto text = concat(std::to_string(at), " ", parts...);
        for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * prime;
        hash_ = (hash_ ^ '\n') * prime;
        if (shown_) std::printf("%s\n", text.c_str());
    }
    std::uint64_t hash() const { return hash_; }

private:
    static constexpr std::uint64_t prime = 0x100000001b3;  // FNV-1a

    const timeline& when_;
    bool shown_;
    std::uint64_t hash_ = 0xcbf29ce484222325;
};

}  // namespace cloned::simulation
