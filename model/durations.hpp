#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace cloned {

// What is known of how long the operations of a lane take: a lognormal estimate that forgets
// slowly.
class duration_model {
public:
    void add(std::chrono::milliseconds took);

    // Unset until something has finished.
    std::optional<milliseconds> mean() const;

    // The chance that an operation that has run for `age` ends within the next `span`.
    double chance_to_end(milliseconds age, milliseconds span) const;

private:
    double weight_ = 0.0;
    double mean_log_ = 0.0;  // of milliseconds
    double var_log_ = 0.0;
};

struct poll_candidate {
    const duration_model* model = nullptr;
    milliseconds age{0};
};

struct rhythm_options {
    milliseconds interval_min{1'000};
    milliseconds interval_max{30'000};
    // A poll is worth a request when so many ends are to be expected …
    double ends_per_poll = 0.55;
    // … and when waiting longer would leave free slots unused for this share of an operation.
    double idle_share = 0.02;
};

// How long to wait before the next poll of these operations, from now. The aim is that a free slot
// is noticed soon while a poll that finds nothing is rare: the wait ends when `ends_per_poll` ends
// are expected, and never before `idle_share` of an operation's usual length. Pure.
milliseconds next_poll_in(const rhythm_options& options,
                          const std::vector<poll_candidate>& running);

}  // namespace cloned
