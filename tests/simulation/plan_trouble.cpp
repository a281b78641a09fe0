// What a seed decides to go wrong.

#include "base/text.hpp"
#include "tests/simulation/plan.hpp"
#include "tests/simulation/random.hpp"

#include <algorithm>
#include <array>

namespace cloned::simulation {
namespace {

using simulator::fault_kind;
using simulator::fault_rule;
using simulator::server_kind;

class trouble_planner {
public:
    explicit trouble_planner(plan& into) : plan_(into), d_(into.seed * 4 + 3) {
        for (const auto& e : into.endpoints)
            if (std::find(servers_.begin(), servers_.end(), e.server) == servers_.end())
                servers_.push_back(e.server);
    }

    void decide() {
        const auto span = plan_.quiet + plan_.quiet / 2 + milliseconds(30'000);
        plan_.quiet = span;
        if (d_.chance(0.3)) add_outages(span);
        for (const auto server : servers_)
            if (d_.chance(0.55)) add_weather(server);
        if (d_.chance(0.75)) add_kills(span);
        if (d_.chance(0.5)) add_rules();
        add_calls(span);
        add_strangers(span);
        if (d_.chance(0.15)) restore_a_backup();
        for (const auto& outage : plan_.outages) plan_.quiet = std::max(plan_.quiet, outage.to);
        plan_.quiet += milliseconds(10'000);
    }

private:
    void add_outages(milliseconds span) {
        for (auto n = d_.within(1, 3); n > 0; --n) {
            planned_outage out;
            out.from = d_.within(moment(0), span);
            const bool long_one = n == 1 && d_.chance(0.2);
            out.to = out.from + milliseconds(long_one ? d_.log_within(3'600'000, 14'400'000)
                                                      : d_.log_within(1'000, 120'000));
            out.server = d_.one_of(servers_);
            out.how = d_.chance(0.5) ? silence::refuses : silence::swallows;
            plan_.outages.push_back(out);
        }
    }

    void add_weather(server_kind server) {
        planned_weather out;
        out.server = server;
        const auto maybe = [&](double likely) {
            return d_.chance(likely) ? static_cast<double>(d_.log_within(5, 300)) / 1'000 : 0.0;
        };
        out.unconnected = maybe(0.4);
        out.lost_before = maybe(0.4);
        out.lost_after = maybe(0.5);
        out.late = maybe(0.4);
        const bool recognizes =
            server == server_kind::zstack && plan_.upstream.zstack.refuses_known_jobs;
        if (recognizes) out.very_late = maybe(0.5);
        out.slow = maybe(0.3);
        out.garbled = maybe(0.3);
        out.reads = d_.chance(0.5) ? 0.1 : 0.5;
        plan_.weather.push_back(out);
    }

    void add_kills(milliseconds span) {
        const auto count = d_.log_within(1, 7);
        for (std::int64_t n = 0; n < count; ++n) {
            planned_kill out;
            constexpr std::array triggers{kill_at::step, kill_at::submit, kill_at::submit,
                                          kill_at::commit, kill_at::time};
            out.trigger = d_.one_of(triggers);
            switch (out.trigger) {
                case kill_at::step:
                    out.count = d_.log_within(1, 3'000);
                    break;
                case kill_at::submit:
                    out.count = d_.log_within(1, 12);
                    break;
                case kill_at::commit:
                    out.count = d_.log_within(1, 40);
                    break;
                case kill_at::time:
                    out.count = d_.log_within(1, to_count(span));
                    break;
            }
            out.then_steps = d_.chance(0.3) ? 0 : d_.log_within(1, 40);
            out.down = milliseconds(d_.chance(0.9) ? d_.log_within(1, 20'000)
                                                   : d_.log_within(20'000, 900'000));
            out.gently = d_.chance(0.12);
            plan_.kills.push_back(out);
        }
    }

    void restore_a_backup() {
        for (auto& kill : plan_.kills)
            if (d_.chance(0.5)) kill.lives_lost = static_cast<int>(d_.within(1, 3));
    }

    static double to_count(milliseconds span) { return static_cast<double>(span.count()); }

    fault_rule anywhere(fault_kind what) {
        fault_rule rule;
        rule.fault = what;
        rule.server = to_text(d_.one_of(servers_));
        rule.probability = static_cast<double>(d_.log_within(10, 400)) / 1'000;
        rule.max = d_.within(1, 12);
        return rule;
    }

    // Only those that may have done their work are left open by the vendors' documents; an answer
    // that says "not done" about work that was done would be a lie that nobody could see through.
    fault_rule status_rule() {
        auto rule = anywhere(d_.chance(0.5) ? fault_kind::proxy : fault_kind::status);
        constexpr std::array open{500, 502, 503, 504};
        rule.status = d_.one_of(open);
        rule.processed = d_.chance(0.4);
        constexpr std::array words{"ERROR", "INTERNAL_SERVER_ERROR", "TIMED_OUT",
                                   "SERVICE_UNAVAILABLE"};
        rule.type = d_.one_of(words);
        if (d_.chance(0.2)) {
            rule.status = 429;
            rule.processed = false;
            rule.fault = fault_kind::proxy;
        }
        // Who says when to come again says that it has not begun.
        if (!rule.processed && d_.chance(0.3))
            rule.retry_after_s = static_cast<double>(d_.within(1, 30));
        if (rule.server == "zstack" || rule.server == "vcenter") rule.fault = fault_kind::proxy;
        return rule;
    }

    fault_rule task_rule() {
        constexpr std::array kinds{fault_kind::task_fail, fault_kind::task_blocked,
                                   fault_kind::task_vanish};
        auto rule = anywhere(d_.one_of(kinds));
        // Neither in the list of tasks nor in that of VMs: nobody could know of it.
        const bool unseen =
            rule.fault == fault_kind::task_vanish && plan_.upstream.list_lag_ms >= 0;
        if (unseen) rule.fault = fault_kind::task_fail;
        if (rule.fault == fault_kind::task_blocked)
            rule.blocked_ms = static_cast<double>(d_.log_within(1'000, 240'000));
        if (rule.fault == fault_kind::task_vanish)
            rule.after_ms = static_cast<double>(d_.log_within(10, 60'000));
        constexpr std::array words{"ERROR", "UNABLE_TO_ALLOCATE_RESOURCE", "INVALID_ARGUMENT",
                                   "RESOURCE_BUSY"};
        rule.type = rule.server == "zstack" ? "SYS.1006" : d_.one_of(words);
        return rule;
    }

    void add_rules() {
        for (auto n = d_.within(1, 4); n > 0; --n) {
            const auto which = d_.within(0, 5);
            if (which == 0)
                plan_.rules.push_back(status_rule());
            else if (which <= 2)
                plan_.rules.push_back(task_rule());
            else if (which == 3)
                plan_.rules.push_back(anywhere(fault_kind::unauthenticated));
            else
                plan_.rules.push_back(wire_rule());
        }
        plan_.rules_off.assign(plan_.rules.size(), false);
    }

    fault_rule wire_rule() {
        constexpr std::array kinds{fault_kind::drop_before, fault_kind::drop_after,
                                   fault_kind::truncate, fault_kind::garbage, fault_kind::slow};
        auto rule = anywhere(d_.one_of(kinds));
        if (rule.fault == fault_kind::slow || d_.chance(0.2))
            rule.delay_ms = static_cast<double>(d_.log_within(100, 60'000));
        if (d_.chance(0.5)) rule.method = "POST";
        return rule;
    }

    void call(moment at, std::string target, std::string body) {
        plan_.calls.push_back({at, "POST", std::move(target), std::move(body)});
    }

    void add_calls(milliseconds span) {
        if (d_.chance(0.4)) {
            for (auto n = d_.within(1, 4); n > 0; --n) {
                constexpr std::array kinds{"linked_clone", "restore"};
                call(d_.within(moment(0), span), "/_sim/limits",
                     concat(R"({"kind":")", d_.one_of(kinds), R"(","limit":)",
                            std::to_string(d_.within(1, 7)), "}"));
            }
        }
        if (d_.chance(0.2))
            call(d_.within(moment(0), span), "/_sim/limits",
                 concat(R"({"kind":"clone","limit":)", std::to_string(d_.within(1, 6)), "}"));
        if (d_.chance(0.3))
            for (auto n = d_.within(1, 3); n > 0; --n)
                call(d_.within(moment(0), span), "/_sim/expire-sessions", "");
        if (d_.chance(0.1)) forget_jobs(d_.within(moment(0), span));
    }

    // A repeat of a job that is forgotten is not recognized.
    void forget_jobs(moment when) {
        for (const auto& weather : plan_.weather)
            if (weather.very_late > 0) return;
        call(when, "/_sim/expire-jobs", "");
    }

    // Names that jobs want are taken before anybody asks for them, or those of others altogether:
    // a VM that a stranger makes under our name while ours is in doubt, nobody could tell from
    // ours.
    void add_strangers(milliseconds span) {
        if (plan_.endpoints.front().server != server_kind::vcenter || !d_.chance(0.35)) return;
        for (auto n = d_.within(1, 6); n > 0; --n) {
            planned_stranger out;
            out.at = d_.within(moment(0), span);
            out.source = d_.chance(0.6) ? "vm-42" : "vm-43";
            out.name = concat("stranger-", std::to_string(n));
            take_a_name_of_ours(out);
            plan_.strangers.push_back(out);
        }
    }

    void take_a_name_of_ours(planned_stranger& who) {
        const auto& batch = d_.one_of(plan_.batches);
        const auto& job = d_.one_of(batch.jobs).request;
        const auto name = identity_of(job.spec).name;
        const bool before = batch.at > milliseconds(1'000) && plan_.upstream.list_lag_ms < 0;
        if (!before || name.empty() || !d_.chance(0.4)) return;
        who.name = name;
        who.at = moment(0);
    }

    plan& plan_;
    random d_;
    std::vector<server_kind> servers_;
};

}  // namespace

void plan_trouble(plan& into) {
    trouble_planner(into).decide();
}

}  // namespace cloned::simulation
