#include "backends/vcenter/folders.hpp"

#include "backends/vapi/calls.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

namespace cloned::backends::vcenter {
namespace {

constexpr std::size_t vms_per_list = 50;

// An answer, if not the one that was wanted.
bool is_refusal(const error& why) {
    return is_lasting(why) || why.code() == errc::upstream_failed ||
           why.code() == errc::protocol_error;
}

}  // namespace

bool folders::is_fresh(const vm_place& place, steady_time at) const {
    return clock_.now() - at <
           (place.folder.empty() && place.passing ? refusal_good_for : good_for);
}

std::vector<std::string> folders::unknown_among(const std::vector<std::string>& vms) const {
    std::set<std::string> out;
    for (const auto& vm : vms) {
        const auto known = places_.find(vm);
        if (known == places_.end() || !is_fresh(known->second.place, known->second.at))
            out.insert(vm);
    }
    return {out.begin(), out.end()};
}

void folders::make_room() {
    if (places_.size() < known_max) return;
    const auto is_older = [](const auto& a, const auto& b) { return a.second.at < b.second.at; };
    places_.erase(std::min_element(places_.begin(), places_.end(), is_older));
}

void folders::learn(places found) {
    for (auto& [vm, place] : found) {
        const auto known = places_.find(vm);
        if (known == places_.end()) make_room();
        const bool is_lost =
            known != places_.end() && place.folder.empty() && !known->second.place.folder.empty();
        if (is_lost)
            known->second.at = clock_.now();
        else
            places_.insert_or_assign(vm, known_place{std::move(place), clock_.now()});
    }
}

void folders::settle(const std::vector<std::string>& vms, const error& why) {
    places all;
    for (const auto& vm : vms) all.emplace(vm, refusal_of(why));
    learn(std::move(all));
}

task<result<folders::places>> folders::of(std::vector<std::string> vms, steady_time deadline) {
    places out;
    for (;;) {
        auto unknown = unknown_among(vms);
        if (unknown.empty()) break;
        if (searches_.under_way()) {
            const bool ended = co_await searches_.wait(deadline);
            if (!ended)
                co_return fail(errc::unavailable,
                               "the search for folders under way did not end in time");
            continue;
        }
        const single_flight::flight flight(searches_);
        auto done = co_await search(std::move(unknown), deadline);
        if (!done) co_return fail(done.error());
    }
    for (const auto& vm : vms) out.insert_or_assign(vm, places_.at(vm).place);
    co_return out;
}

// One that a deadline has cut short is gone on with: each time it comes a little further.
task<result<void>> folders::search(std::vector<std::string> vms, steady_time deadline) {
    if (clock_.now() - search_began_ >= good_for) search_ = folder_search();
    auto left = co_await go_on(deadline);
    if (!left) co_return left;
    vms = unknown_among(vms);
    if (vms.empty()) co_return result<void>();
    auto all = co_await list(std::string(), deadline);
    if (!all && !is_refusal(all.error())) co_return fail(all.error());
    if (!all) {
        settle(vms, all.error());
        co_return result<void>();
    }
    search_began_ = clock_.now();
    search_.add(std::move(vms), *all);
    co_return co_await go_on(deadline);
}

task<result<void>> folders::go_on(steady_time deadline) {
    for (;;) {
        auto what = search_.next();
        if (!what) co_return result<void>();
        auto asked = co_await ask(std::move(*what), deadline);
        if (!asked) co_return asked;
        learn(search_.take_found());
    }
}

task<result<void>> folders::ask(folder_search::question what, steady_time deadline) {
    result<std::vector<std::string>> seen;
    if (what.parent.empty())
        seen = co_await within(std::move(what.vms), std::move(what.folders), deadline);
    else
        seen = co_await list(std::move(what.parent), deadline);
    if (!seen && !is_refusal(seen.error())) co_return fail(seen.error());
    if (seen)
        search_.answered(*seen);
    else
        search_.refused(seen.error());
    co_return result<void>();
}

task<result<std::vector<std::string>>> folders::list(std::string parent, steady_time deadline) {
    auto what = wire_.list_folders(parent);
    what.deadline = deadline;
    auto answer = co_await via_.send(std::move(what));
    if (!answer) co_return fail(answer.error());
    co_return wire_.read_folders(*answer);
}

task<result<std::vector<std::string>>> folders::within(std::vector<std::string> vms,
                                                       std::vector<std::string> outer,
                                                       steady_time deadline) {
    auto answer = co_await vapi::read(via_, wire_.list_vms_within(vms, outer), deadline);
    if (!answer) co_return fail(answer.error());
    auto named = wire_.read_names(answer->body);
    if (!named) co_return fail(named.error());
    std::vector<std::string> ids;
    for (auto& [vm, name] : *named) ids.push_back(std::move(vm));
    co_return ids;
}

task<result<folders::below>> folders::among(std::vector<std::string> vms,
                                            std::string folder,
                                            steady_time deadline) {
    below out;
    auto inner = co_await list(folder, deadline);
    if (!inner && !is_refusal(inner.error())) co_return fail(inner.error());
    if (!inner) {
        out.sure = is_lasting(inner.error());
        co_return out;
    }
    std::erase(*inner, folder);
    for (std::span<const std::string> left(vms); !left.empty();) {
        const auto some = left.first(std::min(left.size(), vms_per_list));
        left = left.subspan(some.size());
        for (std::span<const std::string> rest(*inner); !rest.empty();) {
            const auto part = rest.first(wire::folders_that_fit(some, rest));
            rest = rest.subspan(part.size());
            std::vector<std::string> asked(some.begin(), some.end());
            std::vector<std::string> outer(part.begin(), part.end());
            auto seen = co_await within(std::move(asked), std::move(outer), deadline);
            if (!seen && !is_refusal(seen.error())) co_return fail(seen.error());
            if (!seen) out.sure = false;
            if (seen) out.vms.insert(out.vms.end(), seen->begin(), seen->end());
        }
    }
    co_return out;
}

}  // namespace cloned::backends::vcenter
