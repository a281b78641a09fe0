#include "backends/vapi/clone_look.hpp"

#include "backends/vapi/calls.hpp"
#include "base/text.hpp"

#include <array>
#include <set>

namespace cloned::backends::vapi {
namespace {

// Of so many VMs at most the names are asked for in one look; the rest stays unexplained.
constexpr std::size_t explained_max = 100;

// Refused for good, or too much to be shown: that is an answer. Everything else is none.
bool is_refused(const error& why) {
    return is_definite(why.code()) || why.code() == errc::upstream_failed;
}

}  // namespace

task<result<std::vector<listed_task>>> clone_look::list(std::span<const std::string_view> states) {
    auto listed = co_await read(via, wire.list_vm_tasks(states), deadline);
    if (!listed) co_return fail(listed.error());
    co_return wire.read_vm_tasks(listed->body);
}

task<result<task_listing>> clone_look::list_live() {
    constexpr std::array<std::string_view, 3> states{"PENDING", "RUNNING", "BLOCKED"};
    task_listing out;
    auto listed = co_await list(states);
    if (!listed && !is_refused(listed.error())) co_return fail(listed.error());
    if (!listed) {
        out.live_refused = listed.error();
        co_return out;
    }
    // Servers that know no filter by status list ended ones as well.
    for (auto& task : *listed) {
        const bool lives = task.phase == task_phase::pending || task.phase == task_phase::running;
        auto& kind = lives ? out.live : out.ended;
        kind.push_back(std::move(task));
    }
    co_return out;
}

// Those that have failed are few; those that have succeeded may be more than are shown at a time.
task<result<void>> clone_look::list_ended(task_listing& into) {
    constexpr std::array<std::string_view, 2> states{"FAILED", "SUCCEEDED"};
    auto listed = co_await list(states);
    if (!listed && is_refused(listed.error())) {
        into.shows_succeeded = false;
        listed = co_await list(std::span(states).first(1));
        if (!listed && is_refused(listed.error())) co_return result<void>();
    }
    if (!listed) co_return fail(listed.error());
    for (auto& task : *listed)
        if (task.phase == task_phase::succeeded || task.phase == task_phase::failed)
            into.ended.push_back(std::move(task));
    co_return result<void>();
}

// A list that shows none of the tasks that we see at work by their ids shows the tasks of something
// else: which services its filter takes is nowhere said of every release.
void clone_look::refuse_partial_list(const evidence_query& any, task_listing& tasks) {
    constexpr std::size_t enough = 3;
    if (tasks.live_refused || !any.others || any.others->live().size() < enough) return;
    for (const auto* part : {&tasks.live, &tasks.ended})
        for (const auto& task : *part)
            if (any.others->contains(task.id)) return;
    tasks.live_refused =
        error(errc::upstream_failed,
              concat("its list shows none of our ", std::to_string(any.others->live().size()),
                     " tasks that are at work"));
}

task<result<std::vector<vm_sighting>>> clone_look::find_vms(std::vector<vm_identity> wanted) {
    if (vms != nullptr) co_return co_await vms->find_vms(std::move(wanted), deadline);
    vm_sighting unknown;
    unknown.presence = evidence::vm_presence::ambiguous;
    unknown.seen = "no vCenter is configured in which the VM could be looked for";
    co_return std::vector<vm_sighting>(wanted.size(), unknown);
}

// The live tasks first: a clone that ends between the two looks is then seen as a VM. In the other
// order it would be seen by neither.
task<result<void>> clone_look::run(const std::vector<evidence_query>& queries,
                                   const std::vector<std::size_t>& places,
                                   std::vector<evidence>& seen) {
    auto tasks = co_await list_live();
    if (!tasks) co_return fail(tasks.error());
    std::vector<vm_identity> wanted;
    wanted.reserve(places.size());
    for (const auto i : places) wanted.push_back(identity_of(queries[i].spec));
    auto sightings = co_await find_vms(std::move(wanted));
    if (!sightings) co_return fail(sightings.error());
    auto ended = co_await list_ended(*tasks);
    if (!ended) co_return fail(ended.error());
    refuse_partial_list(queries[places.front()], *tasks);

    std::set<std::string> unnamed;
    for (std::size_t n = 0; n < places.size(); ++n) {
        const auto& query = queries[places[n]];
        auto made =
            vms_to_explain(query, (*sightings)[n], *tasks, operation_of(kind_of(query.spec)));
        for (auto& vm : made)
            if (unnamed.size() < explained_max) unnamed.insert(std::move(vm));
    }
    names_by_vm explained;
    if (!unnamed.empty()) {
        std::vector<std::string> ids(unnamed.begin(), unnamed.end());
        auto named = co_await vms->names_of(std::move(ids), deadline);
        if (!named && !is_refused(named.error())) co_return fail(named.error());
        if (named) explained = std::move(*named);
    }
    live_candidates candidates(*tasks);
    for (std::size_t n = 0; n < places.size(); ++n) {
        const auto& query = queries[places[n]];
        const auto operation = operation_of(kind_of(query.spec));
        judge(query, std::move((*sightings)[n]), *tasks, candidates.of(query, operation), operation,
              explained, seen[places[n]]);
    }
    co_return result<void>();
}

}  // namespace cloned::backends::vapi
