#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloned::backends {

// Servers name the same thing with the id of a vCenter behind it, as in "vm-42:19595054-…", or
// without: an id with one is the same as one that has none. Two that have one must be equal.
inline bool is_same_id(std::string_view a, std::string_view b) {
    if (a == b) return true;
    const auto& [shorter, longer] = a.size() < b.size() ? std::pair(a, b) : std::pair(b, a);
    return !shorter.empty() && shorter.find(':') == std::string_view::npos &&
           longer.starts_with(shorter) && longer[shorter.size()] == ':';
}

// Ids of tasks that are known to be of jobs of ours, and of which.
class known_tasks {
public:
    static constexpr std::int64_t somebody = 0;  // a job, whichever

    known_tasks() = default;
    known_tasks(std::initializer_list<std::string> ids) {
        for (const auto& id : ids) add(id);
    }

    void add(std::string id, std::int64_t job = somebody) {
        jobs_.insert_or_assign(std::move(id), job);
    }
    // One that was not seen to end, of a kind that the list of tasks must show.
    void add_live(const std::string& id) { live_.push_back(id); }

    auto all() const { return std::views::keys(jobs_); }
    const std::vector<std::string>& live() const { return live_; }

    // Compared as by is_same_id(); nothing: it is not known.
    std::optional<std::int64_t> job_of(std::string_view id) const {
        auto found = jobs_.find(id);
        const auto colon = id.find(':');
        if (found == jobs_.end() && colon != std::string_view::npos)
            found = jobs_.find(id.substr(0, colon));
        else if (found == jobs_.end())
            found = jobs_.lower_bound(std::string(id) + ':');
        if (found == jobs_.end() || !is_same_id(found->first, id)) return std::nullopt;
        return found->second;
    }
    bool contains(std::string_view id) const { return job_of(id).has_value(); }

private:
    std::map<std::string, std::int64_t, std::less<>> jobs_;
    std::vector<std::string> live_;
};

}  // namespace cloned::backends
