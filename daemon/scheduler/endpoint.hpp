#pragma once

#include "daemon/scheduler/endpoint_health.hpp"
#include "daemon/scheduler/endpoint_jobs.hpp"
#include "daemon/scheduler/name_check.hpp"
#include "daemon/scheduler/poller.hpp"
#include "daemon/scheduler/reconciler.hpp"
#include "daemon/scheduler/shared_parts.hpp"
#include "daemon/scheduler/submitter.hpp"
#include "daemon/scheduler/task_endings.hpp"

#include <map>
#include <string>
#include <vector>

namespace cloned::scheduler {

// One upstream server and the way of a job through it: the submitter sends it, the poller watches
// its task, the reconciler finds out what became of it where no answer came.
//
// Threads: the loop thread only. Lifetime: outlived by the shared parts and the backend.
class endpoint final : public endpoint_jobs {
public:
    endpoint(const shared_parts& shared, endpoint_info info, backends::backend& backend);

    const endpoint_info& info() const { return health_.info(); }
    endpoint_status status() const { return health_.status(); }
    task<result<void>> log_in() { return health_.log_in(); }

    // Watches what runs from now on.
    void start();
    // See submitter::send().
    task<void> send(std::vector<job_id> jobs) { return submitter_.send(std::move(jobs)); }
    // The job runs and is not wanted any more: asks the upstream, until it has heard of it. What
    // it answers is told by the job.
    void cancel(job_id job);

    void running(job_id job) override;
    void doubtful(job_id job) override { reconciler_.settle(job); }
    void ended(job_id job, job_update as) override { endings_.conclude(job, std::move(as)); }
    std::vector<std::pair<std::string, job_id>> live_tasks() const override {
        return poller_.live_tasks();
    }
    std::vector<vm_identity> upcoming_names(std::size_t most) const override;

private:
    task<void> ask_to_cancel(job_id job);
    // Records what the upstream answered.
    task<void> take_cancel_answer(job_id job, result<backends::cancel_outcome> answer);

    // Constant after construction
    const shared_parts& shared_;
    // Loop thread only
    endpoint_health health_;
    name_check names_;
    submitter submitter_;
    poller poller_;
    task_endings endings_;
    reconciler reconciler_;
};

// The configured endpoints, by name and by lane.
class endpoint_table {
public:
    void add(const shared_parts& shared, const endpoint_info& info, backends::backend& backend);
    void add_lane(const lane_record& lane);
    void start();

    // Null if the lane's endpoint is not configured (any more).
    endpoint* of(lane_id lane) const;
    // Null if none of that name is configured.
    endpoint* find(std::string_view name);

    std::vector<endpoint_status> status() const;

private:
    std::map<std::string, endpoint, std::less<>> all_;
    std::map<lane_id, endpoint*> by_lane_;
};

}  // namespace cloned::scheduler
