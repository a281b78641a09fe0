// I8 and I9: who is served while others are not, and in what order.

#include "tests/simulation/checker.hpp"

#include <algorithm>

namespace cloned::simulation {
namespace {

using namespace std::chrono_literals;

constexpr auto long_outage = 1h;
// All jobs of a world in one lane of one slot, one after the other, take no longer.
constexpr auto enough = 55min;
constexpr auto much_downtime = 5min;
// A turn each, and one more for the one that was about to be sent.
constexpr int turns_ahead_max = 2;

// The servers that share an inventory share their fate.
bool is_cloud(server_kind server) {
    return server == server_kind::zstack;
}

milliseconds downtime(const plan& world) {
    milliseconds sum{0};
    for (const auto& kill : world.kills)
        if (!kill.off) sum += kill.down;
    return sum;
}

template <class Parts>
bool any_on(const Parts& parts) {
    return std::any_of(parts.begin(), parts.end(), [](const auto& part) { return !part.off; });
}

bool lanes_are_touched(const plan& world) {
    return std::any_of(world.wishes.begin(), world.wishes.end(), [](const planned_wish& wish) {
        return !wish.off && (wish.what == wish::pause_lanes || wish.what == wish::set_limit);
    });
}

// A job of a lane: when it could have been sent, and when it was.
struct turn {
    std::string tenant;
    job_id id;
    wall_time ready{};
    wall_time sent{};
};

std::optional<turn> first_turn(const job_record& job, const std::vector<history_entry>& history) {
    turn out{job.tenant, job.id, job.accepted_at, {}};
    for (const auto& event : history) {
        if (event.to == job_state::queued) out.ready = event.at;
        if (event.to != job_state::submitting) continue;
        out.sent = event.at;
        return out;
    }
    return std::nullopt;
}

bool waits_behind_its_own(const turn& job, const std::vector<turn>& lane) {
    return std::any_of(lane.begin(), lane.end(), [&](const turn& other) {
        return other.tenant == job.tenant && other.id != job.id && other.ready <= job.sent &&
               other.sent >= job.ready;
    });
}

}  // namespace

bool checker::is_calm(const planned_endpoint& endpoint) const {
    const bool cloud = is_cloud(endpoint.server);
    const auto near = [&](const auto& part) { return !part.off && is_cloud(part.server) == cloud; };
    for (std::size_t i = 0; i < plan_.rules.size(); ++i)
        if (!plan_.rules_off[i] && (plan_.rules[i].server == "zstack") == cloud) return false;
    return std::none_of(plan_.weather.begin(), plan_.weather.end(), near) &&
           std::none_of(plan_.outages.begin(), plan_.outages.end(), near);
}

// While one upstream is away for hours, the jobs of another one come to their end.
void checker::judge_isolation() {
    if (book_.history_lost || has_mishaps(plan_) || downtime(plan_) > much_downtime ||
        lanes_are_touched(plan_))
        return;
    for (const auto& outage : plan_.outages) {
        if (outage.off || outage.to - outage.from < long_outage) continue;
        const auto begin = from_ms(plan_.upstream.epoch_ms);
        for (const auto& [number, batch] : book_.accepted)
            for (const auto& job : batch.jobs) {
                const auto since = std::max(job.accepted_at, begin + outage.from);
                if (batch.retry_asked || !is_calm(endpoint_of(job.request)) ||
                    begin + outage.to - since < enough)
                    continue;
                if (job.ended_at && *job.ended_at < begin + outage.to) continue;
                book_.violate(wrong::other,
                              concat("job ", job.request.key, " waited for an upstream that it ",
                                     "has nothing to do with"));
            }
    }
}

void checker::judge_fairness(const std::map<job_id, std::vector<history_entry>>& histories) {
    if (has_mishaps(plan_) || any_on(plan_.kills) || any_on(plan_.wishes)) return;
    std::map<std::pair<lane_key, job_priority>, std::vector<turn>> lanes;
    for (const auto& [number, batch] : book_.accepted)
        for (const auto& job : batch.jobs) {
            const auto& endpoint = endpoint_of(job.request);
            const auto kind = kind_of(job.request.spec);
            // Elsewhere jobs are refused, and have more turns than one.
            const bool plain = kind == job_kind::vcenter_clone || kind == job_kind::zstack_clone;
            const auto history = histories.find(job.id);
            if (!plain || endpoint.options.info.max_per_source > 0 || !is_calm(endpoint) ||
                history == histories.end())
                continue;
            if (auto when = first_turn(job, history->second))
                lanes[{{job.request.endpoint, job.request.cluster, kind}, job.request.priority}]
                    .push_back(std::move(*when));
        }
    for (const auto& [lane, turns] : lanes) {
        // Those that were sent first were picked before they could be: the login took its time.
        const auto first = std::min_element(turns.begin(), turns.end(), [](auto& a, auto& b) {
                               return a.sent < b.sent;
                           })->sent;
        for (const auto& job : turns) {
            if (waits_behind_its_own(job, turns)) continue;
            std::map<std::string, int> ahead;
            for (const auto& other : turns)
                if (other.tenant != job.tenant && other.sent > job.ready && other.sent < job.sent &&
                    other.sent > first && ++ahead[other.tenant] == turns_ahead_max + 1)
                    book_.violate(wrong::other,
                                  concat("job ", std::to_string(job.id.value), " of ", job.tenant,
                                         " waited for more than a turn ", "of ", other.tenant));
        }
    }
}

}  // namespace cloned::simulation
