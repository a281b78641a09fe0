#pragma once

#include "base/clock.hpp"
#include "daemon/scheduler/planner.hpp"
#include "storage/calendar.hpp"

#include <memory>
#include <optional>

namespace cloned::scheduler {

// What the calendar asks for: jobs whose pause is over, jobs whose deadline has passed, batches
// that have been kept long enough.
//
// Threads: the loop thread only. Lifetime: outlived by everything it is constructed with.
class housekeeper {
public:
    struct options {
        std::optional<std::chrono::hours> keep_ended;  // unset: forever
    };

    // `dispatch` is woken when the planner has been told of jobs whose pause is over.
    housekeeper(
        storage::calendar& store, clock& time, options wanted, planner& plan, alarm& dispatch);

    // Something is due at `when`, perhaps earlier than anything known.
    void due_at(wall_time when);

    // Lasts until cancelled.
    task<void> run();

    // When the store last took a write of ours: both the loop and the writer were alive then. A
    // round is made at least every few seconds, due or not.
    steady_time last_round_at() const { return last_round_at_; }

private:
    task<void> do_what_is_due();
    task<void> purge();

    // Constant after construction
    storage::calendar& store_;
    clock& clock_;
    options options_;
    planner& plan_;
    alarm& dispatch_;
    std::unique_ptr<alarm> alarm_;
    // Loop thread only
    std::optional<wall_time> next_due_;
    wall_time next_purge_{};
    steady_time last_round_at_{};
};

}  // namespace cloned::scheduler
