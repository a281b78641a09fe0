#include "tests/bench/accounts.hpp"

#include <algorithm>

namespace cloned::bench {

boost::json::object pace(const char* what, std::int64_t count, double seconds) {
    boost::json::object out;
    out[what] = count;
    out["seconds"] = seconds;
    out["per_s"] = seconds > 0 ? static_cast<double>(count) / seconds : 0.0;
    return out;
}

void add_latencies(boost::json::object& into, std::vector<double> seconds) {
    if (seconds.empty()) return;
    std::sort(seconds.begin(), seconds.end());
    const auto quantile = [&](double share) {
        const auto last = static_cast<double>(seconds.size() - 1);
        return seconds[static_cast<std::size_t>(share * last)] * 1000;
    };
    into["p50_ms"] = quantile(0.5);
    into["p99_ms"] = quantile(0.99);
    into["max_ms"] = seconds.back() * 1000;
}

}  // namespace cloned::bench
