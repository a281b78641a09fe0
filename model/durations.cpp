#include "model/durations.hpp"

#include <algorithm>
#include <cmath>

namespace cloned {
namespace {

constexpr double enough = 5.0;  // observations before the estimate is used
constexpr double most = 200.0;  // observations remembered
constexpr double least_sigma = 0.05;
constexpr std::size_t sample_max = 128;

double as_double(milliseconds span) {
    return static_cast<double>(std::max<std::int64_t>(1, span.count()));
}

// The share of operations that last longer than `ms`.
double survival(double ms, double mean_log, double sigma) {
    return 0.5 * std::erfc((std::log(ms) - mean_log) / (sigma * std::sqrt(2.0)));
}

}  // namespace

void duration_model::add(milliseconds took) {
    const double x = std::log(as_double(took));
    weight_ = std::min(most, weight_ + 1.0);
    const double gain = 1.0 / weight_;
    const double delta = x - mean_log_;
    mean_log_ += gain * delta;
    var_log_ = (1.0 - gain) * (var_log_ + gain * delta * delta);
}

std::optional<milliseconds> duration_model::mean() const {
    if (weight_ == 0.0) return std::nullopt;
    return milliseconds(std::llround(std::exp(mean_log_ + var_log_ / 2.0)));
}

double duration_model::chance_to_end(milliseconds age, milliseconds span) const {
    const double a = as_double(age);
    const double b = a + static_cast<double>(span.count());
    // Nothing is known: assume no scale, so that looks become rarer as the operation grows older.
    const double scale_free = 1.0 - a / b;
    if (weight_ < enough) return scale_free;
    const double sigma = std::max(least_sigma, std::sqrt(var_log_));
    const double alive = survival(a, mean_log_, sigma);
    // Older than the estimate can explain.
    if (alive < 1e-4) return scale_free;
    return 1.0 - survival(b, mean_log_, sigma) / alive;
}

milliseconds next_poll_in(const rhythm_options& options,
                          const std::vector<poll_candidate>& running) {
    if (running.empty()) return options.interval_max;
    const std::size_t stride = (running.size() + sample_max - 1) / sample_max;
    double shortest = 0.0;
    for (const auto& c : running) {
        const auto mean = c.model->mean();
        if (mean && (shortest == 0.0 || as_double(*mean) < shortest)) shortest = as_double(*mean);
    }
    const auto idle = milliseconds(static_cast<std::int64_t>(shortest * options.idle_share));
    const auto expected = [&](milliseconds span) {
        double sum = 0.0;
        for (std::size_t i = 0; i < running.size(); i += stride)
            sum += running[i].model->chance_to_end(running[i].age, span);
        return sum * static_cast<double>(stride);
    };
    auto low = std::clamp(idle, options.interval_min, options.interval_max);
    auto high = options.interval_max;
    // With fewer operations than ends asked for, the most that can be expected is all of them.
    const double wanted = std::min(options.ends_per_poll,
                                   options.ends_per_poll * static_cast<double>(running.size()));
    if (expected(low) >= wanted) return low;
    while (high - low > milliseconds(1)) {
        const auto middle = low + (high - low) / 2;
        (expected(middle) >= wanted ? high : low) = middle;
    }
    return high;
}

}  // namespace cloned
