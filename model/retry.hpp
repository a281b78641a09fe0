#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

#include <cstdint>

namespace cloned {

struct backoff_options {
    milliseconds base{2'000};
    milliseconds cap{300'000};
    milliseconds least{200};
};

// Full jitter: uniform between nothing and base · 2^(attempt - 1), at most `cap`, at least `least`.
milliseconds backoff(const backoff_options& options, std::uint32_t attempt, random_source& random);

// Keeps the retries of an endpoint to a share of its successes, so that a sick upstream is not kept
// sick by us. Starts full.
class retry_budget {
public:
    explicit retry_budget(double capacity = 50.0, double per_success = 0.2)
        : capacity_(capacity), per_success_(per_success), tokens_(capacity) {}

    void succeeded();
    // True: retry at the usual pace. False: the budget is spent, retry at the slowest pace.
    bool take();

private:
    // Constant after construction
    double capacity_;
    double per_success_;
    // Loop thread only
    double tokens_;
};

}  // namespace cloned
