#include "daemon/base/log.hpp"
#include "tests/simulation/simulation.hpp"
#include "tests/support/temp_dir.hpp"
#include <cstdio>
#include <cstdlib>
using namespace cloned; using namespace cloned::simulation;
int main(int argc, char** argv) {
    log::start(log::level::error);
    testing::temp_dir dir;
    const auto first = std::strtoull(argv[1], nullptr, 10);
    const auto count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    for (auto s = first; s < first + count; ++s) {
        auto world = make_plan(s);
        const auto r = run_world(world, dir.path().string(), argc > 3);
        std::printf("seed %llu jobs %ld kills %ld steps %ld requests %ld doubts %ld op %ld lasted %ld s hash %lx\n", s, r.jobs, r.kills, r.steps, r.requests, r.doubts.all, r.with_operator, r.lasted.count() / 1000, r.hash);
        for (auto& v : r.violations) std::printf("   VIOLATION %d %s\n", static_cast<int>(v.what), v.words.c_str());
        std::fflush(stdout);
    }
}
