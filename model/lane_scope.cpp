#include "model/lane_scope.hpp"

#include <algorithm>

namespace cloned {
namespace {

// So long ago a refusal still tells of the present.
constexpr auto refusal_counts_for = std::chrono::seconds(60);
constexpr double faded = 0.9;
// A change of the maximum, or strangers, contradict now and then whatever is right.
constexpr double margin = 2.5;

}  // namespace

bool scope_record::refused(std::int64_t others, std::int64_t lane, bool closed, steady_time now) {
    if (others <= 0) {
        const bool first = !closed_;
        closed_ = true;
        return first;
    }
    const bool fewer = others < most_taken_;
    if (closed) return fewer;
    most_taken_ = std::min(most_taken_, others);
    last_ = refusal{others, lane, now};
    return fewer;
}

bool scope_record::taken(std::int64_t others, std::int64_t lane, steady_time now) {
    closed_ = false;
    most_taken_ = std::max(most_taken_, others + 1);
    if (!last_ || last_->lane == lane || others < last_->others) return false;
    const bool recent = now - last_->at < refusal_counts_for;
    last_.reset();
    return recent;
}

bool scope_choice::told(const by_scope<bool>& contradicted, double weight) {
    for (std::size_t s = 0; s < lane_scope_count; ++s)
        if (contradicted[s]) against_[s] += weight;
    // The first of those that are contradicted least: the narrowest.
    const auto best = std::min_element(against_.begin(), against_.end());
    if (against_[static_cast<std::size_t>(now_)] < *best + margin) return false;
    now_ = static_cast<lane_scope>(best - against_.begin());
    return true;
}

void scope_choice::fade() {
    for (auto& sum : against_) sum *= faded;
}

}  // namespace cloned
