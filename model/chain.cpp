#include "model/chain.hpp"

#include "base/text.hpp"

#include <unordered_map>

namespace cloned {

std::vector<std::pair<std::size_t, std::string>> chain_problems(
    const std::vector<std::pair<std::size_t, std::string>>& waiting,
    const std::function<std::optional<std::size_t>(const std::string&)>& place_of) {
    std::vector<std::pair<std::size_t, std::string>> problems;
    std::unordered_map<std::size_t, std::size_t> before;
    for (const auto& [place, key] : waiting) {
        const auto other = place_of(key);
        if (!other)
            problems.emplace_back(
                place, concat("names \"", one_line(key, 80), "\", which is no job of this batch"));
        else if (*other == place)
            problems.emplace_back(place, "names the job itself");
        else
            before.emplace(place, *other);
    }
    for (const auto& [place, key] : waiting) {
        std::size_t length = 1;
        for (auto at = before.find(place); at != before.end(); at = before.find(at->second)) {
            if (at->second == place) {
                problems.emplace_back(place, "leads back to the job itself");
                break;
            }
            // A circle that the job leads into, but is no part of, is the others' mistake, and
            // found there.
            if (++length > before.size() + 1) break;
            if (length > chain_length_max) {
                problems.emplace_back(place, concat("makes a chain of more than ",
                                                    std::to_string(chain_length_max), " jobs"));
                break;
            }
        }
    }
    return problems;
}

}  // namespace cloned
