#pragma once

#include "simulator/model/random.hpp"
#include "simulator/model/sessions.hpp"
#include "simulator/model/text.hpp"
#include "simulator/model/zstack_types.hpp"

#include <deque>
#include <map>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cloned::simulator {

class world;

// The state of a ZStack management node: VMs, jobs, sessions, and their passage through time. It
// writes into the ledger and the lanes of the world that owns it.
class zstack_node {
public:
    explicit zstack_node(world& owner);
    zstack_node(const zstack_node&) = delete;
    zstack_node& operator=(const zstack_node&) = delete;

    void advance(instant now);

    // Begins a call, or ends it at once with `failure`.
    void start(zstack_clone what,
               const zstack_plan& plan,
               instant blocked,
               std::optional<instant> vanish_after,
               std::optional<zstack_error> failure);

    const zstack_job* job(std::string_view uuid, instant now) const;  // null: unknown or expired
    bool knows(std::string_view uuid) const { return jobs_.contains(std::string(uuid)); }
    std::string new_uuid() { return random_uuid(); }
    std::size_t expire_jobs();

    zstack_vm* find(std::string_view uuid);
    const std::map<std::string, zstack_vm>& all() const { return vms_; }
    std::string add_stranger(std::string_view name, std::uint32_t cluster, std::string_view source);
    bool destroy(std::string_view uuid);
    void forget_records();

    struct work_queue {
        std::int64_t limit = -1;
        std::int64_t running = 0;
        std::int64_t peak_running = 0;
        std::deque<std::pair<std::uint64_t, std::size_t>> waiting;  // job's number, unit
        bool full() const { return limit >= 0 && running >= limit; }
    };
    std::vector<work_queue>& queues() { return queues_; }
    void run_waiting(std::uint32_t cluster);

    static std::string template_uuid(std::uint64_t number);
    std::string cluster_uuid(std::uint32_t cluster) const;
    std::optional<std::uint32_t> cluster(std::string_view uuid) const;
    std::string zone_uuid() const;

    session_table sessions;

private:
    enum class event_kind : std::uint8_t { unit_half, unit_end, job_end };
    struct event {
        instant at;
        std::uint64_t order;
        event_kind kind;
        std::uint64_t job;
        std::size_t unit;
        bool operator>(const event& other) const {
            return at != other.at ? at > other.at : order > other.order;
        }
    };

    void happen(const event& e);
    void begin(zstack_job& job, std::size_t index);
    void end(zstack_job& job, std::size_t index);
    void complete(zstack_job& job);
    void plan_end(zstack_job& job);
    std::string random_uuid();
    std::size_t made_named(std::string_view name) const;

    world& world_;
    random_stream random_;
    instant now_{0};
    std::uint64_t order_ = 0;
    std::uint64_t next_job_ = 1;
    std::map<std::string, zstack_vm> vms_;
    std::map<std::uint64_t, zstack_job> by_number_;
    std::unordered_map<std::string, std::uint64_t> jobs_;
    std::vector<work_queue> queues_;
    std::priority_queue<event, std::vector<event>, std::greater<>> events_;
};

}  // namespace cloned::simulator
