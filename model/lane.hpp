#pragma once

#include "model/job.hpp"
#include "model/lane_scope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Lanes and endpoints, as they are configured, kept and shown.
namespace cloned {

// What the configuration says of an endpoint, as far as deciding and showing need it. No secrets.
struct endpoint_info {
    std::string name;
    endpoint_kind kind = endpoint_kind::vcenter;
    std::string address;          // for showing
    bool plain_http = false;      // spoken to without TLS beyond loopback, by the operator's leave
    std::string default_cluster;  // burdened by jobs that name none
    std::string default_folder;   // where new VMs go when a job names no folder
    // The endpoint that lists this endpoint's VMs and whose identifiers they have: itself for
    // vcenter and zstack.
    std::string inventory;
    std::int64_t max_in_flight = 640;
    std::int64_t max_per_source = 0;      // jobs in flight on one source VM; 0: no limit
    by_kind lane_limit = default_limits;  // upper bound of a lane
    by_kind cost = default_costs;         // of a job in the two limits above; a lane counts jobs
    milliseconds poll_interval_min{1000};
    milliseconds poll_interval_max{30'000};
    milliseconds request_timeout{60'000};  // by then a sent request has been answered or is dead
    milliseconds quiesce{30'000};          // added to it before absence may be believed
    // So long the work of a task that the upstream has forgotten may go on where nothing shows it.
    milliseconds forgotten_task_wait{0};
    milliseconds task_timeout{0};          // a task that runs for longer is in doubt; 0: never
    std::vector<std::string> credentials;  // names of the guests' secrets that jobs may refer to
    std::int64_t names_per_call = 1;       // jobs that may share one call, where the upstream can
};

// What survives a restart of a lane; changed by operators and by the learner.
struct lane_settings {
    bool paused = false;
    std::string pause_reason;
    std::optional<std::int64_t> operator_limit;   // SetLaneLimit; replaces the configured one
    std::optional<std::int64_t> learned_ceiling;  // unset: no refusal was ever seen

    friend bool operator==(const lane_settings&, const lane_settings&) = default;
};

struct lane_record {
    lane_id id;
    lane_key key;
    lane_settings settings;
};

// A lane as it is at this moment.
struct lane_status {
    lane_record lane;
    std::int64_t limit = 0;    // configured or set by an operator
    std::int64_t ceiling = 0;  // what is in force: the learned one under the limit
    std::int64_t in_flight = 0;
    std::int64_t in_doubt = 0;  // of those in flight
    std::int64_t queued = 0;
    std::int64_t refusals = 0;  // since the start of the daemon
    std::optional<wall_time> last_refusal_at;
    std::optional<milliseconds> mean_duration;  // of its finished jobs
    // Whose operations the ceiling is for; if not for the lane's alone, how many these may be.
    lane_scope scope = lane_scope::lane;
    std::int64_t shared_ceiling = 0;
    std::int64_t shared_in_flight = 0;
    // Set while the upstream refuses whatever the lane sends, with its words.
    std::optional<wall_time> refused_since;
    std::string refused_words;
};

struct endpoint_status {
    endpoint_info info;
    bool available = true;
    std::string trouble;  // why not available, in the endpoint's own words
    std::int64_t in_flight = 0;
    std::int64_t requests = 0;  // since the start of the daemon
    std::optional<wall_time> last_answer_at;
};

}  // namespace cloned
