#include "tests/upstream/model.hpp"

#include "tests/upstream/control_api.hpp"
#include "tests/upstream/snapservice_api.hpp"
#include "tests/upstream/vcenter_api.hpp"

#include <cmath>

namespace cloned::upstream {

struct model::parts {
    explicit parts(const config& settings)
        : state(std::make_unique<world>(settings, instant{0})), control(state, settings) {}

    std::unique_ptr<world> state;
    control_api control;
};

namespace {

bool answers_without_work(const fault_rule& rule) {
    switch (rule.fault) {
        case fault_kind::drop_before:
        case fault_kind::unauthenticated:
            return true;
        case fault_kind::status:
        case fault_kind::proxy:
            return !rule.processed;
        default:
            return false;
    }
}

bool replaces_answer(const fault_rule& rule) {
    return rule.fault == fault_kind::status || rule.fault == fault_kind::proxy;
}

answer error_of(const fault_rule& rule, flavour dialect) {
    answer out;
    if (rule.fault == fault_kind::unauthenticated) {
        out = to_answer(unauthenticated(), dialect);
    } else if (rule.fault == fault_kind::drop_before) {
        out.what = fate::drop_before;
    } else if (rule.fault == fault_kind::proxy) {
        out.status = rule.status;
        out.content_type = "text/plain";
        out.body = "upstream connect error or disconnect/reset before headers. " + rule.message;
    } else {
        out = to_answer({rule.type, rule.message_id, rule.message, {}, rule.is_transient}, dialect);
        out.status = rule.status;
    }
    if (rule.retry_after_s) {
        const auto seconds = static_cast<std::int64_t>(std::ceil(*rule.retry_after_s));
        out.headers.push_back({"retry-after", std::to_string(seconds)});
    }
    return out;
}

task_plan plan_of(const fault_rule& rule) {
    task_plan plan;
    if (rule.fault == fault_kind::task_fail) {
        plan.failure = refusal{rule.type, rule.message_id, rule.message, {}, rule.is_transient};
    } else if (rule.fault == fault_kind::task_blocked) {
        plan.blocked = rule.blocked_ms > 0 ? from_ms(rule.blocked_ms) : never;
    } else if (rule.fault == fault_kind::task_vanish) {
        plan.vanish_after = from_ms(rule.after_ms);
    }
    return plan;
}

fate fate_of(const fault_rule& rule) {
    switch (rule.fault) {
        case fault_kind::drop_after:
            return fate::drop_after;
        case fault_kind::truncate:
            return fate::truncated;
        case fault_kind::garbage:
            return fate::garbage;
        case fault_kind::endless:
            return fate::endless;
        case fault_kind::huge:
            return fate::huge;
        default:
            return fate::normal;
    }
}

answer dispatch(world& w, call& c, std::span<const std::string_view> path) {
    if (c.in.server == server_kind::snapservice) {
        if (path.size() >= 2 && path[0] == "api" && path[1] == "snapservice") {
            c.path = path.subspan(2);
            return snapservice_api(w).handle(c);
        }
    } else if (c.in.server == server_kind::vcenter && !path.empty() &&
               (path[0] == "api" || path[0] == "rest")) {
        c.path = path.subspan(1);
        return vcenter_api(w).handle(c);
    }
    return refuse(c, unknown_operation(c));
}

}  // namespace

model::model(const config& settings) : parts_(std::make_unique<parts>(settings)) {}
model::~model() = default;

answer model::handle(const request& in, instant now) {
    parts_->state->advance(now);
    target_parts target;
    const bool readable = target.parse(in.target);
    const std::span<const std::string_view> path(target.segments());
    const bool rest = readable && !path.empty() && path[0] == "rest";
    const flavour dialect = rest ? flavour::rest : flavour::api;
    static const task_plan as_usual;

    if (readable && !path.empty() && path[0] == "_sim") {
        call c{in, target, path.subspan(1), flavour::api, as_usual};
        return parts_->control.handle(c);
    }
    world& w = *parts_->state;
    const fault_rule* rule = w.rules.empty() ? nullptr : w.rules.pick(in, w.rule_random);
    const task_plan planned = rule != nullptr ? plan_of(*rule) : as_usual;
    call c{in, target, {}, dialect, planned};
    answer out;
    if (rule != nullptr && answers_without_work(*rule)) {
        c.route = "(fault before the work)";
        out = error_of(*rule, dialect);
    } else if (!readable) {
        out = to_answer({std::string(error_type::invalid_request),
                         "com.vmware.vapi.rest.bad_request",
                         "The request target cannot be read.",
                         {},
                         {}},
                        dialect);
    } else {
        out = dispatch(w, c, path);
        if (rule != nullptr && replaces_answer(*rule)) {
            out = error_of(*rule, dialect);
        } else if (rule != nullptr) {
            out.what = fate_of(*rule);
            out.huge_bytes = static_cast<std::uint64_t>(w.settings.huge_bytes);
        }
    }
    out.delay = from_ms(w.settings.latency_ms + (rule != nullptr ? rule->delay_ms : 0));
    w.book.count(in.server, c.route, out);
    return out;
}

}  // namespace cloned::upstream
