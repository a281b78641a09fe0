#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cloned {

inline constexpr std::size_t chain_length_max = 100;

// What is wrong with the chains of a batch: a job that waits for one that is not there, for itself,
// in a circle, or at the end of too long a chain. Pure.
//
// `waiting` lists the jobs that wait, by their place in the batch, each with the key that it names;
// `place_of` finds the place of a key. The answers are the ends of sentences that begin with the
// job's field `after`.
std::vector<std::pair<std::size_t, std::string>> chain_problems(
    const std::vector<std::pair<std::size_t, std::string>>& waiting,
    const std::function<std::optional<std::size_t>(const std::string&)>& place_of);

}  // namespace cloned
