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
    std::chrono::milliseconds probe_interval_max{120'000};
    std::chrono::milliseconds hold{500};  // pause after a refusal below the ceiling
};

// Learns how many operations the upstream takes at once, from its refusals alone.
//
// A refusal seen with exactly n of ours in flight says that the maximum is n: below n jobs are sent
// at once, above it only rare, jittered probes, one at first, doubling while they succeed. Only a
// poll proves that an operation was taken, because some upstreams accept a call and refuse in the
// task. So until the first refusal each poll makes room for twice as many as it has seen at work;
// and a probe raises the ceiling only when a poll has shown that so many really ran at the same
// time: an operation that had ended unseen would otherwise lend its slot and be taken for room
// above the ceiling.
//
// Finished jobs pay for probes, so that long operations are not probed more often than they end.
//
// A refusal with nothing in flight tells of no maximum: the upstream is closed. What was known
// before it closed is searched for again, in a few polls, when it has opened.
//
// Pure: time and randomness come from the caller. Counts are jobs in flight of one lane, or of the
// lanes that share a maximum.
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
    // It was accepted, which is no proof yet.
    void accepted(steady_time now, bool probe);
    // It was refused for lack of capacity; `in_flight` are those besides it.
    void refused(steady_time now, std::int64_t in_flight, bool probe, random_source& random);
    // It failed or got no answer: nothing is learned.
    void no_verdict(bool probe);

    // What a poll saw of the jobs in flight.
    struct sight {
        std::int64_t running = 0;  // at work at the same time
        std::int64_t ended = 0;    // since the last poll, and not refused
        std::int64_t pending = 0;  // accepted long ago, but not begun
        bool proven = false;       // one of them was taken since the last poll
    };
    void observed(steady_time now, const sight& seen, random_source& random);
    // So many are in flight, and that is what the upstream takes until more is known.
    void begin_at(steady_time now, std::int64_t in_flight);
    // Does a job wait for what the next poll shows of those in flight?
    bool awaits_proof(std::int64_t in_flight) const {
        return unproven_ || (searching_ && in_flight >= learned_ && learned_ < limit_);
    }

    void set_limit(std::int64_t limit) { limit_ = limit; }
    std::int64_t limit() const { return limit_; }
    // What is in force now.
    std::int64_t value() const;
    // What is worth keeping over a restart: set once the upstream has refused for want of room.
    std::optional<std::int64_t> learned() const;

private:
    void next_probe(steady_time now, random_source& random);
    void search_on(std::int64_t seen);

    // Constant after construction
    ceiling_options options_;
    // Loop thread only
    std::int64_t limit_;
    std::int64_t learned_;
    bool searching_;                    // no refusal yet, or none since the upstream has opened
    std::optional<std::int64_t> goal_;  // what was known before it closed
    bool falling_ = false;              // refused below, and nothing was taken since
    std::optional<std::int64_t> before_fall_;  // learned() before that
    std::int64_t step_ = 1;                    // probes of the next round
    std::int64_t to_send_ = 0;                 // probes of this round that were not sent yet
    std::int64_t unanswered_ = 0;
    bool unproven_ = false;  // a round was accepted and awaits a poll
    int pending_polls_ = 0;
    double purse_ = 4.0;  // refused probes that finished jobs have paid for
    std::chrono::milliseconds interval_;
    steady_time probe_at_{};
    steady_time hold_until_{};
};

}  // namespace cloned
