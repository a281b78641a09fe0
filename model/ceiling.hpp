#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "model/wait_reason.hpp"

#include <cstdint>
#include <optional>

namespace cloned {

struct ceiling_options {
    std::int64_t first = 4;  // where the search begins
    std::chrono::milliseconds probe_interval_min{15'000};
    std::chrono::milliseconds probe_interval_max{600'000};
    std::chrono::milliseconds hold{500};           // pause after a refusal below the ceiling
    std::chrono::milliseconds lonely_hold{2'000};  // the same when nothing of ours was in flight
};

// Learns how many operations the upstream takes at once, from its refusals alone.
//
// A refusal seen with exactly n of ours in flight says that the maximum is n: below n jobs are sent
// at once, above it only rare, jittered probes, one at first, doubling while they succeed. Until
// the first refusal every acceptance raises the ceiling. A probe raises the ceiling only when a
// poll has shown that so many really ran at the same time: an operation that had ended unseen would
// otherwise lend its slot and be taken for room above the ceiling.
//
// Pure: time and randomness come from the caller. Counts are jobs in flight in one lane.
class ceiling {
public:
    ceiling(ceiling_options options, std::int64_t limit, std::optional<std::int64_t> learned);

    struct admission {
        wait_reason why = wait_reason::none;  // none: it may
        bool probe = false;
        std::optional<steady_time> again_at;  // when the reason may end by itself

        bool send() const { return why == wait_reason::none; }
    };
    // May one more be sent while `in_flight` are?
    admission may_send(steady_time now, std::int64_t in_flight) const;

    // One was sent as may_send() allowed, `in_flight` now include it.
    void sent(bool probe);
    // It was accepted; `in_flight` include it.
    void accepted(steady_time now, std::int64_t in_flight, bool probe);
    // It was refused for lack of capacity; `in_flight` are those besides it.
    void refused(steady_time now, std::int64_t in_flight, bool probe, random_source& random);
    // It failed or got no answer: nothing is learned.
    void no_verdict(bool probe);

    // A poll saw `running` at work at the same time and `pending` accepted but not begun.
    void observed(steady_time now,
                  std::int64_t running,
                  std::int64_t pending,
                  random_source& random);

    void set_limit(std::int64_t limit) { limit_ = limit; }
    std::int64_t limit() const { return limit_; }
    // What is in force now.
    std::int64_t value() const;
    // What is worth keeping over a restart: set once the upstream has refused.
    std::optional<std::int64_t> learned() const;

private:
    void next_probe(steady_time now, random_source& random);

    // Constant after construction
    ceiling_options options_;
    // Loop thread only
    std::int64_t limit_;
    std::int64_t learned_;
    bool searching_;            // no refusal yet
    std::int64_t step_ = 1;     // probes of the next round
    std::int64_t to_send_ = 0;  // probes of this round that were not sent yet
    std::int64_t unanswered_ = 0;
    bool unproven_ = false;  // a round was accepted and awaits a poll
    int pending_polls_ = 0;
    std::chrono::milliseconds interval_;
    steady_time probe_at_{};
    steady_time hold_until_{};
};

}  // namespace cloned
