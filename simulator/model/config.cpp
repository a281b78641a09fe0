#include "simulator/model/config.hpp"

#include <algorithm>
#include <cmath>

namespace cloned::simulator {

const duration_law& config::law(operation_kind kind) const {
    switch (kind) {
        case operation_kind::clone:
            return clone;
        case operation_kind::linked_clone:
            return linked_clone;
        case operation_kind::zstack_clone:
            return zstack_clone;
        case operation_kind::restore:
            break;
    }
    return restore;
}

std::int64_t config::limit(operation_kind kind) const {
    switch (kind) {
        case operation_kind::clone:
            return clone_limit;
        case operation_kind::linked_clone:
            return linked_clone_limit;
        case operation_kind::zstack_clone:
            return zstack.clone_limit;
        case operation_kind::restore:
            break;
    }
    return restore_limit;
}

namespace {

outcome<void> check_readings(const config& c) {
    const std::int64_t named = std::count(c.hidden_names.begin(), c.hidden_names.end(), ',') + 1;
    if (c.hidden_templates < 0 || c.hidden_templates + named > 900) {
        return tl::unexpected(
            invalid_argument("hidden_templates must be within 0..900, hidden_names included."));
    }
    if (c.nested_folders < 0 || c.nested_folders > 1000 || c.strange_tasks < 0 ||
        c.strange_tasks > 100'000 || c.tools_missing < 0 || c.lockout_after < 0) {
        return tl::unexpected(invalid_argument(
            "nested_folders must be within 0..1000, strange_tasks 0..100000, tools_missing and "
            "lockout_after must not be negative."));
    }
    if (c.lockout_status != 401 && c.lockout_status != 403) {
        return tl::unexpected(invalid_argument("lockout_status is 401 or 403."));
    }
    return {};
}

}  // namespace

outcome<void> check_config(const config& c) {
    const auto within = [](std::int64_t n, std::int64_t low, std::int64_t high) {
        return n >= low && n <= high;
    };
    if (!within(c.clusters, 1, 700) || !within(c.hosts, 1, 90) || !within(c.folders, 1, 1000)) {
        return tl::unexpected(
            invalid_argument("clusters must be within 1..700, folders 1..1000, hosts 1..90."));
    }
    if (!within(c.templates, 0, 8000) || !within(c.deleted_vms, 0, 90'000) ||
        !within(c.snapshots, 1, 1000)) {
        return tl::unexpected(invalid_argument(
            "templates must be within 0..8000, deleted_vms within 0..90000, snapshots 1..1000."));
    }
    for (const double n : {c.clone.ms,
                           c.linked_clone.ms,
                           c.restore.ms,
                           c.clone.sigma,
                           c.linked_clone.sigma,
                           c.restore.sigma,
                           c.zstack_clone.ms,
                           c.zstack_clone.sigma,
                           c.zstack_clone.spread,
                           c.zstack.job_retention_s,
                           c.clone.spread,
                           c.linked_clone.spread,
                           c.restore.spread,
                           c.session_idle_s,
                           c.task_retention_s,
                           c.tools_ms,
                           c.latency_ms,
                           c.strangers_per_s,
                           c.strangers_ms,
                           c.vi.power_ms,
                           c.vi.customize_ms,
                           c.vi.guest_ms,
                           c.vi.guest_login_ms,
                           c.vi.customize_spread,
                           c.task_lag_ms,
                           c.refuse_all_from_s,
                           c.refuse_all_s,
                           c.lockout_window_s,
                           c.lockout_s}) {
        if (!std::isfinite(n) || n < 0 || n > 1e10) {
            return tl::unexpected(invalid_argument("Times and shapes must not be negative."));
        }
    }
    if (auto ok = check_vi_settings(c.vi); !ok) {
        return ok;
    }
    if (auto ok = check_zstack_config(c.zstack); !ok) {
        return ok;
    }
    if (!(c.pending_share >= 0 && c.pending_share <= 1)) {
        return tl::unexpected(invalid_argument("pending_share must be within 0..1."));
    }
    if (auto ok = check_readings(c); !ok) {
        return ok;
    }
    return check_sts_settings(c.sts);
}

}  // namespace cloned::simulator
