// What vCenter shows of jobs whose outcome is not known, and of names that are to be used.

#include "backends/vapi/calls.hpp"
#include "backends/vapi/clone_look.hpp"
#include "backends/vcenter/vcenter_backend.hpp"
#include "base/fan_out.hpp"
#include "base/text.hpp"

#include <map>
#include <span>

namespace cloned::backends::vcenter {
namespace {

constexpr std::size_t lists_at_once = 4;
constexpr std::size_t looks_at_once = 4;
constexpr std::size_t ids_per_list = 50;

std::string_view clone_operation(job_kind) {
    return "clone";
}

// The names that one request is about, and where each stands in the whole.
struct name_question {
    std::string folder;
    std::vector<std::string> names;
    std::vector<std::size_t> places;
};

std::vector<name_question> questions_about(std::vector<vm_identity> wanted) {
    std::map<std::string, name_question> folders;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        auto& all = folders[wanted[i].folder];
        all.names.push_back(std::move(wanted[i].name));
        all.places.push_back(i);
    }
    std::vector<name_question> out;
    for (auto& [folder, all] : folders) {
        for (std::size_t first = 0; first < all.names.size();) {
            const auto count = wire::names_that_fit(std::span(all.names).subspan(first));
            name_question part;
            part.folder = folder;
            for (std::size_t i = first; i < first + count; ++i) {
                part.names.push_back(std::move(all.names[i]));
                part.places.push_back(all.places[i]);
            }
            out.push_back(std::move(part));
            first += count;
        }
    }
    return out;
}

}  // namespace

struct vcenter_backend::name_search {
    std::vector<name_question> questions;
    std::vector<vm_sighting> found;
    steady_time deadline{};
    std::optional<error> trouble;
};

task<void> vcenter_backend::search(name_search& now, std::size_t index) {
    const auto& about = now.questions[index];
    auto answer = co_await read(wire_.list_vms(about.names, about.folder), now.deadline);
    if (!answer) {
        if (!now.trouble) now.trouble = answer.error();
        co_return;
    }
    auto seen = wire_.read_vms(answer->body, about.names);
    if (!seen) {
        if (!now.trouble) now.trouble = seen.error();
        co_return;
    }
    for (std::size_t n = 0; n < seen->size(); ++n)
        now.found[about.places[n]] = std::move((*seen)[n]);
}

task<result<std::vector<vm_sighting>>> vcenter_backend::find_vms(std::vector<vm_identity> wanted,
                                                                 steady_time deadline) {
    name_search now;
    now.found.resize(wanted.size());
    now.questions = questions_about(std::move(wanted));
    now.deadline = deadline;
    const std::function<task<void>(std::size_t)> body = [&](std::size_t i) {
        return search(now, i);
    };
    co_await fan_out(loop_, now.questions.size(), lists_at_once, body);
    if (now.trouble) co_return fail(std::move(*now.trouble));
    co_return std::move(now.found);
}

task<result<std::map<std::string, std::string, std::less<>>>> vcenter_backend::names_of(
    std::vector<std::string> vms, steady_time deadline) {
    std::map<std::string, std::string, std::less<>> out;
    for (std::span<const std::string> rest(vms); !rest.empty();) {
        const auto part = rest.first(std::min(rest.size(), ids_per_list));
        rest = rest.subspan(part.size());
        auto answer = co_await read(wire_.list_vms_by_id(part), deadline);
        if (!answer) co_return fail(answer.error());
        auto named = wire_.read_names(answer->body);
        if (!named) co_return fail(named.error());
        for (auto& [vm, name] : *named) out.insert_or_assign(std::move(vm), std::move(name));
    }
    co_return out;
}

task<result<std::vector<std::string>>> vcenter_backend::find_by_name(
    std::vector<vm_identity> names) {
    const auto latest = deadline();
    auto seen = co_await find_vms(std::move(names), latest);
    if (!seen) co_return fail(seen.error());
    co_return occupants_of(*seen);
}

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
