#include "tests/simulation/plan.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <stdexcept>

namespace cloned::simulation {
namespace {

std::string at(moment when) {
    return concat(" at ", std::to_string(when.count()), " ms");
}

std::string words_of(const planned_wish& wish) {
    constexpr const char* names[] = {"cancel job",        "cancel batch", "retry batch",
                                     "repeat, but other", "pause lanes",  "resume lanes",
                                     "set limit"};
    return concat("wish ", names[static_cast<std::size_t>(wish.what)], at(wish.at));
}

std::string words_of(const planned_kill& kill) {
    constexpr const char* names[] = {"turns", "submits", "commits", "ms"};
    return concat(
        kill.gently ? "stop" : "kill", " after ", std::to_string(kill.count), " ",
        names[static_cast<std::size_t>(kill.trigger)], " and ", std::to_string(kill.then_steps),
        " turns", kill.lives_lost == 0 && !kill.restores ? "" : ", and a backup is restored",
        kill.clock_off == kill.clock_off.zero()
            ? ""
            : concat(", then the clock is off by ", std::to_string(kill.clock_off.count()),
                     " ms for ", std::to_string(kill.clock_off_for.count()), " ms"));
}

using part_visitor = std::function<void(bool&, const std::function<std::string()>&)>;

std::string from_to(const std::string& what, moment from, moment to) {
    return concat(what, at(from), " until", at(to));
}

void visit_mishaps(plan& of, const part_visitor& visit) {
    for (auto& step : of.steps)
        visit(step.off, [&] {
            return concat("clock stepped by ", std::to_string(step.by.count()), " ms", at(step.at));
        });
    for (auto& suspend : of.suspends)
        visit(suspend.off, [&] { return from_to("suspend", suspend.from, suspend.to); });
    for (auto& backup : of.backups)
        visit(backup.off, [&] { return concat("backup", at(backup.at)); });
    for (auto& removal : of.removals)
        visit(removal.off, [&] {
            return concat("endpoints are removed for ", std::to_string(removal.lives),
                          " lives from life ", std::to_string(removal.from_life),
                          removal.for_good ? " on, for good" : " on");
        });
    for (auto& disk : of.full_disks)
        visit(disk.off, [&] { return from_to("full disk", disk.from, disk.to); });
    if (of.dead)
        visit(of.dead->off, [&] {
            return concat(simulator::to_text(of.dead->server), " is gone from", at(of.dead->from),
                          " on");
        });
}

// Calls visit(off, words) for each part; `off` is a reference to a flag.
void visit_parts(plan& of, const part_visitor& visit) {
    for (auto& batch : of.batches)
        for (auto& job : batch.jobs)
            visit(job.off, [&] {
                return concat("job ", job.request.key, " of ", batch.request_id, at(batch.at));
            });
    for (auto& wish : of.wishes) visit(wish.off, [&] { return words_of(wish); });
    for (auto& reading : of.readings)
        visit(reading.off, [&] { return concat("reading ", reading.setting, "=", reading.value); });
    for (auto& call : of.calls)
        visit(call.off, [&] { return concat(call.target, " ", call.body, at(call.at)); });
    for (auto& stranger : of.strangers)
        visit(stranger.off, [&] {
            return concat("stranger ", stranger.name, stranger.folder.empty() ? "" : " in ",
                          stranger.folder, at(stranger.at));
        });
    for (auto& outage : of.outages)
        visit(outage.off, [&] {
            return concat("outage of ", simulator::to_text(outage.server), at(outage.from),
                          " until", at(outage.to));
        });
    for (auto& kill : of.kills) visit(kill.off, [&] { return words_of(kill); });
    for (auto& weather : of.weather)
        visit(weather.off,
              [&] { return concat("weather at ", simulator::to_text(weather.server)); });
    for (std::size_t i = 0; i < of.rules.size(); ++i) {
        bool off = of.rules_off[i];
        visit(off, [&] {
            std::string text;
            simulator::append_rules(text, {of.rules[i]});
            return concat("rule ", text);
        });
        of.rules_off[i] = off;
    }
    visit_mishaps(of, visit);
}

// What waits for a job goes with it.
void take_out_followers(planned_batch& batch) {
    for (bool again = true; again;) {
        again = false;
        for (auto& job : batch.jobs) {
            if (job.off || job.request.after.empty()) continue;
            for (const auto& other : batch.jobs)
                if (other.off && other.request.key == job.request.after) job.off = again = true;
        }
    }
}

std::size_t read_number(std::string_view text) {
    std::size_t out = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (ec != std::errc() || end != text.data() + text.size())
        throw std::invalid_argument("parts are numbers and ranges, such as 3,5-9");
    return out;
}

}  // namespace

plan make_plan(std::uint64_t seed, const extras& drawn) {
    plan out;
    out.seed = seed;
    plan_upstream(out);
    plan_work(out);
    plan_trouble(out);
    if (drawn.readings) plan_readings(out);
    plan_mishaps(out, drawn.mishaps);
    return out;
}

std::string_view to_string(mishap what) {
    constexpr std::array<std::string_view, mishap_count> names{
        "clock_step",       "suspend",   "wrong_boot_clock", "backup",
        "removed_endpoint", "full_disk", "dead_upstream"};
    return names[static_cast<std::size_t>(what)];
}

bool clock_is_moved(const plan& of) {
    return std::any_of(of.steps.begin(), of.steps.end(), [](auto& s) { return !s.off; }) ||
           std::any_of(of.kills.begin(), of.kills.end(),
                       [](auto& k) { return !k.off && k.clock_off != k.clock_off.zero(); });
}

bool has_mishaps(const plan& of) {
    return clock_is_moved(of) || !of.suspends.empty() || !of.backups.empty() ||
           !of.removals.empty() || !of.full_disks.empty() || of.dead;
}

std::size_t parts_of(const plan& of) {
    std::size_t count = 0;
    auto copy = of;
    visit_parts(copy, [&](bool&, const auto&) { ++count; });
    return count;
}

std::string describe_part(const plan& of, std::size_t part) {
    std::size_t number = 0;
    std::string out;
    auto copy = of;
    visit_parts(copy, [&](bool&, const auto& words) {
        if (number++ == part) out = words();
    });
    return out;
}

void take_out(plan& of, const std::set<std::size_t>& parts) {
    std::size_t number = 0;
    visit_parts(of, [&](bool& off, const auto&) {
        if (parts.contains(number++)) off = true;
    });
    for (auto& batch : of.batches) take_out_followers(batch);
}

std::set<std::size_t> read_parts(const std::string& text) {
    std::set<std::size_t> out;
    std::string_view rest(text);
    while (!rest.empty()) {
        const auto comma = rest.find(',');
        const auto one = rest.substr(0, comma);
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
        const auto dash = one.find('-');
        const auto first = read_number(one.substr(0, dash));
        const auto last =
            dash == std::string_view::npos ? first : read_number(one.substr(dash + 1));
        for (auto n = first; n <= last; ++n) out.insert(n);
    }
    return out;
}

std::string to_text(const std::set<std::size_t>& parts) {
    std::string out;
    for (auto at = parts.begin(); at != parts.end();) {
        const auto first = *at;
        auto last = first;
        while (++at != parts.end() && *at == last + 1) last = *at;
        if (!out.empty()) out += ',';
        out += std::to_string(first);
        if (last > first) out += concat("-", std::to_string(last));
    }
    return out;
}

}  // namespace cloned::simulation
