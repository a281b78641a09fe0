#pragma once

#include "daemon/scheduler/lane_queues.hpp"
#include "model/ceiling.hpp"
#include "model/durations.hpp"
#include "model/lane.hpp"
#include "model/lane_breaker.hpp"
#include "model/lane_scope.hpp"
#include "model/misfits.hpp"
#include "model/wait_reason.hpp"

#include <list>
#include <map>
#include <optional>
#include <string>
#include <tuple>
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
// The ceiling that is learned is a lane's own until the upstream's answers show that lanes of an
// endpoint share one (model/lane_scope.hpp); then these lanes take turns at every slot of it.
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
    // How many wait in a queue as far as is known; unset: its lane is not.
    std::optional<std::int64_t> waiting(const storage::queue_key& queue) const;
    // More may wait there than are known: the queue is loaded again.
    void distrust(const storage::queue_key& queue);
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

    // --- what the upstream said to a job that holds a slot
    void accepted(job_id id, steady_time now);
    // It is done, or a poll has shown it at work or ended: it was taken.
    void taken(job_id id, steady_time now);
    // For lack of capacity, in the answer or in the task. Those that one poll has shown are told of
    // together, because none of them was with the upstream when the others were refused. What
    // becomes of each, in their order.
    std::vector<refusal_ruling> refused(const std::vector<job_id>& ids,
                                        const std::string& words,
                                        steady_time now,
                                        wall_time wall);
    // That something is busy, or not available.
    void busy(job_id id, const std::string& words, steady_time now, wall_time wall);
    void no_verdict(job_id id);
    bool has_taken_since(lane_id lane, steady_time since) const;
    bool refuses_all(lane_id lane) const;
    // What a poll of an endpoint saw in one of its lanes.
    struct lane_sight {
        std::vector<job_id> running;
        std::vector<job_id> ended;  // and not refused
        std::int64_t pending = 0;   // accepted long ago, but not begun
    };
    void polled(const std::map<lane_id, lane_sight>& seen, steady_time now);
    // Does the lane wait for a poll to show that what was accepted is taken?
    bool awaits_proof(lane_id lane) const;
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
        scope_choice scope;
    };
    // Lanes that would share a ceiling under one scope.
    struct lane_group {
        explicit lane_group(ceiling with) : learner(std::move(with)) {}

        std::int64_t with_upstream() const { return in_flight - refused; }

        ceiling learner;
        scope_record record;
        std::int64_t in_flight = 0;
        std::int64_t in_doubt = 0;
        std::int64_t refused = 0;  // of those in flight: turned away, and not yet requeued
    };
    struct lane_state {
        lane_group& own() const { return *groups.front(); }
        // The one whose ceiling is in force.
        lane_group& shared() const;

        lane_record record;
        endpoint_slots* endpoint = nullptr;
        // Its group under each scope; where no ceiling is hidden, its own alone.
        std::vector<lane_group*> groups;
        lane_queues queues;
        duration_model durations;
        std::int64_t cost = 1;
        lane_breaker breaker;
        misfits odd_ones;
        std::int64_t unproven = 0;  // in flight, and not shown to have been taken
        // So long after the call a task was refused: one that runs no longer proves nothing.
        milliseconds refused_after{0};
        std::int64_t refusals = 0;
        std::optional<wall_time> last_refusal_at;
        steady_time taken_at = steady_time::min();  // when one was last shown to have been taken
    };
    struct slot {
        lane_state* lane = nullptr;
        std::string source;
        ceiling* probes = nullptr;  // not answered yet
        bool was_probe = false;
        bool in_doubt = false;
        bool refused = false;
        bool unproven = false;
        // Once accepted: those with the upstream besides it, in each group, and when that was.
        std::optional<by_scope<std::int64_t>> others;
        steady_time accepted_at{};
    };
    using group_key = std::tuple<lane_scope, std::string, std::string, job_kind>;
    using source_key = std::pair<std::string, std::string>;  // endpoint or inventory, VM

    static std::int64_t limit_of(const endpoint_info& endpoint, const lane_record& lane);
    static ceiling::admission may_send(const lane_state& lane, steady_time now);
    wait_reason fits(const lane_state& lane, const queued_job& job) const;
    std::vector<lane_group*> groups_of(const lane_record& lane, const endpoint_info& info);
    slot& take_slot(lane_state& lane, job_id id, const std::string& source);
    static by_scope<std::int64_t> others_of(const slot& which, bool still_counted);
    void learn_refusal(lane_state& lane,
                       const by_scope<std::int64_t>& others,
                       bool probe,
                       const std::string& words,
                       steady_time now,
                       wall_time wall);
    static void note_lateness(const slot& held, steady_time now);
    void change_scope(endpoint_slots& endpoint, steady_time now);
    void prove(slot& which, job_id id, const by_scope<std::int64_t>& ended, steady_time now);
    bool is_at_work(job_id id, steady_time now) const;
    std::size_t window() const;
    void note_next_pick(std::optional<steady_time> at);
    static lane_status status_of(const lane_state& lane);

    // Constant after construction
    planner_options options_;
    random_source& random_;
    // Loop thread only
    std::map<std::string, endpoint_slots> endpoints_;
    std::map<group_key, lane_group> groups_;
    std::map<lane_id, lane_state> lanes_;
    std::map<lane_id, lane_record> homeless_;  // of endpoints that are not configured
    std::map<lane_id, std::int64_t> homeless_jobs_;
    std::map<source_key, std::int64_t> sources_;
    std::map<source_key, std::int64_t> changing_;  // VMs that a job changes, by inventory
    std::unordered_map<job_id, slot> slots_;
    std::optional<steady_time> next_pick_;
    std::list<lane_state*> turns_;  // the one that was served last at the end
};

}  // namespace cloned::scheduler
