#pragma once

#include "daemon/scheduler/endpoint_health.hpp"
#include "daemon/scheduler/in_flight.hpp"
#include "daemon/scheduler/name_check.hpp"
#include "daemon/scheduler/upstream_events.hpp"

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cloned::scheduler {

// Sends a job, or several that share a call: intent on disk → the upstream's call → what came of it
// on disk.
//
// Threads: the loop thread only. Lifetime: outlived by everything it is constructed with.
class submitter {
public:
    struct listeners {
        std::function<void(job_id)> running;   // recorded with a task to watch
        std::function<void(job_id)> doubtful;  // recorded as in doubt
    };

    submitter(in_flight_jobs& live,
              planner& plan,
              clock& time,
              random_source& random,
              task_group& group,
              listeners tell);

    // The jobs are live and have their slots; if there are several, the first may share a call with
    // each of the others.
    task<void> send(std::vector<job_id> jobs, endpoint_health& link, name_check& names);

    static bool may_share(const queued_job& a, const queued_job& b);

private:
    // False: the job is not to be sent (any more), which is recorded where it is more than a delay.
    task<bool> has_free_name(job_id job, endpoint_health& link, name_check& names);
    // Records why the job is not sent.
    task<void> keep_back(job_id job, job_update why);
    // The store refused a change of a job that was queued when it was picked.
    void overtaken(job_id job, const error& why);
    // Records the intent, with the task id if that is ours to choose. False: the job is not to be
    // sent any more.
    task<void> look_first(job_id id);
    task<bool> give_slot(job_id job, std::string chosen_task);
    task<void> conclude(job_id job, backends::submit_outcome outcome, endpoint_health& link);
    // Tells the planner and the breaker.
    void tell_of(const submit_verdict& verdict, job_id job, endpoint_health& link);
    // True if a refusal for lack of capacity is none: nothing of ours was in flight, several times,
    // and the upstream lists nobody else's operations. Then the job itself is what it refuses.
    task<bool> is_pointless(job_id job, endpoint_health& link);

    // Constant after construction
    in_flight_jobs& in_flight_;
    planner& plan_;
    clock& clock_;
    random_source& random_;
    task_group& group_;
    listeners tell_;
    // Loop thread only
    std::unordered_map<job_id, int> lonely_refusals_;
};

}  // namespace cloned::scheduler
