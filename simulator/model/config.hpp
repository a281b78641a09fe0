#pragma once

#include "simulator/model/readings.hpp"
#include "simulator/model/refusal.hpp"
#include "simulator/model/rules.hpp"
#include "simulator/model/sts_settings.hpp"
#include "simulator/model/vi_settings.hpp"
#include "simulator/model/zstack_config.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::simulator {

enum class name_mode : std::uint8_t {
    at_post,  // a taken name is refused by the call
    in_task,  // the call is accepted and its task fails
    allow,    // the second VM is made: shows whether the caller ever asks for one
};
constexpr auto words(name_mode) {
    return std::array<std::string_view, 3>{"at_post", "in_task", "allow"};
}

// How long an operation takes. With a sigma the median is `ms` and the shape log-normal; with a
// spread the duration is uniform in ms * (1 ± spread).
struct duration_law {
    double ms = 2000;
    double sigma = 0;
    double spread = 0;
};

// The settings of one world. They are the program's options.
struct config : readings {
    std::int64_t seed = 1;
    std::int64_t epoch_ms = 1'772'446'500'000;  // wall time at instant 0; 2026-03-02T10:15:00Z

    std::string user = "svc@vsphere.local";
    std::string password = "secret";
    std::string static_header;  // name of a header that snapservice takes for a login
    std::string static_header_value;
    std::string saml_token;  // taken in `Authorization: SIGN token="..."` at snapservice
    bool accept_vcenter_session = true;
    double session_idle_s = 7200;
    std::int64_t session_limit = 550;

    std::int64_t clusters = 2;
    std::int64_t hosts = 4;
    std::int64_t folders = 3;
    std::int64_t templates = 4;
    std::int64_t deleted_vms = 16;
    std::int64_t snapshots = 2;
    std::string instance_uuid = "059dd233-dedf-4960-bba8-ab6710e6aeb4";

    duration_law clone;
    duration_law linked_clone;
    duration_law restore;
    duration_law zstack_clone;
    double pending_share = 0.05;  // part of a task's duration that it spends PENDING
    double task_retention_s = 600;
    bool cancelable = true;   // vCenter's tasks; snapservice has no cancel
    double tools_ms = 1000;   // from power on until the Tools run
    double latency_ms = 0;    // added to every answer
    double list_lag_ms = -1;  // vCenter lists what was made so long after its end; -1: at once

    // Capacity; -1 is "no limit".
    std::int64_t linked_clone_limit = 8;
    std::int64_t restore_limit = 4;
    std::int64_t clone_limit = -1;  // vCenter: tasks above it stay PENDING
    std::int64_t strangers = 0;     // slots of each snapservice lane held by others all the time
    double strangers_per_s = 0;     // operations of others that arrive at random, per lane
    double strangers_ms = 2000;     // their mean duration
    bool enforce = true;            // false: limits are only judged, never enforced
    bool capacity_first = false;    // with a taken name and no slot: which refusal is sent

    name_mode names = name_mode::at_post;
    std::int64_t ledger_max = 200'000;   // operations kept for lists; counters stay exact
    std::int64_t huge_bytes = 64 << 20;  // of a `huge` answer

    zstack_config zstack;
    sts_settings sts;
    vi_settings vi;

    std::vector<fault_rule> rules;

    const duration_law& law(operation_kind kind) const;
    std::int64_t limit(operation_kind kind) const;
};

// Calls `visit(name, member, help)` for each plain setting; names are those of the options.
template <class Config, class Visitor>
void visit_settings(Config& c, Visitor&& visit) {
    visit("seed", c.seed, "seed of everything random");
    visit("user", c.user, "the account that may log in");
    visit("password", c.password, "its password");
    visit("static_header", c.static_header, "header that snapservice takes instead of a session");
    visit("static_header_value", c.static_header_value, "value of that header");
    visit("saml_token", c.saml_token, "token that snapservice takes in Authorization: SIGN");
    visit("accept_vcenter_session", c.accept_vcenter_session, "snapservice takes vCenter's tokens");
    visit("session_idle_s", c.session_idle_s, "idle time that ends a session");
    visit("session_limit", c.session_limit, "sessions of a user at each server");
    visit("clusters", c.clusters, "clusters domain-c8, domain-c9, ...");
    visit("hosts", c.hosts, "hosts of each cluster");
    visit("folders", c.folders, "VM folders group-v3, group-v4, ...");
    visit("templates", c.templates, "source VMs vm-42, vm-43, ... spread over the clusters");
    visit("deleted_vms", c.deleted_vms, "VMs to restore, vm-9001, ... spread over the clusters");
    visit("snapshots", c.snapshots, "snapshots of each of these VMs");
    visit("instance_uuid", c.instance_uuid, "vCenter's own id, second part of its task ids");
    visit("clone_ms", c.clone.ms, "duration of a clone");
    visit("clone_sigma", c.clone.sigma, "log-normal shape of it");
    visit("clone_spread", c.clone.spread, "or uniform within this share of it");
    visit("linked_clone_ms", c.linked_clone.ms, "duration of a linked clone");
    visit("linked_clone_sigma", c.linked_clone.sigma, "log-normal shape of it");
    visit("linked_clone_spread", c.linked_clone.spread, "or uniform within this share of it");
    visit("restore_ms", c.restore.ms, "duration of a restore");
    visit("restore_sigma", c.restore.sigma, "log-normal shape of it");
    visit("restore_spread", c.restore.spread, "or uniform within this share of it");
    visit("zstack_clone_ms", c.zstack_clone.ms, "duration of a ZStack's clone");
    visit("zstack_clone_sigma", c.zstack_clone.sigma, "log-normal shape of it");
    visit("zstack_clone_spread", c.zstack_clone.spread, "or uniform within this share of it");
    visit_zstack_settings(c.zstack, visit);
    visit("pending_share", c.pending_share, "part of its duration that a task is PENDING");
    visit("task_retention_s", c.task_retention_s, "how long a finished task is known");
    visit("cancelable", c.cancelable, "vCenter's tasks can be cancelled");
    visit("tools_ms", c.tools_ms, "from power on until the Tools run");
    visit("list_lag_ms", c.list_lag_ms, "VMs are listed so long after they were made, -1: at once");
    visit("latency_ms", c.latency_ms, "delay of every answer");
    visit("names", c.names, "what happens with a taken name (open: the call fails, or its task)");
    visit("linked_clone_limit", c.linked_clone_limit, "linked clones at once per cluster, -1: any");
    visit("restore_limit", c.restore_limit, "restores at once per cluster, -1: any");
    visit("clone_limit", c.clone_limit, "clones that vCenter runs at once, -1: any");
    visit("strangers", c.strangers, "slots of each snapservice lane that others hold always");
    visit("strangers_per_s", c.strangers_per_s, "operations of others per lane and second");
    visit("strangers_ms", c.strangers_ms, "mean duration of these");
    visit("enforce", c.enforce, "false: limits are judged but not enforced");
    visit("capacity_first", c.capacity_first, "no slot is reported before a taken name");
    visit("ledger_max", c.ledger_max, "operations that the ledger lists");
    visit("huge_bytes", c.huge_bytes, "size of a `huge` answer");
    visit_first_readings(c, visit);
    visit_readings(c, visit);
    visit_vi_settings(c.vi, visit);
    visit_sts_settings(c.sts, visit);
}

// Counts out of range are refused here, so that the world may take them as they are.
outcome<void> check_config(const config& c);

}  // namespace cloned::simulator
