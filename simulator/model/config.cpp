#include "simulator/model/config.hpp"

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

std::string_view to_text(name_mode mode) {
    switch (mode) {
        case name_mode::at_post:
            return "at_post";
        case name_mode::in_task:
            return "in_task";
        case name_mode::allow:
            break;
    }
    return "allow";
}

bool from_text(std::string_view text, name_mode& mode) {
    for (const auto m : {name_mode::at_post, name_mode::in_task, name_mode::allow}) {
        if (text == to_text(m)) {
            mode = m;
            return true;
        }
    }
    return false;
}

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
                           c.vi.customize_spread}) {
        if (!std::isfinite(n) || n < 0 || n > 1e10) {
            return tl::unexpected(invalid_argument("Times and shapes must not be negative."));
        }
    }
    if (auto ok = check_vi_settings(c.vi); !ok) {
        return ok;
    }
    if (!(c.pending_share >= 0 && c.pending_share <= 1)) {
        return tl::unexpected(invalid_argument("pending_share must be within 0..1."));
    }
    return check_sts_settings(c.sts);
}

}  // namespace cloned::simulator
