#include "simulator/upstream.hpp"

#include "simulator/control/api.hpp"
#include "simulator/snapservice/api.hpp"
#include "simulator/sts/api.hpp"
#include "simulator/vcenter/api.hpp"
#include "simulator/vijson/api.hpp"
#include "simulator/vijson/missing_set.hpp"
#include "simulator/zstack/api.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace cloned::simulator {

struct model::parts {
    explicit parts(const config& settings)
        : state(std::make_unique<world>(settings, instant{0})), control(state, settings) {}

    std::unique_ptr<world> state;
    control_api control;
};

namespace {

bool answers_without_work(const fault_rule& rule, server_kind server) {
    switch (rule.fault) {
        case fault_kind::drop_before:
            return true;
        case fault_kind::unauthenticated:
            return server != server_kind::zstack;
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

refusal refusal_of(const fault_rule& rule) {
    refusal out{rule.type, rule.message_id, rule.message, {}, rule.is_transient};
    if (!rule.words.empty()) {
        out.args.push_back(rule.words);
    }
    return out;
}

bool is_sts(const request& in) {
    return in.server == server_kind::vcenter && in.target.starts_with("/sts/");
}

bool is_vi(std::string_view target) {
    return target.starts_with("/sdk/");
}

answer vi_error_of(const fault_rule& rule, const request& in, const world& w) {
    if (rule.fault == fault_kind::unauthenticated) {
        if (auto missing = vi_missing_set(w, in)) {
            return json_answer(200, std::move(*missing));
        }
        const std::string text =
            rule.words.empty() ? "The session is not authenticated." : rule.words;
        return vi_fault_answer({"NotAuthenticated", text, {}},
                               vi_unauthenticated_status(w.settings.vi));
    }
    return vi_fault_answer(vi_fault_of(rule), rule.status);
}

// What something between the caller and the server says in its own words.
answer proxy_answer(const fault_rule& rule) {
    answer out;
    out.status = rule.status;
    if (rule.title.empty()) {
        out.content_type = "text/plain";
        out.body = "upstream connect error or disconnect/reset before headers. " + rule.message;
    } else {
        out.content_type = "text/html";
        out.body = "<html><head><title>" + rule.title + "</title></head><body>" + rule.message +
                   "</body></html>";
    }
    if (!rule.location.empty()) {
        out.headers.push_back({"location", rule.location});
    }
    if (rule.status == 401 || rule.status == 407) {
        out.headers.push_back({rule.status == 401 ? "www-authenticate" : "proxy-authenticate",
                               "Basic realm=\"proxy\""});
    }
    return out;
}

// Whether this call is one that answers 401 to a good session. What a route writes in braces may
// be anything.
bool is_shut(const config& settings, const request& in) {
    const std::string& shut = settings.unauthenticated_route;
    const std::size_t space = shut.find(' ');
    if (shut.empty() || in.server == server_kind::zstack || shut.substr(0, space) != in.method) {
        return false;
    }
    std::string pattern;
    bool in_braces = false;
    for (const char c : shut.substr(std::min(space, shut.size() - 1) + 1)) {
        in_braces = (in_braces || c == '{') && c != '}';
        if (!in_braces) {
            pattern += c == '}' ? '*' : c;
        }
    }
    return glob_match(pattern + "*", in.target);
}

answer error_of(const fault_rule& rule, const call& c, const world& w) {
    const flavour dialect = c.dialect;
    answer out;
    const bool has_envelope =
        rule.fault == fault_kind::unauthenticated || rule.fault == fault_kind::status;
    if (has_envelope && is_sts(c.in)) {
        out = rule.fault == fault_kind::unauthenticated
                  ? sts_fault("FailedAuthentication",
                              rule.words.empty() ? "Invalid credentials" : rule.words)
                  : sts_fault(rule.type, rule.message, rule.status);
    } else if (has_envelope && is_vi(c.in.target)) {
        out = vi_error_of(rule, c.in, w);
    } else if (rule.fault == fault_kind::unauthenticated) {
        refusal refused = unauthenticated();
        refused.text = rule.words.empty() ? refused.text : rule.words;
        out = to_answer(refused, dialect);
    } else if (rule.fault == fault_kind::drop_before) {
        out.what = fate::drop_before;
    } else if (rule.fault == fault_kind::proxy) {
        out = proxy_answer(rule);
    } else if (c.in.server == server_kind::zstack) {
        out = zstack_api::error_of(rule);
    } else {
        out = to_answer(refusal_of(rule), dialect);
        out.status = rule.status;
    }
    if (rule.retry_after_s) {
        const auto seconds = static_cast<std::int64_t>(std::ceil(*rule.retry_after_s));
        out.headers.push_back({"retry-after", std::to_string(seconds)});
    }
    return out;
}

// A rule's error_type is the code, if it looks like one, and its message_id that of the cause.
zstack_plan zstack_plan_of(const fault_rule& rule) {
    zstack_plan out;
    const bool is_code = rule.type.find('.') != std::string::npos;
    const bool has_cause = !rule.message_id.starts_with("com.");
    out.object = rule.object;
    out.error = {is_code ? rule.type : "SYS.1006", rule.message, rule.message,
                 has_cause ? rule.message_id : ""};
    switch (rule.fault) {
        case fault_kind::task_fail:
            out.what = zstack_fault::call_fails;
            break;
        case fault_kind::zstack_item_fail:
            out.what = zstack_fault::item_fails;
            break;
        case fault_kind::zstack_item_fail_late:
            out.what = zstack_fault::item_fails_late;
            break;
        case fault_kind::zstack_call_fail_late:
            out.what = zstack_fault::call_fails_late;
            break;
        case fault_kind::zstack_node_dies:
            out.what = zstack_fault::node_dies;
            break;
        default:
            break;
    }
    return out;
}

task_plan plan_of(const fault_rule& rule) {
    task_plan plan;
    plan.zstack = zstack_plan_of(rule);
    if (rule.fault == fault_kind::task_fail) {
        plan.failure = refusal_of(rule);
    } else if (rule.fault == fault_kind::task_blocked) {
        plan.blocked = rule.blocked_ms > 0 ? from_ms(rule.blocked_ms) : never;
    } else if (rule.fault == fault_kind::task_hang) {
        plan.hangs = true;
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
    } else if (c.in.server == server_kind::zstack) {
        if (path.size() >= 3 && path[0] == "zstack" && path[1] == "v1") {
            c.path = path.subspan(2);
            return zstack_api(w).handle(c);
        }
        return zstack_text(404, "no api mapping to the path");
    } else if (c.in.server == server_kind::vcenter && !path.empty() &&
               (path[0] == "api" || path[0] == "rest")) {
        if (path.size() == 3 && c.dialect == flavour::api && path[1] == "vcenter" &&
            path[2] == "system" && c.is("POST") && c.target.first("action") == "hello") {
            return vi_api::hello(w, c);
        }
        c.path = path.subspan(1);
        return vcenter_api(w).handle(c);
    } else if (c.in.server == server_kind::vcenter && path.size() >= 2 && path[0] == "sdk" &&
               path[1] == "vim25") {
        c.path = path.subspan(2);
        return vi_api(w).handle(c);
    } else if (c.in.server == server_kind::vcenter && !path.empty() && path[0] == "sts") {
        c.path = path.subspan(1);
        return sts_call(w, c);
    }
    return refuse(c, unknown_operation(c));
}

}  // namespace

model::model(const config& settings) : parts_(std::make_unique<parts>(settings)) {}
model::~model() = default;

const world& model::at(instant now) {
    parts_->state->advance(now);
    return *parts_->state;
}

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
    static const fault_rule shut{.fault = fault_kind::unauthenticated};
    const fault_rule* hit = is_shut(w.settings, in) ? &shut
                            : w.rules.empty()       ? nullptr
                                                    : w.rules.pick(in, w.rule_random);
    const auto rule = hit != nullptr ? std::optional(speaking_to(*hit, in)) : std::nullopt;
    const task_plan planned = rule ? plan_of(*rule) : as_usual;
    call c{in, target, {}, dialect, planned};
    answer out;
    if (rule && rule->fault == fault_kind::unauthenticated && in.server == server_kind::zstack) {
        // It has no answer of its own for this: its sessions end, and the request tells in its way.
        w.zstack->sessions.expire_all();
    }
    if (rule && answers_without_work(*rule, in.server)) {
        c.route = "(fault before the work)";
        out = error_of(*rule, c, w);
    } else if (!readable) {
        out = to_answer({std::string(error_type::invalid_request),
                         "com.vmware.vapi.rest.bad_request",
                         "The request target cannot be read.",
                         {},
                         {}},
                        dialect);
    } else {
        out = dispatch(w, c, path);
        if (rule && replaces_answer(*rule)) {
            out = error_of(*rule, c, w);
        } else if (rule) {
            out.what = fate_of(*rule);
            out.huge_bytes = static_cast<std::uint64_t>(w.settings.huge_bytes);
        }
    }
    out.delay += from_ms(w.settings.latency_ms + (rule ? rule->delay_ms : 0));
    w.book.count(in.server, c.route, out);
    return out;
}

}  // namespace cloned::simulator
