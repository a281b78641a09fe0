#pragma once

#include "daemon/scheduler/endpoint.hpp"
#include "daemon/scheduler/housekeeper.hpp"
#include "daemon/scheduler/job_control.hpp"
#include "daemon/scheduler/shared_parts.hpp"

#include <string>
#include <vector>

namespace cloned::scheduler {

// What clients and operators ask for, done beside the jobs that go their way.
//
// Threads: the loop thread only. Lifetime: outlived by everything it is constructed with.
class job_commands final : public job_control {
public:
    job_commands(const shared_parts& shared, endpoint_table& endpoints, housekeeper& calendar)
        : shared_(shared), endpoints_(endpoints), calendar_(calendar) {}

    void accepted(const storage::accepted_batch& batch) override;
    task<explanation> explain(job_record job) override;
    task<result<void>> cancel(job_id job) override;
    task<result<cancel_tally>> cancel_batch(batch_id batch) override;
    task<result<std::int64_t>> retry_batch(batch_id batch, bool cancelled_too) override;
    task<result<void>> resolve(job_id job, resolution what) override;
    std::vector<lane_status> lanes() const override;
    result<lane_status> lane(lane_id id) const override;
    task<result<lane_status>> pause_lane(lane_id id, std::string reason) override;
    task<result<lane_status>> resume_lane(lane_id id) override;
    task<result<lane_status>> set_lane_limit(lane_id id,
                                             std::optional<std::int64_t> limit) override;
    std::vector<endpoint_status> endpoints() const override;
    task<result<void>> log_in(std::string endpoint) override;

private:
    void add_disk_trouble(lane_status& lane) const;
    task<result<lane_status>> change_lane(lane_id id, lane_settings settings);
    task<result<void>> reopen(job_record job);
    task<result<void>> cancel_waiting(job_record job);
    task<result<std::int64_t>> cancel_waiting_of(batch_id batch);
    // Adds those to `early` that wait for a job which must be given another try first.
    task<result<std::int64_t>> retry(std::vector<queued_job> jobs, std::vector<queued_job>& early);
    struct open_jobs {
        std::int64_t waiting = 0;
        std::int64_t with_upstream = 0;
    };
    task<result<open_jobs>> cancel_sent_of(batch_id batch);
    task<result<state_counts>> counts_of(batch_id batch);
    // Marks those that are with the upstream as unwanted and asks it; returns how many there are.
    // `unavailable` if the wish could not be recorded.
    task<result<std::int64_t>> cancel_live(std::vector<job_id> jobs);

    // Constant after construction
    const shared_parts& shared_;
    endpoint_table& endpoints_;
    housekeeper& calendar_;
};

}  // namespace cloned::scheduler
