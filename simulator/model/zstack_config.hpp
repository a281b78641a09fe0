#pragma once

#include "simulator/model/choice.hpp"
#include "simulator/model/refusal.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cloned::simulator {

// The settings of the simulated ZStack. What is general (seed, clusters, templates, idle time of
// sessions) it shares with the other servers.
struct zstack_config {
    std::string account = "admin";
    std::string password = "password";
    std::string key_id = "composedKeyId012345";
    std::string key_secret = "composedKeySecret0123456789abcdef";
    std::string address = "10.0.0.5:8080";  // what the node takes for its own, in locations
    std::int64_t utc_offset_min = 0;        // of the node's local time, in which it writes dates
    bool check_zone = false;                // false: only the wall clock of a Date header counts
    bool refuses_known_jobs = true;         // false: a job uuid that is sent again runs again
    bool marks_clones = true;               // their description names the source
    double job_retention_s = 10'800;        // of ended jobs, from their beginning
    std::int64_t clone_limit = -1;  // clones at work in a cluster; others wait without a word
    std::string failed_leaves_vm = "no";
    double poll_unknown = 0;
    std::string poll_unknown_as = "id_1001";
    std::string nic_params = "list";
};

inline constexpr std::string_view zstack_leftovers = "no stopped running";
inline constexpr std::string_view zstack_unknown_ways = "id_1001 id_1001_404 expired";
inline constexpr std::string_view zstack_nic_params = "list string both";

// What the vendor leaves open; POST /_sim/readings changes these as well.
template <class Config, class Visitor>
void visit_zstack_readings(Config& c, Visitor&& visit) {
    visit("zstack_failed_leaves_vm", c.failed_leaves_vm,
          "VMs of a job that a rule makes fail (open: the vendor's steps have no rollback): no, "
          "stopped or running");
    visit("zstack_poll_unknown", c.poll_unknown,
          "part of the polls of live jobs that something in front of the node answers");
    visit("zstack_poll_unknown_as", c.poll_unknown_as,
          "how: id_1001 (503, as of a dead session), id_1001_404 or expired (404)");
    visit("zstack_nic_params", c.nic_params,
          "form of vmNicParams, which differs by build: list, string (that holds a list) or both");
}

// As visit_settings: `visit(name, member, help)` for each.
template <class Config, class Visitor>
void visit_zstack_settings(Config& c, Visitor&& visit) {
    visit("zstack_account", c.account, "ZStack: the account that may log in");
    visit("zstack_password", c.password, "its password");
    visit("zstack_key_id", c.key_id, "id of its access key");
    visit("zstack_key_secret", c.key_secret, "secret of its access key");
    visit("zstack_address", c.address, "host and port that locations of jobs name");
    visit("zstack_utc_offset_min", c.utc_offset_min, "minutes that its clock is ahead of UTC");
    visit("zstack_check_zone", c.check_zone, "the zone of a Date header counts");
    visit("zstack_refuses_known_jobs", c.refuses_known_jobs, "a job uuid cannot be used twice");
    visit("zstack_marks_clones", c.marks_clones, "the description of a clone names its source");
    visit("zstack_job_retention_s", c.job_retention_s, "how long an ended job is known");
    visit("zstack_clone_limit", c.clone_limit, "clones it runs at once per cluster, -1: any");
    visit_zstack_readings(c, visit);
}

inline outcome<void> check_zstack_config(const zstack_config& c) {
    if (!is_choice(zstack_leftovers, c.failed_leaves_vm)) {
        return tl::unexpected(invalid_argument(
            "zstack_failed_leaves_vm is one of: " + std::string(zstack_leftovers) + "."));
    }
    if (!(c.poll_unknown >= 0 && c.poll_unknown <= 1)) {
        return tl::unexpected(invalid_argument("zstack_poll_unknown must be within 0..1."));
    }
    if (!is_choice(zstack_unknown_ways, c.poll_unknown_as)) {
        return tl::unexpected(invalid_argument(
            "zstack_poll_unknown_as is one of: " + std::string(zstack_unknown_ways) + "."));
    }
    if (!is_choice(zstack_nic_params, c.nic_params)) {
        return tl::unexpected(invalid_argument(
            "zstack_nic_params is one of: " + std::string(zstack_nic_params) + "."));
    }
    return {};
}

}  // namespace cloned::simulator
