#include "model/lane_breaker.hpp"

#include <algorithm>

namespace cloned {
namespace {

constexpr milliseconds first_pause{5'000};
constexpr milliseconds longest_pause{30'000};
constexpr int busy_to_open = 8;

}  // namespace

void lane_breaker::pause(steady_time now,
                         wall_time wall,
                         std::string words,
                         random_source& random) {
    if (!since_) since_ = wall;
    words_ = std::move(words);
    const auto doubled = first_pause * (std::int64_t{1} << std::min(pauses_++, 5U));
    const auto longest = static_cast<double>(std::min(doubled, longest_pause).count());
    try_at_ = now + milliseconds(static_cast<std::int64_t>(longest * random.between(0.75, 1.0)));
}

void lane_breaker::refused(steady_time now,
                           wall_time wall,
                           std::string words,
                           random_source& random) {
    // Those that were under way when it opened tell nothing new.
    if (try_at_ && now < *try_at_) return;
    pause(now, wall, std::move(words), random);
}

void lane_breaker::busy(steady_time now, wall_time wall, std::string words, random_source& random) {
    if (++busy_in_a_row_ < busy_to_open) return;
    refused(now, wall, std::move(words), random);
}

void lane_breaker::taken() {
    *this = lane_breaker();
}

void lane_breaker::try_now(steady_time now) {
    if (try_at_) try_at_ = std::min(*try_at_, now);
}

bool lane_breaker::may_send(steady_time now, std::int64_t unproven) const {
    return !open() || (unproven == 0 && now >= *try_at_);
}

}  // namespace cloned
