// What vCenter shows of jobs whose outcome is not known, and of names that are to be used.

#include "backends/vapi/calls.hpp"
#include "backends/vcenter/vcenter_backend.hpp"
#include "base/fan_out.hpp"
#include "base/text.hpp"

#include <map>

namespace cloned::backends::vcenter {
namespace {

constexpr std::size_t lists_at_once = 4;
constexpr std::size_t looks_at_once = 4;

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
    for (std::size_t i = 0; i < queries.size(); ++i) {
        const auto& since = queries[i].session_after;
        seen[i].fresh_session = !since || session_->began_after(*since);
        const bool clones = std::holds_alternative<vcenter_clone_spec>(queries[i].spec);
        if (!clones) power.places.push_back(i);
    }
    if (power.places.size() < queries.size()) {
        auto looked = co_await look_for_clones(queries, seen, latest);
        if (!looked) co_return fail(looked.error());
    }
    const std::function<task<void>(std::size_t)> body = [&](std::size_t n) {
        return look_at_power(power, n);
    };
    co_await fan_out(loop_, power.places.size(), looks_at_once, body);
    if (power.trouble) co_return fail(std::move(*power.trouble));
    co_return seen;
}

// The tasks first: a clone that ends between the two looks is then seen as a VM. In the other order
// it would be seen by neither.
task<result<void>> vcenter_backend::look_for_clones(const std::vector<evidence_query>& queries,
                                                    std::vector<evidence>& seen,
                                                    steady_time deadline) {
    auto listed = co_await read(wire_.list_live_clones(), deadline);
    if (!listed) co_return fail(listed.error());
    std::map<std::string, std::vector<std::string>> live;  // by source
    std::vector<vm_identity> wanted;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        const auto* spec = std::get_if<vcenter_clone_spec>(&queries[i].spec);
        if (spec == nullptr) continue;
        auto& of_source = live[spec->source];
        if (of_source.empty()) {
            auto tasks = wire_.read_live_clones(listed->body, spec->source);
            if (!tasks) co_return fail(tasks.error());
            of_source = std::move(*tasks);
        }
        seen[i].candidate_tasks = vapi::unaccounted(of_source, queries[i].known_tasks);
        wanted.push_back(identity_of(queries[i].spec));
        places.push_back(i);
    }
    auto sightings = co_await find_vms(std::move(wanted), deadline);
    if (!sightings) co_return fail(sightings.error());
    bool anything = false;
    for (std::size_t n = 0; n < places.size(); ++n) {
        auto& one = seen[places[n]];
        auto& sighting = (*sightings)[n];
        one.presence = sighting.presence;
        one.vm = std::move(sighting.vm);
        one.seen = concat(sighting.seen, "; live clones of ",
                          one_line(source_of(queries[places[n]].spec), 100),
                          " that are not ours: ", std::to_string(one.candidate_tasks.size()));
        anything |= !one.vm.empty();
    }
    if (!anything) co_return result<void>();
    auto made = co_await done_clones(deadline);
    if (!made) co_return fail(made.error());
    for (const auto i : places) vapi::mark_foreign(seen[i], *made, source_of(queries[i].spec));
    co_return result<void>();
}

task<result<std::vector<vapi::provenance>>> vcenter_backend::done_clones(steady_time deadline) {
    auto listed = co_await read(wire_.list_done_clones(), deadline);
    if (listed) co_return wire_.read_done_clones(listed->body);
    // More tasks than it lists at a time: then it shows nothing against the VM being ours.
    if (listed.error().code() == errc::upstream_failed) co_return std::vector<vapi::provenance>();
    co_return fail(listed.error());
}

}  // namespace cloned::backends::vcenter
