// A maximum is the upstream's: whoever is refused for it loses no attempt and does not fail, and
// where everything was refused all is at work again within a minute.

#include "simulator/model/world.hpp"
#include "tests/simulation/checker.hpp"

#include <algorithm>
#include <array>

namespace cloned::simulation {
namespace {

using namespace std::chrono_literals;
using simulator::instant;
using simulator::record_state;

constexpr auto time_to_reopen = 60s;

// As the simulated upstreams say it.
constexpr std::array<std::string_view, 3> words{
    "NOT_ALLOWED_IN_CURRENT_STATE: The maximum number of",
    "NOT_ALLOWED_IN_CURRENT_STATE: The operation is not allowed in the current state of the",
    "RESOURCE_BUSY: The operation is not allowed in the current state of the",
};

bool tells_of_capacity(std::string_view detail) {
    return std::any_of(words.begin(), words.end(),
                       [&](auto part) { return detail.find(part) != std::string_view::npos; });
}

template <class Parts>
bool any_on(const Parts& parts) {
    return std::any_of(parts.begin(), parts.end(), [](const auto& part) { return !part.off; });
}

bool is_undisturbed(const plan& world) {
    const bool rules =
        std::find(world.rules_off.begin(), world.rules_off.end(), false) != world.rules_off.end();
    return !rules && !has_mishaps(world) && !any_on(world.kills) && !any_on(world.wishes) &&
           !any_on(world.outages) && !any_on(world.weather) && !any_on(world.calls) &&
           !any_on(world.strangers);
}

struct span {
    instant from{};
    instant to{};
};

// The most at once, from then on.
std::int64_t peak_after(const std::vector<span>& work, instant opens) {
    std::int64_t most = 0;
    for (const auto& one : work) {
        if (one.from < opens) continue;
        const auto beside = std::count_if(work.begin(), work.end(), [&](const span& other) {
            return other.from <= one.from && other.to > one.from;
        });
        most = std::max<std::int64_t>(most, beside);
    }
    return most;
}

}  // namespace

void checker::judge_refusals(const job_record& job, const std::vector<history_entry>& history) {
    std::uint32_t sent_as = 0;
    for (const auto& event : history) {
        const bool answered =
            event.from == job_state::submitting || event.from == job_state::running;
        if (answered && event.to != job_state::in_doubt && tells_of_capacity(event.detail)) {
            const bool fails = event.to == job_state::failed;
            if (fails || event.attempt >= sent_as)
                book_.violate(wrong::other, concat("job ", std::to_string(job.id.value),
                                                   fails ? " failed" : " was charged an attempt",
                                                   " for want of room: ", event.detail));
        }
        sent_as = event.attempt;
    }
}

// Those that waited when everything was refused no longer are at work soon: as many as are at once
// later on, but for some that a search has yet to find room for.
void checker::judge_opening(server_kind server, instant opens) {
    std::vector<span> work;
    std::set<std::string> begun_before;
    std::int64_t begun = 0;
    const auto soon = opens + time_to_reopen;
    for (const auto& record : net_.model().at(net_.instant()).book.records()) {
        const bool made = record.state == record_state::made;
        if (!is_ours(record) || server_of(record.kind) != server || !made) continue;
        work.push_back({record.started, record.ended});
        if (record.started < opens) begun_before.insert(record.name);
        if (record.started >= opens && record.started <= soon) ++begun;
    }
    const auto at = [&](instant when) {
        return from_ms(plan_.upstream.epoch_ms) + std::chrono::floor<milliseconds>(when);
    };
    std::int64_t waiting = 0;
    for (const auto& [number, batch] : book_.accepted)
        for (const auto& job : batch.jobs) {
            const auto name = identity_of(job.request.spec).name;
            const bool here = !name.empty() && endpoint_of(job.request).server == server;
            const bool ended = job.ended_at && *job.ended_at < at(soon) &&
                               job.progress.state != job_state::succeeded;
            if (here && !ended && job.accepted_at < at(opens) && job.request.after.empty() &&
                !begun_before.contains(name))
                ++waiting;
        }
    const auto wanted = std::min(waiting, peak_after(work, opens));
    if (begun * 10 < wanted * 7)
        book_.violate(wrong::other,
                      concat("a minute after everything was refused ", std::to_string(begun),
                             " had begun of the ", std::to_string(wanted), " that could"));
}

void checker::judge_capacity(const std::map<job_id, std::vector<history_entry>>& histories) {
    for (const auto& [number, batch] : book_.accepted)
        for (const auto& job : batch.jobs) {
            const auto history = histories.find(job.id);
            if (history != histories.end()) judge_refusals(job, history->second);
        }
    const auto settings = settings_of(plan_);
    if (settings.refuse_all_s <= 0 || !is_undisturbed(plan_)) return;
    const auto opens =
        simulator::from_ms((settings.refuse_all_from_s + settings.refuse_all_s) * 1e3);
    judge_opening(server_kind::snapservice, opens);
    // Who says SERVICE_UNAVAILABLE may have begun, which takes time to find out.
    if (settings.refuse_all_vcenter && settings.refuse_all_type == "RESOURCE_BUSY")
        judge_opening(server_kind::vcenter, opens);
}

}  // namespace cloned::simulation
