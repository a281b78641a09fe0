// What a seed decides about that which the vendors' documents leave open.

#include "base/text.hpp"
#include "tests/simulation/plan.hpp"
#include "tests/simulation/random.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <type_traits>

namespace cloned::simulation {
namespace {

using simulator::server_kind;

void set(bool& to, const std::string& value) {
    to = value == "1";
}
void set(std::string& to, const std::string& value) {
    to = value;
}
template <class Number>
    requires std::is_arithmetic_v<Number>
void set(Number& to, const std::string& value) {
    std::from_chars(value.data(), value.data() + value.size(), to);
}
template <class Word>
    requires std::is_enum_v<Word>
void set(Word& to, const std::string& value) {
    if (!from_text(value, to)) throw std::logic_error(concat("no reading is called ", value));
}

void apply(const planned_reading& reading, simulator::config& to) {
    bool known = false;
    const auto take = [&](std::string_view name, auto& member, std::string_view) {
        if (name != reading.setting) return;
        set(member, reading.value);
        known = true;
    };
    simulator::visit_settings(to, take);
    if (!known) throw std::logic_error(concat("no setting is called ", reading.setting));
}

class reading_planner {
public:
    explicit reading_planner(plan& into)
        : plan_(into), d_(into.seed * 977 + 11), rare_(into.seed * 977 + 12) {}

    void decide() {
        // No server ends a session that was used a moment ago.
        auto& idle = plan_.upstream.session_idle_s;
        if (idle < 60) idle = 60;
        // What has failed is remembered, and so is what has made a VM in its place.
        auto& memory = plan_.upstream.task_retention_s;
        if (has_rule(simulator::fault_kind::task_fail)) {
            memory = std::max(memory, 600.0);
            for (auto& rule : plan_.rules)
                if (rule.fault == simulator::fault_kind::task_vanish)
                    rule.fault = simulator::fault_kind::task_fail;
        }
        tasks();
        names();
        capacity();
        if (d_.chance(0.2)) accounts();
        guests();
        cloud();
        logins();
        if (d_.chance(0.3)) starts();
        namesakes();
        if (d_.chance(0.4)) fronts();
        words();
        if (rare_.chance(0.04)) only_closed();
    }

private:
    void read(const char* setting, std::string value) {
        plan_.readings.push_back({setting, std::move(value)});
    }
    template <std::size_t N>
    void one_of(double likely, const char* setting, const std::array<const char*, N>& values) {
        if (d_.chance(likely)) read(setting, d_.one_of(values));
    }
    std::string a_name() {
        const auto& batch = d_.one_of(plan_.batches);
        const auto& job = d_.one_of(batch.jobs).request;
        return identity_of(job.spec).name;
    }

    bool has_rule(simulator::fault_kind what) const {
        return std::any_of(plan_.rules.begin(), plan_.rules.end(),
                           [&](const auto& rule) { return rule.fault == what; });
    }

    void tasks() {
        one_of(0.8, "task_target", std::array{"none", "source", "source_uuid", "vm", "folder"});
        one_of(0.12, "task_list", std::array{"refused_400", "refused_403"});
        one_of(0.1, "task_list_ids", std::array{"refused_400", "refused_403"});
        if (d_.chance(0.03)) read("strange_tasks", "1001");
        if (d_.chance(0.15)) read("task_lag_ms", std::to_string(d_.within(20, 900)));
        if (d_.chance(0.15)) read("result_told", "0");
        one_of(0.4, "cancel", std::array{"unsupported", "ignored", "late"});
        // Who forgets at once what has made a VM leaves only those to blame that failed.
        const auto memory = plan_.upstream.task_retention_s;
        if (memory >= 600 && !has_rule(simulator::fault_kind::task_vanish))
            one_of(0.5, "failed_leaves_vm", std::array{"off", "on", "half"});
    }

    void names() {
        if (d_.chance(0.08)) {
            // Where a taken name is refused; elsewhere nothing is in the way.
            if (auto name = a_name(); !name.empty()) read("hidden_names", std::move(name));
        }
        if (d_.chance(0.3)) read("trims_names", "1");
        if (d_.chance(0.3)) read("nested_folders", "1");
        one_of(0.5, "folder_filter", std::array{"flat", "recursive"});
        if (d_.chance(0.06)) {
            if (auto name = a_name(); !name.empty()) read("bad_names", std::move(name));
        }
        one_of(0.04, "bad_folders", std::array{"group-v3", "group-v4"});
        one_of(0.04, "bad_vms", std::array{"vm-42", "vm-43", "vm-100001", "vm-100003"});
    }

    void capacity() {
        one_of(0.6, "capacity_at", std::array{"task", "both"});
        one_of(0.6, "capacity_scope", std::array{"cluster", "kind", "appliance"});
        if (!d_.chance(0.12)) return;
        const auto from_s = d_.within(0, 120);
        close(from_s, d_.log_within(10, 3'600));
        if (!d_.chance(0.4)) return;
        read("refuse_all_vcenter", "1");
        constexpr std::array types{"RESOURCE_BUSY", "SERVICE_UNAVAILABLE"};
        read("refuse_all_type", d_.one_of(types));
    }

    void accounts() {
        if (d_.chance(0.7)) read("lockout_after", "5");
        if (d_.chance(0.5)) read("lockout_status", "403");
        constexpr std::array routes{"POST /api/cis/tasks", "GET /api/vcenter/vm",
                                    "POST /api/vcenter/vm", "GET /api/snapservice/tasks"};
        if (d_.chance(0.3)) read("unauthenticated_route", d_.one_of(routes));
    }

    void guests() {
        one_of(0.6, "vi_unauthenticated",
               std::array{"status_500", "status_401", "status_403", "missing_set"});
        if (d_.chance(0.2)) {
            one_of(1, "vi_system_error", std::array{"before", "after", "in_task"});
            read("vi_system_error_share", "0.2");
        }
        if (d_.chance(0.2)) read("vi_guest_info", "0");
        // vm-43 and those after it, of four.
        if (d_.chance(0.1)) read("tools_missing", "3");
    }

    void cloud() {
        one_of(0.4, "zstack_failed_leaves_vm", std::array{"stopped", "running"});
        if (d_.chance(0.2)) {
            read("zstack_poll_unknown", "0.05");
            one_of(1, "zstack_poll_unknown_as", std::array{"id_1001", "id_1001_404", "expired"});
        }
        if (d_.chance(0.5)) network_cards();
        if (d_.chance(0.5)) odd_names();
    }

    planned_endpoint* endpoint_of(endpoint_kind kind) {
        for (auto& e : plan_.endpoints)
            if (e.options.info.kind == kind) return &e;
        return nullptr;
    }
    template <class Visitor>
    void each_zstack_clone(const Visitor& visit) {
        for (auto& batch : plan_.batches)
            for (auto& job : batch.jobs)
                if (auto* spec = std::get_if<zstack_clone_spec>(&job.request.spec)) visit(*spec);
    }

    // The build has its form, and the operator has set it.
    void network_cards() {
        auto* cloud = endpoint_of(endpoint_kind::zstack);
        if (cloud == nullptr) return;
        const bool text = d_.chance(0.5);
        read("zstack_nic_params", d_.chance(0.3) ? "both" : text ? "string" : "list");
        cloud->options.zstack.nic_params =
            text ? backends::zstack::nic_form::text : backends::zstack::nic_form::list;
        each_zstack_clone([](zstack_clone_spec& spec) {
            spec.vm_nic_params = R"([{"l3NetworkUuid":"2ac5f7a8e1d34c6f8a90b1c2d3e4f506"}])";
        });
    }

    // The same job has the same name whenever it is asked for.
    void odd_names() {
        constexpr std::array forms{"虚拟机(", "a:b,", "x is null ", "it's>"};
        const std::string form = d_.one_of(forms);
        each_zstack_clone([&](zstack_clone_spec& spec) { spec.name = form + spec.name; });
    }

    void logins() {
        auto* snapshots = endpoint_of(endpoint_kind::snapservice);
        if (snapshots == nullptr || !d_.chance(0.6)) return;
        using backends::auth_kind;
        constexpr std::array ways{std::pair("saml_each_call", auth_kind::saml),
                                  std::pair("session_saml", auth_kind::session_saml),
                                  std::pair("session_basic", auth_kind::basic),
                                  std::pair("vcenter_session", auth_kind::vcenter_session)};
        const auto [taken, used] = d_.one_of(ways);
        read("snapservice_auth", taken);
        snapshots->options.auth = used;
    }

    // Something in front of the vCenter answers the start of a VM with a page.
    void starts() {
        if (endpoint_of(endpoint_kind::vcenter) == nullptr) return;
        simulator::fault_rule page;
        page.server = to_text(server_kind::vcenter);
        page.method = "POST";
        page.path = "*/power";
        page.fault = simulator::fault_kind::proxy;
        constexpr std::array statuses{200, 202, 204};
        page.status = d_.one_of(statuses);
        page.processed = d_.chance(0.5);
        page.max = d_.within(1, 4);
        plan_.rules.push_back(std::move(page));
        plan_.rules_off.push_back(false);
    }

    // What stands in front of an upstream turns requests back, and says so in its own way.
    void fronts() {
        for (auto n = d_.within(1, 2); n > 0; --n) {
            simulator::fault_rule rule;
            rule.fault = simulator::fault_kind::proxy;
            constexpr std::array statuses{301, 302, 307, 400, 403, 404,
                                          405, 407, 413, 429, 431, 451};
            rule.status = d_.one_of(statuses);
            if (rule.status < 400) rule.location = "https://login.example/?from=here";
            if (d_.chance(0.5)) rule.title = "Access denied";
            rule.server = to_text(d_.one_of(plan_.endpoints).server);
            if (d_.chance(0.4)) rule.method = "POST";
            rule.probability = static_cast<double>(d_.log_within(10, 400)) / 1'000;
            rule.max = d_.within(1, 12);
            plan_.rules.push_back(std::move(rule));
            plan_.rules_off.push_back(false);
        }
    }

    // Errors may deceive who reads them, and repeat what the request carried.
    void words() {
        for (auto& rule : plan_.rules) {
            if (d_.chance(0.3)) rule.words = "\x1B[31m \u202Egnp.exe \u009B2J \u2028 said:";
            if (d_.chance(0.3)) rule.echo = true;
        }
    }

    // Nothing goes wrong but that everything is refused for an hour: then it can be judged how
    // soon all is at work again.
    void only_closed() {
        plan_.wishes.clear();
        plan_.calls.clear();
        plan_.strangers.clear();
        plan_.outages.clear();
        plan_.kills.clear();
        plan_.weather.clear();
        plan_.rules.clear();
        plan_.rules_off.clear();
        // What the endpoints were made to fit stays.
        std::erase_if(plan_.readings, [](const planned_reading& r) {
            return r.setting != "zstack_nic_params" && r.setting != "snapservice_auth";
        });
        plan_.upstream.session_idle_s = usual_.session_idle_s;
        constexpr std::array places{"post", "task", "both"};
        read("capacity_at", rare_.one_of(places));
        constexpr std::array spans{"lane", "cluster", "kind", "appliance"};
        read("capacity_scope", rare_.one_of(spans));
        close(rare_.within(0, 60), 3'600);
        if (!rare_.chance(0.5)) return;
        read("refuse_all_vcenter", "1");
        read("refuse_all_type", "RESOURCE_BUSY");
    }

    void close(std::int64_t from_s, std::int64_t for_s) {
        read("refuse_all_from_s", std::to_string(from_s));
        read("refuse_all_s", std::to_string(for_s));
        plan_.quiet = std::max(plan_.quiet, milliseconds((from_s + for_s) * 1'000));
    }

    // VMs of others under names of ours, in other folders than ours; group-v6 is the one that
    // lies within group-v3. Jobs that are looked for in every folder are spared.
    void namesakes() {
        if (plan_.endpoints.front().server != server_kind::vcenter || !d_.chance(0.4)) return;
        for (auto n = d_.within(1, 4); n > 0; --n) {
            const auto& batch = d_.one_of(plan_.batches);
            const auto who = identity_of(d_.one_of(batch.jobs).request.spec);
            if (who.name.empty() || (who.folder.empty() && who.source.empty())) continue;
            if (who.folder.empty() && has_rule(simulator::fault_kind::unauthenticated)) continue;
            constexpr std::array folders{"group-v3", "group-v4", "group-v5", "group-v6"};
            planned_stranger out;
            out.at = d_.chance(0.5) ? moment(0) : batch.at + d_.within(moment(0), moment(60'000));
            out.source = d_.chance(0.6) ? "vm-42" : "vm-43";
            out.name = who.name;
            out.folder = d_.one_of(folders);
            if (out.folder == (who.folder.empty() ? "group-v3" : who.folder)) continue;
            if (out.folder == folders.back()) read("nested_folders", "1");
            plan_.strangers.push_back(std::move(out));
        }
    }

    plan& plan_;
    random d_;
    random rare_;  // apart, for what few worlds have
    const simulator::config usual_;
};

}  // namespace

void plan_readings(plan& into) {
    reading_planner(into).decide();
}

simulator::config settings_of(const plan& world) {
    auto out = world.upstream;
    for (const auto& reading : world.readings)
        if (!reading.off) apply(reading, out);
    for (std::size_t i = 0; i < world.rules.size(); ++i)
        if (!world.rules_off[i]) out.rules.push_back(world.rules[i]);
    return out;
}

}  // namespace cloned::simulation
