#include "model/ceiling.hpp"

#include "model/guard.hpp"

#include <algorithm>
#include <utility>

namespace cloned {
namespace {

// Refused probes that one finished job pays for, and how many may be saved.
constexpr double paid_by_one = 0.1;
constexpr double purse_max = 8.0;

std::chrono::milliseconds jittered(std::chrono::milliseconds span,
                                   double low,
                                   double high,
                                   random_source& random) {
    const auto drawn = static_cast<double>(span.count()) * random.between(low, high);
    return std::chrono::milliseconds(static_cast<std::int64_t>(drawn));
}

}  // namespace

ceiling::ceiling(ceiling_options options, std::int64_t limit, std::optional<std::int64_t> learned)
    : options_(options),
      limit_(limit),
      learned_(std::max<std::int64_t>(1, learned.value_or(options.first))),
      searching_(!learned),
      interval_(options.probe_interval_min) {}

std::int64_t ceiling::value() const {
    return std::min(limit_, learned_);
}

std::optional<std::int64_t> ceiling::learned() const {
    if (searching_) return goal_;
    return learned_;
}

ceiling::admission ceiling::may_send(steady_time now, std::int64_t in_flight) const {
    using enum wait_reason;
    if (!guarded(guard::ceiling)) return {};
    if (in_flight >= limit_) return {.why = lane_limit};
    if (now < hold_until_) return {.why = pause_after_refusal, .again_at = hold_until_};
    if (in_flight < learned_) return {};
    if (searching_) return {.why = search_for_ceiling};
    if (to_send_ > 0) return {.probe = true};
    const admission full{.why = upstream_full};
    if (unanswered_ > 0) return full;
    // No poll comes where everything has ended already; the round is then forgotten.
    const auto forgotten_at = probe_at_ + interval_;
    if (unproven_ && now < forgotten_at) return {.why = full.why, .again_at = forgotten_at};
    if (in_flight > learned_) return full;
    if (purse_ < 1.0) return full;
    if (now < probe_at_) return {.why = full.why, .again_at = probe_at_};
    return {.probe = true};
}

void ceiling::sent(bool probe) {
    if (!probe) return;
    // The first of a round opens it.
    if (to_send_ == 0) to_send_ = step_;
    unproven_ = false;
    --to_send_;
    ++unanswered_;
}

void ceiling::accepted(steady_time now, bool probe) {
    if (!probe || unanswered_ == 0) return;
    --unanswered_;
    if (unanswered_ == 0) {
        to_send_ = 0;
        unproven_ = true;
        probe_at_ = now;
    }
}

void ceiling::refused(steady_time now, std::int64_t in_flight, bool probe, random_source& random) {
    if (probe && unanswered_ > 0) --unanswered_;
    if (probe) purse_ -= 1.0;
    to_send_ = 0;
    unproven_ = false;
    step_ = 1;
    if (in_flight <= 0) {
        if (falling_)
            goal_ = before_fall_;
        else if (!searching_)
            goal_ = learned_;
        falling_ = false;
        searching_ = true;
        learned_ = std::min(options_.first, goal_.value_or(options_.first));
        return;
    }
    if (in_flight < learned_) {
        if (!std::exchange(falling_, true)) before_fall_ = learned();
        interval_ = options_.probe_interval_min;
        hold_until_ = now + jittered(options_.hold, 0.5, 1.5, random);
        learned_ = in_flight;
    } else if (probe) {
        interval_ = std::min(options_.probe_interval_max, interval_ * 2);
    }
    searching_ = false;
    goal_.reset();
    next_probe(now, random);
}

void ceiling::no_verdict(bool probe) {
    if (probe && unanswered_ > 0) --unanswered_;
    if (unanswered_ == 0) to_send_ = 0;
}

void ceiling::search_on(std::int64_t seen) {
    learned_ = std::max(learned_, std::min(limit_, 2 * seen));
    if (!goal_ || learned_ < *goal_) return;
    learned_ = *goal_;
    goal_.reset();
    searching_ = false;
    interval_ = options_.probe_interval_min;
}

void ceiling::observed(steady_time now, const sight& seen, random_source& random) {
    if (seen.proven) falling_ = false;
    purse_ = std::min(purse_max, purse_ + paid_by_one * static_cast<double>(seen.ended));
    // An upstream that queues instead of refusing shows its maximum by what stays pending. One look
    // is not enough: every operation is pending for a moment.
    pending_polls_ = seen.pending > 0 ? pending_polls_ + 1 : 0;
    if (pending_polls_ >= 2 && seen.running > 0 && seen.running < value()) {
        searching_ = false;
        goal_.reset();
        learned_ = seen.running;
        unproven_ = false;
        step_ = 1;
        interval_ = std::min(options_.probe_interval_max, interval_ * 2);
        next_probe(now, random);
        return;
    }
    if (searching_) return search_on(seen.running + seen.ended);
    if (seen.running > learned_) {
        learned_ = seen.running;
        interval_ = options_.probe_interval_min;
        if (unproven_) {
            step_ = std::min(step_ * 2, std::max<std::int64_t>(1, learned_ / 4));
            // Room was found: look for more soon.
            probe_at_ = now + std::chrono::seconds(1);
            unproven_ = false;
        }
        return;
    }
    if (unproven_) {
        unproven_ = false;
        next_probe(now, random);
    }
}

void ceiling::begin_at(steady_time now, std::int64_t in_flight) {
    searching_ = false;
    goal_.reset();
    falling_ = false;
    learned_ = std::max<std::int64_t>(1, in_flight);
    step_ = 1;
    interval_ = options_.probe_interval_min;
    probe_at_ = now + std::chrono::seconds(1);
}

void ceiling::next_probe(steady_time now, random_source& random) {
    probe_at_ = now + jittered(interval_, 0.8, 1.2, random);
}

}  // namespace cloned
