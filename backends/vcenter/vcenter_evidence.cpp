// What vCenter shows of jobs whose outcome is not known.

#include "backends/vapi/calls.hpp"
#include "backends/vapi/clone_look.hpp"
#include "backends/vcenter/vcenter_backend.hpp"
#include "base/fan_out.hpp"
#include "base/text.hpp"

namespace cloned::backends::vcenter {
namespace {

constexpr std::size_t looks_at_once = 4;

std::string_view clone_operation(job_kind) {
    return "clone";
}

}  // namespace

task<result<evidence>> vcenter_backend::look(evidence_query query) {
    std::vector<evidence_query> alone;
    alone.push_back(std::move(query));
    auto seen = co_await look_together(std::move(alone));
    if (!seen) co_return fail(seen.error());
    co_return std::move(seen->front());
}

struct vcenter_backend::power_looks {
    const std::vector<evidence_query>& queries;
    std::vector<evidence>& seen;
    std::vector<std::size_t> places;
    steady_time deadline{};
    std::optional<error> trouble;
};

task<void> vcenter_backend::look_at_power(power_looks& now, std::size_t index) {
    const auto i = now.places[index];
    const auto* spec = std::get_if<power_on_spec>(&now.queries[i].spec);
    if (spec == nullptr) {
        now.trouble = error(errc::invalid_argument, "vCenter does not serve jobs of this kind");
        co_return;
    }
    auto one = co_await power_.look(*spec, now.deadline);
    if (!one) {
        if (!now.trouble) now.trouble = one.error();
        co_return;
    }
    one->fresh_session = now.seen[i].fresh_session;
    now.seen[i] = std::move(*one);
}

task<result<std::vector<evidence>>> vcenter_backend::look_together(
    std::vector<evidence_query> queries) {
    const auto latest = deadline();
    const auto after = vapi::latest_session_after(queries);
    if (after) co_await session_->renew(*after, latest);
    std::vector<evidence> seen(queries.size());
    power_looks power{queries, seen, {}, latest, {}};
    std::vector<std::size_t> clones;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        const auto& since = queries[i].session_after;
        seen[i].fresh_session = !since || session_->began_after(*since);
        auto& kind =
            std::holds_alternative<vcenter_clone_spec>(queries[i].spec) ? clones : power.places;
        kind.push_back(i);
    }
    if (!clones.empty()) {
        vapi::clone_look look{calls_, wire_, this, clone_operation, latest};
        auto looked = co_await look.run(queries, clones, seen);
        if (!looked) co_return fail(looked.error());
    }
    const std::function<task<void>(std::size_t)> body = [&](std::size_t n) {
        return look_at_power(power, n);
    };
    co_await fan_out(loop_, power.places.size(), looks_at_once, body);
    if (power.trouble) co_return fail(std::move(*power.trouble));
    co_return seen;
}

}  // namespace cloned::backends::vcenter
