#include "daemon/scheduler/name_check.hpp"

#include "base/check.hpp"
#include "base/text.hpp"

#include <set>

namespace cloned::scheduler {
name_check::name_check(const shared_parts& shared,
                       endpoint_health& health,
                       const endpoint_jobs& jobs)
    : health_(health),
      clock_(shared.time),
      jobs_(jobs),
      lookups_(
          shared.time,
          shared.tasks,
          {.name = "names",
           .request = [this](auto asked, bool alone) { return look_up(std::move(asked), alone); },
           .limit = [] { return lookups::limits{.most = names_max}; },
           .key =
               [](const vm_identity& who) {
                   return concat(who.folder, "/", who.source, "/", who.name);
               },
           .spoils = spoils_request,
           .heard = [this](bool served,
                           std::size_t asked,
                           auto trouble) { return heard(served, asked, std::move(trouble)); },
           .asks_for_more = true}) {}

std::optional<backends::occupant> name_check::take_known(const vm_identity& who) {
    const auto node = known_.extract(who);
    if (!node || clock_.now() - node.mapped().asked_at >= good_for) return std::nullopt;
    return node.mapped().seen;
}

task<result<backends::occupant>> name_check::occupant(vm_identity who) {
    if (auto seen = take_known(who)) co_return std::move(*seen);
    co_return co_await lookups_.ask(std::move(who));
}

task<result<backends::occupant>> name_check::occupant_now(vm_identity who) {
    known_.erase(who);
    co_return co_await lookups_.ask(std::move(who));
}

void name_check::add_forecast(std::vector<vm_identity>& names) const {
    std::set<vm_identity> taken(names.begin(), names.end());
    // Some of those who come next may be known already.
    for (auto& who : jobs_.upcoming_names(2 * names_max)) {
        if (names.size() >= names_max) break;
        if (who.name.empty() || known_.contains(who) || !taken.insert(who).second) continue;
        names.push_back(std::move(who));
    }
}

task<name_check::lookups::answers> name_check::look_up(std::vector<vm_identity> asked, bool alone) {
    const auto now = clock_.now();
    std::erase_if(known_, [&](const auto& one) { return now - one.second.asked_at >= good_for; });
    // An earlier lookup may have foretold a name that was asked for already. Drop it: the next job
    // of this name must ask for itself.
    for (const auto& who : asked) known_.erase(who);
    const auto count = asked.size();
    if (!alone) add_forecast(asked);
    const auto keys = asked;
    auto seen = co_await health_.backend().find_by_name(std::move(asked));
    if (!seen) co_return fail(seen.error());
    CLONED_CHECK(seen->size() == keys.size(), "a backend tells of each name");
    for (auto i = count; i < keys.size(); ++i)
        known_.insert_or_assign(keys[i], finding{std::move((*seen)[i]), now});
    seen->resize(count);
    co_return seen;
}

// An inventory of another server answers for itself alone: it must not keep the breaker closed
// while every job that it lets pass fails to be sent.
task<bool> name_check::heard(bool served, std::size_t asked, std::optional<error> trouble) {
    const bool own = health_.info().inventory == health_.info().name;
    const auto blame = trouble ? spoils_request(trouble->code()) : spoiling::surely;
    const bool well = blame == spoiling::surely || (served && blame == spoiling::perhaps);
    if (!own && well) co_return true;
    co_return co_await health_.heard(served, asked, std::move(trouble));
}

}  // namespace cloned::scheduler
