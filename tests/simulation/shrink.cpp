#include "tests/simulation/shrink.hpp"

#include "tests/simulation/simulation.hpp"

#include <algorithm>

namespace cloned::simulation {
namespace {

std::set<wrong> kinds_of(const report& of) {
    std::set<wrong> out;
    for (const auto& violation : of.violations) out.insert(violation.what);
    return out;
}

report run_without(plan world, const std::set<std::size_t>& without, const std::string& folder) {
    take_out(world, without);
    return run_world(world, folder, false);
}

}  // namespace

std::set<std::size_t> shrink(const plan& world,
                             const std::set<std::size_t>& without,
                             const std::string& folder,
                             int runs) {
    const auto parts = parts_of(world);
    const auto wanted = kinds_of(run_without(world, without, folder));
    auto out = without;
    for (auto chunk = std::max<std::size_t>(1, parts / 2);; chunk /= 2) {
        bool smaller = false;
        for (std::size_t first = 0; first < parts && runs > 0; first += chunk) {
            auto tried = out;
            for (auto part = first; part < std::min(first + chunk, parts); ++part)
                tried.insert(part);
            if (tried.size() == out.size()) continue;
            --runs;
            const auto found = kinds_of(run_without(world, tried, folder));
            const bool same = std::any_of(wanted.begin(), wanted.end(),
                                          [&](wrong kind) { return found.contains(kind); });
            if (!same) continue;
            out = std::move(tried);
            smaller = true;
        }
        if (runs <= 0 || (chunk == 1 && !smaller)) return out;
        if (chunk == 1) chunk = 2;  // once more: what is gone may have made others superfluous
    }
}

}  // namespace cloned::simulation
