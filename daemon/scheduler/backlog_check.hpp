#pragma once

#include "base/clock.hpp"
#include "daemon/scheduler/in_flight.hpp"
#include "daemon/scheduler/planner.hpp"
#include "storage/queue_store.hpp"

#include <map>

namespace cloned::scheduler {

// Compares, each minute, how many jobs the planner believes to wait with how many wait in the
// store. Where the store has more, somebody was not told of a job: it would wait for good. That is
// a fault of ours, and logged as one; the queue is loaded again, which mends it.
//
// Both counts move while jobs do. So a queue counts only if two looks, some seconds apart, find the
// same two numbers. Fewer in the store than known here is no fault: jobs beyond the window are
// cancelled without the planner, and the next load corrects its count.
//
// Costs one short read a minute. Threads: the loop thread only. Lifetime: outlived by everything
// that it is constructed with.
class backlog_check {
public:
    backlog_check(storage::queue_store& store,
                  clock& time,
                  planner& plan,
                  const in_flight_jobs& in_flight,
                  alarm& dispatch)
        : store_(store), clock_(time), plan_(plan), in_flight_(in_flight), dispatch_(dispatch) {}

    // Lasts until cancelled.
    task<void> run();

    std::int64_t faults() const { return faults_; }

private:
    struct difference {
        std::int64_t stored = 0;
        std::int64_t known = 0;

        friend bool operator==(const difference&, const difference&) = default;
    };
    using differences = std::map<storage::queue_key, difference>;

    // The queues of which more waits in the store than is known.
    task<differences> compare();
    void mend(const storage::queue_key& queue, const difference& found);

    // Constant after construction
    storage::queue_store& store_;
    clock& clock_;
    planner& plan_;
    const in_flight_jobs& in_flight_;
    alarm& dispatch_;
    // Loop thread only
    std::int64_t faults_ = 0;
};

}  // namespace cloned::scheduler
