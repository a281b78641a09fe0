// Runs worlds of the simulation. See README.md.

#include "base/log.hpp"
#include "base/text.hpp"
#include "tests/simulation/shrink.hpp"
#include "tests/simulation/simulation.hpp"
#include "tests/simulation/totals.hpp"
#include "tests/support/temp_dir.hpp"

#include <CLI/CLI.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

namespace cloned::simulation {
namespace {

struct options {
    std::uint64_t seeds = 300;
    std::uint64_t first = 1;
    std::optional<std::uint64_t> fresh;
    std::optional<std::uint64_t> seed;
    std::string without;
    double seconds = 0;
    unsigned jobs = 1;
    bool keep_going = false;
    bool no_shrink = false;
    bool hashes = false;
    bool parts = false;
    bool readings = false;
    std::string mishaps;
    bool quiet = false;
};

constexpr int runs_to_shrink = 200;

// The seed in hand, for when the daemon ends the process by a failed check.
std::uint64_t seed_in_hand = 0;

void on_abort(int) {
    std::array<char, 80> text{};
    const auto length = std::snprintf(text.data(), text.size(), "seed %llu: ended the process\n",
                                      static_cast<unsigned long long>(seed_in_hand));
    [[maybe_unused]] const auto ignored =
        ::write(STDOUT_FILENO, text.data(), static_cast<std::size_t>(length));
}

constexpr std::string_view names[] = {"lost", "twice", "over_limit", "stuck", "wrong"};

void show(const report& of) {
    for (const auto& violation : of.violations)
        std::printf("  %s: %s\n", names[static_cast<std::size_t>(violation.what)].data(),
                    violation.words.c_str());
    std::fflush(stdout);
}

// "all", or kinds with commas between.
std::set<mishap> read_mishaps(const std::string& text) {
    std::set<mishap> out;
    std::istringstream in(text);
    for (std::string name; std::getline(in, name, ',');) {
        const auto before = out.size();
        for (std::size_t i = 0; i < mishap_count; ++i)
            if (const auto kind = static_cast<mishap>(i); name == "all" || name == to_string(kind))
                out.insert(kind);
        if (out.size() == before) throw std::invalid_argument(concat("no mishap is called ", name));
    }
    return out;
}

plan plan_of(std::uint64_t seed, const options& how) {
    return make_plan(seed, {how.readings, read_mishaps(how.mishaps)});
}

std::string drawn_too(const options& how) {
    const auto mishaps = how.mishaps.empty()    ? ""
                         : how.mishaps == "all" ? " --mishaps"
                                                : concat(" --mishaps=", how.mishaps);
    return concat(how.readings ? " --readings" : "", mishaps);
}

std::string command(std::uint64_t seed, const std::set<std::size_t>& without, const options& how) {
    const auto tail = without.empty() ? "" : concat(" --without ", to_text(without));
    return concat("cloned-simulation", drawn_too(how), " --seed ", std::to_string(seed), tail);
}

void tell_failure(std::uint64_t seed,
                  const report& of,
                  const options& how,
                  const std::string& folder) {
    std::printf("seed %llu failed; replay: %s\n", static_cast<unsigned long long>(seed),
                command(seed, {}, how).c_str());
    show(of);
    if (how.no_shrink) return;
    const auto left_out = shrink(plan_of(seed, how), {}, folder, runs_to_shrink);
    std::printf("  smallest: %s\n", command(seed, left_out, how).c_str());
    std::fflush(stdout);
}

// Seeds of one process: first, first + stride, ...
totals run_seeds(const options& how, std::uint64_t offset, std::uint64_t stride) {
    const testing::temp_dir folder;
    const auto until = std::chrono::steady_clock::now() +
                       std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                           std::chrono::duration<double>(how.seconds));
    totals out;
    for (auto n = offset; n < how.seeds; n += stride) {
        if (how.seconds > 0 && std::chrono::steady_clock::now() > until) break;
        seed_in_hand = how.first + n;
        const auto world = plan_of(seed_in_hand, how);
        const auto found = run_world(world, folder.path().string(), false);
        out.add(found);
        if (how.hashes)
            std::printf("seed %llu hash %016llx with_operator=%lld\n",
                        static_cast<unsigned long long>(seed_in_hand),
                        static_cast<unsigned long long>(found.hash),
                        static_cast<long long>(found.with_operator));
        if (found.violations.empty()) continue;
        tell_failure(seed_in_hand, found, how, folder.path().string());
        if (!how.keep_going) break;
    }
    return out;
}

struct worker {
    pid_t process = 0;
    int from = -1;
};

worker start_worker(const options& how, unsigned number) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe can be made");
    const auto process = ::fork();
    if (process < 0) throw std::runtime_error("no process can be made");
    if (process == 0) {
        ::close(ends[0]);
        const auto text = run_seeds(how, number, how.jobs).packed();
        const auto written = ::write(ends[1], text.data(), text.size());
        std::fflush(stdout);
        ::_exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    return {process, ends[0]};
}

totals collect(const worker& from, bool& died) {
    std::string text;
    std::array<char, 4096> part{};
    for (;;) {
        const auto got = ::read(from.from, part.data(), part.size());
        if (got <= 0) break;
        text.append(part.data(), static_cast<std::size_t>(got));
    }
    ::close(from.from);
    int status = 0;
    ::waitpid(from.process, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) died = true;
    return totals::unpack(text);
}

// Worlds that nobody has seen, far from the fixed ones.
void draw_fresh(options& how) {
    std::random_device from;
    how.seeds = *how.fresh;
    how.first = std::uniform_int_distribution<std::uint64_t>(1'000'000'000, 999'999'999'999)(from);
    std::printf("fresh worlds; repeat: cloned-simulation%s --seeds %llu --first %llu\n",
                drawn_too(how).c_str(), static_cast<unsigned long long>(how.seeds),
                static_cast<unsigned long long>(how.first));
    std::fflush(stdout);
}

int run_many(const options& how) {
    totals sum;
    bool died = false;
    if (how.jobs <= 1) {
        sum = run_seeds(how, 0, 1);
    } else {
        std::vector<worker> workers;
        for (unsigned i = 0; i < how.jobs; ++i) workers.push_back(start_worker(how, i));
        for (const auto& each : workers) sum.add(collect(each, died));
    }
    std::printf("%s\n", sum.line().c_str());
    return died || sum.failed_worlds > 0 ? 1 : 0;
}

int run_one(const options& how) {
    const testing::temp_dir folder;
    seed_in_hand = *how.seed;
    auto world = plan_of(*how.seed, how);
    const auto parts = parts_of(world);
    const auto out = read_parts(how.without);
    if (how.parts) {
        for (std::size_t i = 0; i < parts; ++i)
            if (!out.contains(i)) std::printf("%zu: %s\n", i, describe_part(world, i).c_str());
        return 0;
    }
    take_out(world, out);
    const auto found = run_world(world, folder.path().string(), !how.quiet);
    std::printf("hash %016llx\n", static_cast<unsigned long long>(found.hash));
    show(found);
    totals sum;
    sum.add(found);
    std::printf("%s\n", sum.line().c_str());
    return found.violations.empty() ? 0 : 1;
}

}  // namespace
}  // namespace cloned::simulation

int main(int argc, char** argv) {
    using namespace cloned;
    simulation::options how;
    CLI::App app("The daemon against a simulated world, on virtual time");
    app.add_option("--seeds", how.seeds, "how many worlds");
    app.add_option("--first", how.first, "the first of them");
    app.add_option("--fresh", how.fresh, "so many worlds from a first one that is drawn and told")
        ->excludes("--seeds")
        ->excludes("--first");
    app.add_option("--seed", how.seed, "one world, told in full");
    app.add_option("--without", how.without, "parts of it that are left out, such as 3,5-9");
    app.add_flag("--parts", how.parts, "only lists the parts of the world");
    app.add_option("--seconds", how.seconds, "begins no further world after that time");
    app.add_option("--jobs", how.jobs, "processes");
    app.add_flag("--readings", how.readings, "draws also what the vendors' documents leave open");
    app.add_flag("--mishaps{all}", how.mishaps,
                 "draws also what befalls machine, files and configuration; or only some kinds of "
                 "that: --mishaps=clock_step,suspend");
    app.add_flag("--keep-going", how.keep_going, "goes on after a failure");
    app.add_flag("--no-shrink", how.no_shrink, "does not look for a smaller world that fails");
    app.add_flag("--hashes", how.hashes, "prints a hash of each world's course");
    app.add_flag("--quiet", how.quiet, "with --seed: only its hash and what is wrong");
    CLI11_PARSE(app, argc, argv);
    // Many small files that are synced often: in memory where that can be had.
    if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
    ::signal(SIGABRT, simulation::on_abort);
    // What goes wrong on purpose is no news.
    log::start(how.seed && !how.quiet ? log::level::warn : log::level::error);
    try {
        if (how.fresh) simulation::draw_fresh(how);
        return how.seed ? simulation::run_one(how) : simulation::run_many(how);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "cloned-simulation: %s\n", e.what());
        return 2;
    }
}
