#pragma once

#include "daemon/scheduler/lane_queues.hpp"
#include "model/ceiling.hpp"
#include "model/durations.hpp"
#include "model/lane.hpp"
#include "model/wait_reason.hpp"

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cloned::scheduler {

struct planner_options {
    lane_queues::options queues;
    ceiling_options ceilings;
    std::size_t loaded_jobs_max = 65'536;  // in memory over all lanes; lanes beyond load little
};

// Who is sent next: lanes, their ceilings and queues, and every slot that is taken. Three limits
// hold at once, endpoint ⊃ lane ⊃ source VM; a job pays its cost in the first and the last, and one
// that costs more than a limit has runs alone. A VM is changed by one job at a time, whatever their
// lanes.
//
// Pure: no I/O, no clock. Not thread-safe.
class planner {
public:
    planner(planner_options options, random_source& random);

    void add_endpoint(const endpoint_info& endpoint);
    // False if the lane's endpoint is not configured (any more); its jobs wait.
    bool add_lane(const lane_record& lane);
    void set_settings(lane_id lane, const lane_settings& settings);
    void set_available(const std::string& endpoint, bool available);

    // --- queues -----------------------------------------------------------------------------
    void add_backlog(const storage::queue_length& added);
    // The queues that should be loaded now; each is named once until loaded() or load_failed().
    std::vector<queue_load> take_loads();
    std::size_t loaded_jobs() const;  // over all lanes
    // The first `asked.jobs` jobs of the queue, as the store has them.
    void loaded(const queue_load& asked, std::vector<queued_job> jobs);
    void load_failed(const queue_load& asked);
    // Forgets a waiting job; false if it is not in memory.
    bool forget(job_id id, lane_id lane, job_priority priority, tenant_id tenant);

    // --- slots ------------------------------------------------------------------------------
    struct picked {
        queued_job job;
        bool probe = false;
    };
    // At most `most` jobs that may be sent now; each has taken its slot.
    std::vector<picked> pick(steady_time now, wall_time wall, std::size_t most);
    // When pick() may return more without another event.
    std::optional<steady_time> next_pick() const { return next_pick_; }

    // Why pick() passes over a queued job; what it goes by itself.
    struct verdict {
        wait_reason why = wait_reason::none;
        std::string vm;                        // vm_limit, vm_being_changed
        std::optional<milliseconds> again_in;  // when the reason may end by itself
    };
    verdict why(job_id id, const storage::queue_key& queue, steady_time now) const;

    // Who is likely to be picked next at this endpoint, at most `most`.
    std::vector<const queued_job*> upcoming(const std::string& endpoint, std::size_t most) const;

    // A job that was with the upstream already when the daemon started.
    void hold(job_id id, lane_id lane, const std::string& source);
    void release(job_id id);
    // Gives the slot back and puts the job at its place in the queue.
    void requeue(queued_job job);

    // What the upstream said to a job that holds a slot.
    void accepted(job_id id, steady_time now);
    void refused(job_id id, steady_time now, wall_time wall);
    void no_verdict(job_id id);
    // What a poll saw in a lane.
    void observed(lane_id lane, std::int64_t running, std::int64_t pending, steady_time now);
    void finished(lane_id lane, milliseconds took);
    void set_in_doubt(job_id id, bool in_doubt);

    // --- for showing and for keeping ----------------------------------------------------------
    std::vector<lane_status> lanes() const;
    std::optional<lane_status> lane(lane_id id) const;
    const duration_model* durations(lane_id lane) const;
    std::int64_t in_flight(const std::string& endpoint) const;
    // Lanes whose learned ceiling has changed since the last call.
    std::vector<lane_record> take_learned();

private:
    struct endpoint_slots {
        endpoint_info info;
        bool available = true;
        std::int64_t used = 0;
        std::int64_t jobs = 0;
    };
    struct lane_state {
        lane_record record;
        endpoint_slots* endpoint = nullptr;
        ceiling learner;
        lane_queues queues;
        duration_model durations;
        std::int64_t cost = 1;
        std::int64_t in_flight = 0;
        std::int64_t in_doubt = 0;
        std::int64_t refused = 0;  // of those in flight: turned away, and not yet requeued
        std::int64_t refusals = 0;
        std::optional<wall_time> last_refusal_at;
    };
    struct slot {
        lane_state* lane = nullptr;
        std::string source;
        bool probe = false;
        bool in_doubt = false;
        bool refused = false;
    };
    using source_key = std::pair<std::string, std::string>;  // endpoint or inventory, VM

    static std::int64_t limit_of(const endpoint_info& endpoint, const lane_record& lane);
    static ceiling::admission may_send(const lane_state& lane, steady_time now);
    wait_reason fits(const lane_state& lane, const queued_job& job) const;
    void take_slot(lane_state& lane, job_id id, const std::string& source, bool probe);
    std::size_t window() const;
    void note_next_pick(std::optional<steady_time> at);
    static lane_status status_of(const lane_state& lane);

    // Constant after construction
    planner_options options_;
    random_source& random_;
    // Loop thread only
    std::map<std::string, endpoint_slots> endpoints_;
    std::map<lane_id, lane_state> lanes_;
    std::map<lane_id, lane_record> homeless_;  // of endpoints that are not configured
    std::map<lane_id, std::int64_t> homeless_jobs_;
    std::map<source_key, std::int64_t> sources_;
    std::map<source_key, std::int64_t> changing_;  // VMs that a job changes, by inventory
    std::unordered_map<job_id, slot> slots_;
    std::optional<steady_time> next_pick_;
    lane_id first_lane_;  // whose turn it is
};

}  // namespace cloned::scheduler
