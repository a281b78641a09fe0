#include "model/retry.hpp"

#include <algorithm>

namespace cloned {

milliseconds backoff(const backoff_options& options, std::uint32_t attempt, random_source& random) {
    const auto doublings = std::min<std::uint32_t>(attempt > 0 ? attempt - 1 : 0, 20);
    const auto ceiling = std::min(options.cap, options.base * (std::int64_t{1} << doublings));
    const auto drawn = random.between(0.0, static_cast<double>(ceiling.count()));
    return std::max(options.least, milliseconds(static_cast<std::int64_t>(drawn)));
}

void retry_budget::succeeded() {
    tokens_ = std::min(capacity_, tokens_ + per_success_);
}

bool retry_budget::take() {
    if (tokens_ < 1.0) return false;
    tokens_ -= 1.0;
    return true;
}

}  // namespace cloned
