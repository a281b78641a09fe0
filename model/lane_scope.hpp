#pragma once

#include "base/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cloned {

// Whose operations the upstream counts against one maximum. Its documents do not say, so it is
// found out from its answers.
enum class lane_scope : std::uint8_t {
    lane,      // those of one kind in one cluster
    cluster,   // all kinds in one cluster
    kind,      // one kind in all clusters
    endpoint,  // all
};
inline constexpr std::size_t lane_scope_count = 4;

constexpr std::string_view to_string(lane_scope scope) {
    constexpr std::array<std::string_view, lane_scope_count> names{"lane", "cluster", "kind",
                                                                   "endpoint"};
    return names[static_cast<std::size_t>(scope)];
}

// One flag or number for each scope, narrow ones first.
template <class T>
using by_scope = std::array<T, lane_scope_count>;

// What a group of lanes was taken and refused at. Tells which answers would contradict the
// assumption that these lanes, and no others, share a maximum.
//
// Pure. Counts are jobs of the group that are with the upstream, without the one in question.
class scope_record {
public:
    // True if that contradicts: the group was refused with fewer than it was taken with before. A
    // first refusal of an empty group does; the next ones show that it is merely closed.
    // One of a lane that may be `closed` for itself leaves what is known of the group.
    bool refused(std::int64_t others, std::int64_t lane, bool closed, steady_time now);
    // True if that contradicts: another lane of the group was refused just now with no more.
    bool taken(std::int64_t others, std::int64_t lane, steady_time now);

    std::int64_t most_taken() const { return most_taken_; }

private:
    struct refusal {
        std::int64_t others = 0;
        std::int64_t lane = 0;
        steady_time at{};
    };

    std::int64_t most_taken_ = 0;  // at once, since a refusal with fewer
    bool closed_ = false;
    std::optional<refusal> last_;
};

// Chooses the scope that the last answers contradict least; the narrowest at first.
class scope_choice {
public:
    lane_scope now() const { return now_; }

    // An answer, and the scopes that it contradicts; `weight` is how much it tells. True if that
    // changes the choice.
    bool told(const by_scope<bool>& contradicted, double weight);
    // Time makes old answers worth less: called at each refusal.
    void fade();

private:
    lane_scope now_ = lane_scope::lane;
    by_scope<double> against_{};
};

}  // namespace cloned
