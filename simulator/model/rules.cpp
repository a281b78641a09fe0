#include "simulator/model/rules.hpp"

#include "simulator/model/body_reader.hpp"
#include "simulator/model/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

constexpr std::size_t echo_max = 16'384;

constexpr std::array<std::pair<std::string_view, fault_kind>, 18> fault_names{{
    {"slow", fault_kind::slow},
    {"status", fault_kind::status},
    {"proxy", fault_kind::proxy},
    {"unauthenticated", fault_kind::unauthenticated},
    {"drop_before", fault_kind::drop_before},
    {"drop_after", fault_kind::drop_after},
    {"truncate", fault_kind::truncate},
    {"garbage", fault_kind::garbage},
    {"endless", fault_kind::endless},
    {"huge", fault_kind::huge},
    {"task_fail", fault_kind::task_fail},
    {"task_hang", fault_kind::task_hang},
    {"task_blocked", fault_kind::task_blocked},
    {"task_vanish", fault_kind::task_vanish},
    {"zstack_item_fail", fault_kind::zstack_item_fail},
    {"zstack_item_fail_late", fault_kind::zstack_item_fail_late},
    {"zstack_call_fail_late", fault_kind::zstack_call_fail_late},
    {"zstack_node_dies", fault_kind::zstack_node_dies},
}};

std::string_view name_of(fault_kind kind) {
    for (const auto& [name, value] : fault_names) {
        if (value == kind) {
            return name;
        }
    }
    return "?";
}

bool is_zstack_fault(fault_kind kind) {
    return kind == fault_kind::zstack_item_fail || kind == fault_kind::zstack_item_fail_late ||
           kind == fault_kind::zstack_call_fail_late || kind == fault_kind::zstack_node_dies;
}

bool is_task_fault(fault_kind kind) {
    return kind == fault_kind::task_fail || kind == fault_kind::task_blocked ||
           kind == fault_kind::task_hang || kind == fault_kind::task_vanish ||
           is_zstack_fault(kind);
}

// What a rule's `object` is compared with. Found only when a rule asks: it costs a parse.
std::vector<std::string> objects_of(const request& in) {
    std::vector<std::string> objects;
    const std::string_view path = in.target.substr(0, in.target.find('?'));
    for (const std::string_view mark :
         {"/vm/", "/virtual-machines/", "/vm-instances/", "/VirtualMachine/"}) {
        if (const auto at = path.find(mark); at != std::string_view::npos) {
            const std::string_view rest = path.substr(at + mark.size());
            objects.emplace_back(rest.substr(0, rest.find('/')));
        }
    }
    if (in.body.empty()) {
        return objects;
    }
    const auto parsed = parse_text(in.body, {});
    if (!parsed || !parsed->is_object()) {
        return objects;
    }
    if (const json::value* clone = parsed->get_object().if_contains("cloneVmInstance")) {
        const json::value* names =
            clone->is_object() ? clone->get_object().if_contains("names") : nullptr;
        for (const json::value& name :
             names != nullptr && names->is_array() ? names->get_array() : json::array()) {
            objects.emplace_back(name.is_string() ? name.get_string().c_str() : "");
        }
    }
    const json::value* spec = parsed->get_object().if_contains("spec");
    const json::object* fields = spec != nullptr ? spec->if_object() : parsed->if_object();
    const json::value* vm = parsed->get_object().if_contains("vm");
    const json::value* vm_id =
        vm != nullptr && vm->is_object() ? vm->get_object().if_contains("value") : nullptr;
    if (vm_id != nullptr && vm_id->is_string()) {
        objects.emplace_back(vm_id->get_string().data(), vm_id->get_string().size());
    }
    for (const char* name : {"name", "source"}) {
        const json::value* v = fields != nullptr ? fields->if_contains(name) : nullptr;
        if (v != nullptr && v->is_string()) {
            objects.emplace_back(v->get_string().data(), v->get_string().size());
        }
    }
    return objects;
}

bool starts_work(const request& in) {
    if (in.server == server_kind::zstack) {
        return in.method == "PUT" && in.body.find("cloneVmInstance") != std::string_view::npos;
    }
    return in.method == "POST" && (in.target.find("vmw-task=true") != std::string_view::npos ||
                                   in.target.ends_with("_Task"));
}

outcome<fault_rule> read_rule(const json::value& value) {
    body_reader in(value, "rule");
    fault_rule rule;
    const auto text = [&](std::string_view name, std::string& into) {
        into = in.text(name).value_or(into);
    };
    const auto number = [&](std::string_view name, auto& into) {
        if (const auto n = in.number(name)) {
            into = static_cast<std::remove_reference_t<decltype(into)>>(*n);
        }
    };
    text("server", rule.server);
    text("method", rule.method);
    text("path", rule.path);
    text("object", rule.object);
    number("probability", rule.probability);
    number("skip", rule.skip);
    number("max", rule.max);
    number("delay_ms", rule.delay_ms);
    const std::string_view fault = in.required_text("fault");
    number("status", rule.status);
    text("error_type", rule.type);
    text("message_id", rule.message_id);
    text("message", rule.message);
    text("title", rule.title);
    text("location", rule.location);
    text("words", rule.words);
    rule.echo = in.flag("echo").value_or(false);
    rule.is_transient = in.flag("is_transient");
    rule.retry_after_s = in.number("retry_after_s");
    rule.processed = in.flag("processed").value_or(false);
    number("blocked_ms", rule.blocked_ms);
    number("after_ms", rule.after_ms);
    in.any("seen");  // what GET shows may be sent back
    in.any("hits");
    if (auto ok = in.finish(); !ok) {
        return tl::unexpected(ok.error());
    }
    const auto* known = std::find_if(fault_names.begin(), fault_names.end(),
                                     [&](const auto& row) { return row.first == fault; });
    if (known == fault_names.end()) {
        return tl::unexpected(invalid_argument("No fault is called '" + std::string(fault) + "'."));
    }
    rule.fault = known->second;
    if (!rule.server.empty() && rule.server != "vcenter" && rule.server != "snapservice" &&
        rule.server != "zstack") {
        return tl::unexpected(
            invalid_argument("A rule's server is vcenter, snapservice or zstack."));
    }
    if (rule.status < 200 || rule.status > 599) {
        return tl::unexpected(invalid_argument("A rule's status is within 200..599."));
    }
    if (rule.type.empty()) {
        rule.type = rule.fault == fault_kind::task_fail ? error_type::error
                                                        : error_type::service_unavailable;
    }
    return rule;
}

}  // namespace

const fault_rule* rule_list::pick(const request& in, random_stream& random) {
    const std::string_view path = in.target.substr(0, in.target.find('?'));
    std::optional<std::vector<std::string>> objects;
    for (fault_rule& rule : rules_) {
        if ((!rule.server.empty() && rule.server != to_text(in.server)) ||
            (!rule.method.empty() && rule.method != in.method) ||
            (is_task_fault(rule.fault) && !starts_work(in))) {
            continue;
        }
        const bool whole = rule.path.find('?') != std::string::npos;
        if (!rule.path.empty() && !glob_match(rule.path, whole ? in.target : path)) {
            continue;
        }
        if (!rule.object.empty()) {
            if (!objects) {
                objects = objects_of(in);
            }
            if (std::none_of(objects->begin(), objects->end(), [&](const std::string& object) {
                    return glob_match(rule.object, object);
                })) {
                continue;
            }
        }
        ++rule.seen;
        if (rule.seen <= rule.skip || (rule.max >= 0 && rule.hits >= rule.max) ||
            (rule.probability < 1 && random.unit() >= rule.probability)) {
            continue;
        }
        ++rule.hits;
        return &rule;
    }
    return nullptr;
}

fault_rule speaking_to(const fault_rule& rule, const request& in) {
    fault_rule out = rule;
    if (!out.words.empty()) {
        out.message = out.words;
    }
    if (!out.echo) {
        return out;
    }
    for (const std::string_view name : {"authorization", "vmware-api-session-id", "cookie"}) {
        const std::string_view value = in.header(name);
        if (!value.empty()) {
            out.message += " " + std::string(name) + ": " + std::string(value);
        }
    }
    constexpr std::string_view basic = "Basic ";
    const std::string_view authorization = in.header("authorization");
    if (authorization.starts_with(basic)) {
        out.message += " " + base64_decoded(authorization.substr(basic.size())).value_or("");
    }
    out.message += " " + std::string(in.body.substr(0, echo_max));
    out.words = out.message;
    return out;
}

outcome<std::vector<fault_rule>> read_rules(const json::value& array) {
    std::vector<fault_rule> rules;
    if (!array.is_array()) {
        return tl::unexpected(invalid_argument("Rules are a list."));
    }
    for (const json::value& item : array.get_array()) {
        auto rule = read_rule(item);
        if (!rule) {
            return tl::unexpected(rule.error());
        }
        rules.push_back(std::move(*rule));
    }
    return rules;
}

void append_rules(std::string& out, const std::vector<fault_rule>& rules) {
    json::array list;
    for (const fault_rule& rule : rules) {
        json::object item{{"server", rule.server},
                          {"method", rule.method},
                          {"path", rule.path},
                          {"object", rule.object},
                          {"probability", rule.probability},
                          {"skip", rule.skip},
                          {"max", rule.max},
                          {"delay_ms", rule.delay_ms},
                          {"fault", std::string(name_of(rule.fault))},
                          {"status", rule.status},
                          {"error_type", rule.type},
                          {"message_id", rule.message_id},
                          {"message", rule.message},
                          {"title", rule.title},
                          {"location", rule.location},
                          {"words", rule.words},
                          {"echo", rule.echo},
                          {"processed", rule.processed},
                          {"blocked_ms", rule.blocked_ms},
                          {"after_ms", rule.after_ms},
                          {"seen", rule.seen},
                          {"hits", rule.hits}};
        if (rule.is_transient) {
            item["is_transient"] = *rule.is_transient;
        }
        if (rule.retry_after_s) {
            item["retry_after_s"] = *rule.retry_after_s;
        }
        list.push_back(std::move(item));
    }
    out += json::serialize(list);
}

}  // namespace cloned::simulator
