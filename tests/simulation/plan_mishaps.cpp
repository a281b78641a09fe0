// What a seed decides to befall the daemon's machine, its files and its configuration.

#include "tests/simulation/plan.hpp"
#include "tests/simulation/random.hpp"

#include <algorithm>
#include <array>

namespace cloned::simulation {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds an_hour = 1h;
constexpr milliseconds a_day = 24h;

// Each kind has a stream of its own, so that one which is left out leaves the others as they are.
class mishap_planner {
public:
    mishap_planner(plan& into, mishap what)
        : plan_(into), d_(into.seed * 1'013 + 101 + static_cast<std::uint64_t>(what)) {}

    void decide(mishap what) {
        switch (what) {
            case mishap::clock_step:
                return steps();
            case mishap::suspend:
                return suspends();
            case mishap::wrong_boot_clock:
                return wrong_boot_clocks();
            case mishap::backup:
                return backups();
            case mishap::removed_endpoint:
                return removals();
            case mishap::full_disk:
                return full_disks();
            case mishap::dead_upstream:
                return dead_upstream();
        }
    }

private:
    moment some_time() { return d_.within(moment(0), plan_.quiet); }

    // One end of a life more, where a mishap needs one.
    planned_kill& another_kill() {
        planned_kill out;
        out.trigger = kill_at::time;
        out.count = d_.log_within(1, static_cast<double>(plan_.quiet.count()));
        out.down = milliseconds(d_.log_within(1, 20'000));
        out.gently = d_.chance(0.3);
        plan_.kills.push_back(out);
        return plan_.kills.back();
    }

    planned_kill& some_kill() {
        if (plan_.kills.empty()) return another_kill();
        const auto last = static_cast<std::int64_t>(plan_.kills.size()) - 1;
        return plan_.kills[static_cast<std::size_t>(d_.within(0, last))];
    }

    milliseconds some_jump() {
        constexpr std::array jumps{an_hour, -an_hour, a_day, -a_day};
        if (d_.chance(0.8)) return d_.one_of(jumps);
        const milliseconds odd(d_.log_within(100, 3e9));
        return d_.chance(0.5) ? odd : -odd;
    }

    void steps() {
        if (!d_.chance(0.5)) return;
        for (auto n = d_.within(1, 3); n > 0; --n)
            plan_.steps.push_back({some_time(), some_jump()});
    }

    void suspends() {
        if (!d_.chance(0.4)) return;
        planned_suspend out;
        out.from = some_time();
        out.to = out.from +
                 milliseconds(d_.chance(0.6) ? an_hour.count() : d_.log_within(1'000, 10'000'000));
        plan_.suspends.push_back(out);
        plan_.quiet = std::max(plan_.quiet, out.to + 10s);
    }

    void wrong_boot_clocks() {
        if (!d_.chance(0.4)) return;
        auto& kill = some_kill();
        // A clock without a battery begins where its firmware was made.
        constexpr std::array jumps{-365 * a_day, -a_day, -an_hour, an_hour, a_day, 365 * a_day};
        kill.clock_off = d_.one_of(jumps);
        kill.clock_off_for = milliseconds(d_.log_within(100, 600'000));
    }

    void backups() {
        if (!d_.chance(0.4)) return;
        for (auto n = d_.within(1, 3); n > 0; --n) plan_.backups.push_back({some_time()});
        for (auto n = d_.within(1, 3); n > 0; --n) {
            auto& kill = d_.chance(0.5) ? another_kill() : some_kill();
            kill.gently = false;
            kill.restores = static_cast<std::size_t>(d_.within(0, 5));
        }
    }

    void removals() {
        if (!d_.chance(0.4)) return;
        planned_removal out;
        const auto last = static_cast<std::int64_t>(plan_.endpoints.size()) - 1;
        out.endpoints.insert(static_cast<std::size_t>(d_.within(0, last)));
        // Who looks into the vCenter's inventory is not configured without it.
        const auto& first = plan_.endpoints[*out.endpoints.begin()];
        if (first.options.info.kind == endpoint_kind::vcenter)
            for (std::size_t i = 0; i < plan_.endpoints.size(); ++i)
                if (plan_.endpoints[i].uses_vcenter) out.endpoints.insert(i);
        some_kill();
        out.from_life =
            static_cast<std::size_t>(d_.within(1, static_cast<std::int64_t>(plan_.kills.size())));
        out.lives = static_cast<std::size_t>(d_.within(1, 3));
        out.for_good = d_.chance(0.4);
        plan_.removals.push_back(std::move(out));
    }

    void full_disks() {
        if (!d_.chance(0.4)) return;
        for (auto n = d_.within(1, 2); n > 0; --n) {
            planned_full_disk out;
            out.from = some_time();
            out.to = out.from + milliseconds(d_.log_within(10, 900'000));
            out.only_growth = d_.chance(0.4);
            plan_.full_disks.push_back(out);
            if (d_.chance(0.5)) end_a_life_in(out);
            plan_.quiet = std::max(plan_.quiet, out.to + 10s);
        }
    }

    // If it is the first one.
    void end_a_life_in(const planned_full_disk& disk) {
        planned_kill out;
        out.trigger = kill_at::time;
        out.count = d_.within(disk.from, disk.to).count();
        out.down = milliseconds(d_.log_within(1, 20'000));
        out.gently = d_.chance(0.7);
        plan_.kills.insert(plan_.kills.begin(), out);
    }

    void dead_upstream() {
        if (!d_.chance(0.3)) return;
        planned_outage out;
        out.from = some_time();
        out.to = moment::max();
        out.server = d_.one_of(plan_.endpoints).server;
        out.how = d_.chance(0.5) ? silence::refuses : silence::swallows;
        plan_.dead = out;
    }

    plan& plan_;
    random d_;
};

}  // namespace

void plan_mishaps(plan& into, const std::set<mishap>& kinds) {
    for (const auto kind : kinds) mishap_planner(into, kind).decide(kind);
}

}  // namespace cloned::simulation
