// cloned-power-loss: daemons on a disk whose power is cut, and whose calls fail. Prints what was
// found wrong and how to see it again, and at last one line of totals.

#include "base/log.hpp"
#include "tests/power_loss/trial.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <random>
#include <sstream>
#include <vector>

namespace {

using namespace cloned::power_loss;
using kind = cloned::testing::disk_call::kind;

constexpr std::int64_t images_per_world = 400;
constexpr std::int64_t images_per_fault = 40;
constexpr std::int64_t resume_one_in_after_fault = 2;
constexpr std::int64_t findings_shown_max = 5;

struct options {
    std::int64_t images = 1000;
    std::uint64_t seed = 1;
    std::int64_t first = 0;
    std::int64_t fault = -1;  // only this one
    std::int64_t resume_one_in = 50;
    int processes = 1;
    bool log = false;
};

// What one process has done and found.
class share {
public:
    explicit share(const options& wanted) : wanted_(wanted) {}

    // Every `step`-th world and fault, from the `index`-th on.
    totals run(std::uint64_t index, std::uint64_t step, std::int64_t images) {
        if (wanted_.fault >= 0) {
            run_fault(wanted_.fault);
            return sum_;
        }
        std::int64_t faults = static_cast<std::int64_t>(index);
        for (auto seed = wanted_.seed + index; sum_.images < images; seed += step) {
            run_world(seed, images);
            while (sum_.faults < sum_.images / images_per_fault) {
                run_fault(faults);
                faults += static_cast<std::int64_t>(step);
            }
        }
        return sum_;
    }

private:
    void run_world(std::uint64_t seed, std::int64_t images) {
        trial_settings settings;
        settings.first_image = seed == wanted_.seed ? wanted_.first : 0;
        settings.images_max = std::min(images_per_world, images - sum_.images);
        settings.resume_one_in = wanted_.resume_one_in;
        settings.report = [&](const auto& findings, const std::string& where) {
            std::ostringstream again;
            again << "--seed " << seed << " (" << where << ')';
            report(findings, again.str());
        };
        trial(seed, settings, sum_).run_with_cuts();
    }

    // The calls of the small world, each with every way in which it can fail, and round again in
    // the next small world.
    void run_fault(std::int64_t number) {
        auto seed = wanted_.seed;
        for (auto rest = number;; ++seed) {
            const auto& all = faults_of(seed);
            const auto count = static_cast<std::int64_t>(all.size());
            if (rest < count) return run_fault(seed, rest, all[static_cast<std::size_t>(rest)]);
            rest -= count;
        }
    }

    void run_fault(std::uint64_t seed, std::int64_t number, const planned_fault& what) {
        trial_settings settings;
        settings.images_max = images_per_world;
        settings.resume_one_in = resume_one_in_after_fault;
        settings.report = [&](const auto& findings, const std::string& where) {
            std::ostringstream again;
            again << "--seed " << seed << " --fault " << number << " (call " << what.call
                  << " fails as " << static_cast<int>(what.how) << ", " << where << ')';
            report(findings, again.str());
        };
        trial(seed, settings, sum_).run_with_fault(what);
    }

    const std::vector<planned_fault>& faults_of(std::uint64_t seed) {
        if (seed == known_seed_) return known_;
        totals nobody;
        trial_settings settings;
        settings.report = [](const auto&, const std::string&) {};
        known_ = faults_in(trial(seed, settings, nobody).run_small(), seed);
        known_seed_ = seed;
        return known_;
    }

    // In an order by chance, syncs by turns with the others: they are few, and most is at stake.
    static std::vector<planned_fault> faults_in(const std::vector<kind>& calls,
                                                std::uint64_t seed) {
        std::vector<planned_fault> syncs;
        std::vector<planned_fault> others;
        for (std::size_t i = 0; i < calls.size(); ++i) {
            const auto call = static_cast<std::int64_t>(i) + 1;
            const auto in_a_row = i % 3 == 0 ? 30 : 1;
            auto& list = calls[i] == kind::sync ? syncs : others;
            list.push_back({call, fault::io_error, in_a_row});
            if (calls[i] != kind::write) continue;
            list.push_back({call, fault::full, in_a_row});
            list.push_back({call, fault::short_write, 1});
        }
        std::mt19937_64 order(seed);
        std::shuffle(syncs.begin(), syncs.end(), order);
        std::shuffle(others.begin(), others.end(), order);
        std::vector<planned_fault> all;
        for (std::size_t i = 0; i < std::max(syncs.size(), others.size()); ++i) {
            if (i < syncs.size()) all.push_back(syncs[i]);
            if (i < others.size()) all.push_back(others[i]);
        }
        return all;
    }

    void report(const std::vector<finding>& findings, const std::string& again) {
        if (findings.empty() || shown_++ >= findings_shown_max) return;
        const char* const names[] = {"lost", "twice", "broken"};
        std::ostringstream text;
        std::size_t lines = 0;
        for (const auto& f : findings) {
            if (++lines > 3) break;
            text << names[static_cast<int>(f.what)] << ": " << f.words << '\n';
        }
        text << "  again: cloned-power-loss " << again << '\n';
        std::cout << text.str() << std::flush;
    }

    const options wanted_;
    totals sum_;
    std::uint64_t known_seed_ = 0;
    std::vector<planned_fault> known_;
    std::int64_t shown_ = 0;
};

// Each process writes its totals into a pipe when it is done.
int start_share(const options& wanted, int index, int into) {
    const auto child = ::fork();
    if (child != 0) return child;
    const auto images =
        wanted.images / wanted.processes + (index < wanted.images % wanted.processes);
    const auto sum = share(wanted).run(static_cast<std::uint64_t>(index),
                                       static_cast<std::uint64_t>(wanted.processes), images);
    const bool told = ::write(into, &sum, sizeof sum) == static_cast<ssize_t>(sizeof sum);
    ::_exit(told ? 0 : 1);
}

bool run_all(const options& wanted, totals& sum) {
    if (wanted.processes == 1) {
        sum = share(wanted).run(0, 1, wanted.images);
        return true;
    }
    int ends[2];
    if (::pipe(ends) != 0) return false;
    std::vector<int> children;
    for (int i = 0; i < wanted.processes; ++i) children.push_back(start_share(wanted, i, ends[1]));
    ::close(ends[1]);
    bool all = true;
    for (const auto child : children) {
        int status = 0;
        all = ::waitpid(child, &status, 0) == child && status == 0 && all;
    }
    totals one;
    while (::read(ends[0], &one, sizeof one) == static_cast<ssize_t>(sizeof one)) sum += one;
    ::close(ends[0]);
    return all;
}

int judge(const options& wanted) {
    const auto begun = std::chrono::steady_clock::now();
    totals sum;
    const bool finished = run_all(wanted, sum);
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun);
    if (!finished) std::cout << "a process did not come to its end; --log shows more\n";
    std::cout << "images=" << sum.images << " faults=" << sum.faults << " opened=" << sum.opened
              << " resumed=" << sum.resumed << " lost=" << sum.lost << " twice=" << sum.twice
              << " broken=" << sum.broken << " seconds=" << seconds.count() << std::endl;
    return finished && sum.clean() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    options wanted;
    CLI::App app("Cuts the power of a daemon's disk, and lets its calls fail");
    app.add_option("--images", wanted.images,
                   "so many images of the disk; a call fails for every forty")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--seed", wanted.seed, "of the first world; the next has the next")
        ->capture_default_str();
    app.add_option("--first", wanted.first, "the first image of the first world to be looked at")
        ->capture_default_str();
    app.add_option("--live-on", wanted.resume_one_in,
                   "a daemon lives on after one image in so many")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--fault", wanted.fault, "only this fault");
    app.add_option("--processes", wanted.processes)
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    app.add_flag("--log", wanted.log, "with what the daemons write into their log");
    CLI11_PARSE(app, argc, argv);
    if (std::getenv("TMPDIR") == nullptr && ::access("/dev/shm", W_OK) == 0)
        ::setenv("TMPDIR", "/dev/shm", 0);
    cloned::log::start(cloned::log::level::info);
    // What the daemons say of their trouble is as expected here.
    if (!wanted.log && std::freopen("/dev/null", "w", stderr) == nullptr) return 2;
    try {
        return judge(wanted);
    } catch (const std::exception& e) {
        std::cout << "cloned-power-loss: " << e.what() << '\n';
        return 2;
    }
}
