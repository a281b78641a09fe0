#include "backends/vcenter/folder_search.hpp"

#include "backends/backend.hpp"
#include "backends/known_tasks.hpp"
#include "backends/vcenter/wire.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cloned::backends::vcenter {
namespace {

template <class T>
std::vector<T> take_from(std::vector<T>& from, std::size_t first) {
    const auto begin = from.begin() + static_cast<std::ptrdiff_t>(first);
    std::vector<T> out(std::make_move_iterator(begin), std::make_move_iterator(from.end()));
    from.erase(begin, from.end());
    return out;
}

bool is_among(const std::vector<std::string>& ids, const std::string& id) {
    return std::any_of(ids.begin(), ids.end(),
                       [&](const auto& one) { return is_same_id(one, id); });
}

}  // namespace

bool is_lasting(const error& why) {
    return is_definite(why.code()) && why.code() != errc::failed_precondition;
}

vm_place refusal_of(const error& why) {
    return {{}, std::string(why.message()), !is_lasting(why)};
}

void folder_search::add(std::vector<std::string> vms, const std::vector<std::string>& all_folders) {
    while (!vms.empty()) {
        group some;
        some.vms = take_from(vms, vms.size() - std::min(vms.size(), vms_together));
        some.folders = all_folders;
        go_on(std::move(some));
    }
}

std::size_t folder_search::folders_at_once(const group& of) {
    const auto count = of.folders.size();
    const auto some = of.certain && count > 1 ? count / 2 : count;
    return std::min({some, of.most, wire::folders_that_fit(of.vms, of.folders)});
}

std::optional<folder_search::question> folder_search::next() const {
    if (todo_.empty()) return std::nullopt;
    const auto& now = todo_.back();
    question out;
    if (now.now == group::step::ask_below) {
        out.parent = now.inside;
        return out;
    }
    out.vms = now.vms;
    out.folders = now.folders;
    out.folders.resize(folders_at_once(now));
    return out;
}

// To its next question, or to its end.
void folder_search::go_on(group with) {
    using step = group::step;
    if (with.vms.empty()) return;
    if (with.now == step::ask_folders && with.folders.empty()) {
        if (with.unreadable) return settle(with, refusal_of(*with.unreadable));
        if (!with.inside.empty() && !with.certain) return settle(with, {with.inside, {}, false});
        with.now = step::ask_existence;
    }
    todo_.push_back(std::move(with));
}

void folder_search::settle(const group& who, const vm_place& as) {
    for (const auto& vm : who.vms) found_.insert_or_assign(vm, as);
}

void folder_search::answered(const std::vector<std::string>& ids) {
    auto asked = std::move(todo_.back());
    todo_.pop_back();
    if (asked.now != group::step::ask_below) return answered_within(std::move(asked), ids);
    asked.now = group::step::ask_folders;
    asked.certain = false;
    for (const auto& id : ids)
        if (!is_same_id(id, asked.inside)) asked.folders.push_back(id);
    if (++asked.level > levels_max)
        return settle(asked, {{}, "its folders lie too deep within each other", false});
    go_on(std::move(asked));
}

void folder_search::answered_within(group asked, const std::vector<std::string>& ids) {
    const auto count = folders_at_once(asked);
    auto held = asked;
    const auto middle = std::stable_partition(held.vms.begin(), held.vms.end(),
                                              [&](const auto& vm) { return is_among(ids, vm); });
    asked.vms = take_from(held.vms, static_cast<std::size_t>(middle - held.vms.begin()));
    if (asked.now == group::step::ask_existence) {
        const bool moved = held.certain;
        settle(held, {{},
                      moved ? "it was moved meanwhile"
                            : "it lies in no folder that is shown to this account",
                      moved});
        return settle(asked, {{}, "no such VM is listed: it is gone, or a template", true});
    }
    asked.folders = take_from(held.folders, 0);
    held.folders.assign(asked.folders.begin(),
                        asked.folders.begin() + static_cast<std::ptrdiff_t>(count));
    asked.folders = take_from(asked.folders, count);
    held.most = folders_max;
    held.certain = true;
    held.unreadable.reset();
    if (count == 1) {
        held.inside = held.folders.front();
        held.folders.clear();
        held.now = group::step::ask_below;
    }
    go_on(std::move(asked));
    go_on(std::move(held));
}

void folder_search::refused(const error& why) {
    auto asked = std::move(todo_.back());
    todo_.pop_back();
    if (asked.now == group::step::ask_folders) return refused_within(std::move(asked), why);
    settle(asked, refusal_of(why));
}

// One VM, or one folder, may be to blame: they are asked for in smaller parts.
void folder_search::refused_within(group asked, const error& why) {
    const auto count = folders_at_once(asked);
    if (asked.vms.size() > 1) {
        auto others = asked;
        others.vms = take_from(asked.vms, asked.vms.size() / 2);
        go_on(std::move(others));
        return go_on(std::move(asked));
    }
    if (++asked.refusals > refusals_max) return settle(asked, refusal_of(why));
    if (count > 1) {
        asked.most = count / 2;
    } else {
        // The VM may be in one of the others.
        asked.unreadable = why;
        asked.folders.erase(asked.folders.begin());
        asked.most = folders_max;
    }
    go_on(std::move(asked));
}

std::map<std::string, vm_place> folder_search::take_found() {
    return std::exchange(found_, {});
}

}  // namespace cloned::backends::vcenter
