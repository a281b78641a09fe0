// The VMs that bear names, each in the folder that counts.

#include "backends/vcenter/vcenter_backend.hpp"
#include "base/fan_out.hpp"
#include "base/text.hpp"

#include <map>
#include <set>
#include <span>
#include <tuple>

namespace cloned::backends::vcenter {
namespace {

constexpr std::size_t lists_at_once = 4;
constexpr std::size_t ids_per_list = 50;

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

std::vector<std::string> sources_of(const std::vector<vm_identity>& wanted) {
    std::vector<std::string> out;
    for (const auto& who : wanted)
        if (who.folder.empty() && !who.source.empty()) out.push_back(who.source);
    return out;
}

// In which folder was it looked for, where its job names none?
std::string place_in_words(const vm_identity& who, const vm_place* source) {
    if (!who.folder.empty()) return {};
    if (source == nullptr) return " (the job names no folder, so every folder counts)";
    if (!source->folder.empty())
        return concat(" in the folder of its source, ", one_line(source->folder, 100));
    return concat(" (the job names no folder, and that of its source ", one_line(who.source, 100),
                  " cannot be told: ", source->why,
                  "; so every folder counts unless it names one)");
}

// Nothing tells that what was found was not there before.
void mark_unsure(vm_sighting& seen) {
    if (seen.presence == evidence::vm_presence::absent) return;
    seen.presence = evidence::vm_presence::ambiguous;
    seen.sure = false;
}

}  // namespace

struct vcenter_backend::name_search {
    std::vector<name_question> questions;
    std::vector<vm_sighting> found;
    steady_time deadline{};
    std::optional<error> trouble;
};

task<void> vcenter_backend::search(name_search& now, std::size_t index) {
    auto found =
        co_await search_in(now.questions[index].folder, now.questions[index].names, now.deadline);
    if (!found) {
        if (!now.trouble) now.trouble = found.error();
        co_return;
    }
    for (std::size_t n = 0; n < found->size(); ++n)
        now.found[now.questions[index].places[n]] = std::move((*found)[n]);
}

// The documents leave open whether a folder's list shows the VMs of the folders below as well.
task<result<std::vector<vm_sighting>>> vcenter_backend::search_in(std::string folder,
                                                                  std::vector<std::string> names,
                                                                  steady_time deadline) {
    auto answer = co_await read(wire_.list_vms(names, folder), deadline);
    if (!answer) co_return fail(answer.error());
    auto listed = wire_.read_names(answer->body);
    if (!listed) co_return fail(listed.error());
    if (folder.empty() || listed->empty()) co_return wire_.read_vms(answer->body, names);
    std::vector<std::string> vms;
    for (auto& [vm, name] : *listed) vms.push_back(std::move(vm));
    auto below = co_await folders_.among(std::move(vms), std::move(folder), deadline);
    if (!below) co_return fail(below.error());
    const std::set<std::string, std::less<>> elsewhere(below->vms.begin(), below->vms.end());
    auto seen = wire_.read_vms(answer->body, names, elsewhere);
    if (!seen || below->sure) co_return seen;
    for (auto& one : *seen) {
        mark_unsure(one);
        one.where = " (there or in a folder below, which cannot be told now)";
    }
    co_return seen;
}

task<result<std::vector<vm_sighting>>> vcenter_backend::find_vms(std::vector<vm_identity> wanted,
                                                                 steady_time deadline) {
    auto places = co_await folders_.of(sources_of(wanted), deadline);
    if (!places) co_return fail(places.error());
    std::vector<const vm_place*> of_source(wanted.size());
    std::vector<std::string> in_words;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        auto& who = wanted[i];
        const auto at = who.folder.empty() ? places->find(who.source) : places->end();
        if (at != places->end()) of_source[i] = &at->second;
        in_words.push_back(place_in_words(who, of_source[i]));
        if (of_source[i] != nullptr) who.folder = of_source[i]->folder;
    }
    name_search now;
    now.found.resize(wanted.size());
    now.questions = questions_about(std::move(wanted));
    now.deadline = deadline;
    const std::function<task<void>(std::size_t)> body = [&](std::size_t i) {
        return search(now, i);
    };
    co_await fan_out(loop_, now.questions.size(), lists_at_once, body);
    if (now.trouble) co_return fail(std::move(*now.trouble));
    for (std::size_t i = 0; i < now.found.size(); ++i) {
        auto& one = now.found[i];
        if (of_source[i] != nullptr && of_source[i]->folder.empty() && of_source[i]->passing)
            mark_unsure(one);
        one.where = concat(in_words[i], one.where);
        one.seen += one.where;
    }
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

task<result<std::vector<occupant>>> vcenter_backend::find_by_name(std::vector<vm_identity> names) {
    const auto latest = deadline();
    auto seen = co_await find_vms(std::move(names), latest);
    if (!seen) co_return fail(seen.error());
    co_return occupants_of(*seen);
}

}  // namespace cloned::backends::vcenter
