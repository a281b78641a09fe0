#pragma once

#include <initializer_list>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace cloned::backends {

// Servers name the same thing with the id of a vCenter behind it, as in "vm-42:19595054-…", or
// without: an id with one is the same as one that has none. Two that have one must be equal.
inline bool is_same_id(std::string_view a, std::string_view b) {
    if (a == b) return true;
    const auto& [shorter, longer] = a.size() < b.size() ? std::pair(a, b) : std::pair(b, a);
    return !shorter.empty() && shorter.find(':') == std::string_view::npos &&
           longer.starts_with(shorter) && longer[shorter.size()] == ':';
}

// Ids of tasks that are known to be of jobs of ours.
class known_tasks {
public:
    known_tasks() = default;
    known_tasks(std::initializer_list<std::string> ids) : ids_(ids) {}

    void add(std::string id) { ids_.insert(std::move(id)); }
    const std::set<std::string, std::less<>>& all() const { return ids_; }

    // Compared as by is_same_id().
    bool contains(std::string_view id) const {
        if (ids_.contains(id)) return true;
        const auto colon = id.find(':');
        if (colon != std::string_view::npos) return ids_.contains(id.substr(0, colon));
        const auto longer = ids_.lower_bound(std::string(id) + ':');
        return longer != ids_.end() && is_same_id(*longer, id);
    }

private:
    std::set<std::string, std::less<>> ids_;
};

}  // namespace cloned::backends
