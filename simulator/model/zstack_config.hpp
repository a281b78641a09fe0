#pragma once

#include <cstdint>
#include <string>

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
};

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
}

}  // namespace cloned::simulator
