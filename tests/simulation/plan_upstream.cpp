// What a seed decides about the upstream and how the daemon is configured for it.

#include "tests/simulation/plan.hpp"
#include "tests/simulation/random.hpp"

#include <algorithm>
#include <array>

namespace cloned::simulation {
namespace {

using backends::auth_kind;
using simulator::server_kind;

// Where the virtual clock's wall time stands when a world begins.
constexpr std::int64_t epoch_ms = 1'767'225'600'000 + 3'600'000;

simulator::duration_law law(random& d, double least_ms, double most_ms) {
    simulator::duration_law out;
    out.ms = static_cast<double>(d.log_within(least_ms, most_ms));
    if (d.chance(0.4)) out.sigma = 0.1 + 0.5 * d.unit();
    return out;
}

void decide_upstream(random& d, simulator::config& to) {
    to.epoch_ms = epoch_ms;
    to.clusters = 2;
    to.hosts = 1;
    to.templates = 4;
    to.deleted_vms = 6;
    to.clone = law(d, 2'000, 40'000);
    to.linked_clone = law(d, 1'000, 15'000);
    to.restore = law(d, 3'000, 60'000);
    to.zstack_clone = law(d, 2'000, 30'000);
    to.pending_share = d.chance(0.7) ? 0.05 : 0.5;
    to.task_retention_s = d.chance(0.3) ? static_cast<double>(d.log_within(5, 120)) : 100'000.0;
    to.cancelable = d.chance(0.7);
    to.tools_ms = static_cast<double>(d.log_within(500, 30'000));
    to.latency_ms = static_cast<double>(d.log_within(1, 300));
    to.linked_clone_limit = d.within(1, 6);
    to.restore_limit = d.within(1, 4);
    to.clone_limit = d.chance(0.4) ? d.within(1, 6) : -1;
    if (d.chance(0.3)) to.strangers = d.within(0, 1);
    if (d.chance(0.3)) {
        to.strangers_per_s = 0.02 + 0.1 * d.unit();
        to.strangers_ms = static_cast<double>(d.log_within(1'000, 20'000));
    }
    to.capacity_first = d.chance(0.5);
    constexpr std::array modes{simulator::name_mode::allow, simulator::name_mode::allow,
                               simulator::name_mode::at_post, simulator::name_mode::in_task};
    to.names = d.one_of(modes);
    // Where a second VM of the name would be refused, a list may lag as long as it likes; elsewhere
    // less than the time between two looks.
    if (d.chance(0.35)) {
        const bool refuses = to.names != simulator::name_mode::allow;
        to.list_lag_ms =
            static_cast<double>(refuses ? d.log_within(20, 20'000) : d.within(20, 400));
    }
    if (d.chance(0.2)) to.session_idle_s = static_cast<double>(d.log_within(5, 300));

    to.zstack.refuses_known_jobs = d.chance(0.6);
    to.zstack.marks_clones = d.chance(0.7);
    if (d.chance(0.3)) to.zstack.clone_limit = d.within(1, 4);
    if (d.chance(0.3)) to.zstack.job_retention_s = static_cast<double>(d.log_within(20, 300));

    to.vi.customize_ms = static_cast<double>(d.log_within(500, 20'000));
    to.vi.guest_ms = static_cast<double>(d.log_within(200, 30'000));
    to.vi.guest_login_ms = d.chance(0.3) ? static_cast<double>(d.log_within(100, 20'000)) : 0;
    to.vi.faults_in_task = d.chance(0.3);
    to.vi.allow_overlap = d.chance(0.5);
    to.vi.unauthenticated = d.chance(0.5) ? "status_500" : "status_401";
    if (d.chance(0.3)) to.vi.customize_limit = d.within(1, 3);
    if (d.chance(0.1)) to.vi.guest_fails = true;
}

planned_endpoint endpoint(random& d, const char* name, endpoint_kind kind, server_kind server) {
    planned_endpoint out;
    out.server = server;
    auto& info = out.options.info;
    info.name = name;
    info.kind = kind;
    info.inventory = name;
    info.default_cluster = "domain-c8";
    info.max_in_flight = d.chance(0.3) ? d.within(1, 6) : 640;
    if (d.chance(0.2)) info.max_per_source = d.within(1, 3);
    const auto limit = d.within(1, 8);
    for (auto& each : info.lane_limit) each = limit;
    for (auto& each : info.cost) each = d.chance(0.2) ? 2 : 1;
    info.poll_interval_min = d.within(milliseconds(1'000), milliseconds(4'000));
    info.poll_interval_max = d.within(milliseconds(10'000), milliseconds(30'000));
    info.request_timeout = milliseconds(d.log_within(3'000, 40'000));
    info.quiesce = milliseconds(d.log_within(1'000, 20'000));
    out.options.http.connect_timeout = milliseconds(d.log_within(1'000, 10'000));
    out.options.user = "svc@vsphere.local";
    out.options.password = "secret";
    return out;
}

planned_endpoint vcenter(random& d) {
    auto out = endpoint(d, "vc", endpoint_kind::vcenter, server_kind::vcenter);
    out.options.vcenter.speaks =
        d.chance(0.5) ? backends::vapi::flavour::api : backends::vapi::flavour::rest;
    return out;
}

planned_endpoint snapservice(random& d) {
    auto out = endpoint(d, "snap", endpoint_kind::snapservice, server_kind::snapservice);
    out.options.info.inventory = "vc";
    out.uses_vcenter = true;
    if (d.chance(0.3)) out.options.auth = auth_kind::vcenter_session;
    return out;
}

planned_endpoint guests(random& d) {
    auto out = endpoint(d, "guests", endpoint_kind::vi_json, server_kind::vcenter);
    out.options.info.forgotten_task_wait = std::chrono::minutes(10);
    out.options.info.inventory = "vc";
    out.uses_vcenter = true;
    if (d.chance(0.3)) out.options.auth = auth_kind::vcenter_session;
    out.options.vi_json.credentials["guest"] = "guest-secret";
    return out;
}

planned_endpoint cloud(random& d, const simulator::config& upstream) {
    auto out = endpoint(d, "cloud", endpoint_kind::zstack, server_kind::zstack);
    out.options.info.default_cluster = "c0000000000040008000000000000001";
    out.options.user = upstream.zstack.account;
    out.options.password = upstream.zstack.password;
    if (d.chance(0.3)) {
        out.options.auth = auth_kind::access_key;
        out.options.user = upstream.zstack.key_id;
        out.options.password = upstream.zstack.key_secret;
    }
    out.options.zstack.refuses_known_tasks = upstream.zstack.refuses_known_jobs;
    // Ended jobs are made to be forgotten at any time; three hours would only make a world longer.
    out.options.zstack.job_retention = std::chrono::minutes(5);
    if (d.chance(0.4)) out.options.info.names_per_call = d.within(2, 4);
    return out;
}

}  // namespace

void plan_upstream(plan& into) {
    random d(into.seed * 4 + 1);
    into.upstream.seed = static_cast<std::int64_t>(into.seed);
    decide_upstream(d, into.upstream);
    into.travel_min = d.within(milliseconds(1), milliseconds(5));
    into.travel_max = into.travel_min + milliseconds(d.log_within(1, 200));
    const bool has_cloud = d.chance(0.4);
    const bool has_vcenter = !has_cloud || d.chance(0.7);
    if (has_vcenter) {
        into.endpoints.push_back(vcenter(d));
        if (d.chance(0.55)) into.endpoints.push_back(snapservice(d));
        if (d.chance(0.35)) into.endpoints.push_back(guests(d));
    }
    if (has_cloud) into.endpoints.push_back(cloud(d, into.upstream));
}

}  // namespace cloned::simulation
