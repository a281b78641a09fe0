#include "simulator/control/api.hpp"

#include "simulator/control/setting_reader.hpp"
#include "simulator/control/vi_control.hpp"
#include "simulator/model/body_reader.hpp"

#include <optional>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

// What POST /_sim/limits asks for; what is not named stays as it is.
struct new_limits {
    std::optional<std::string_view> kind;
    std::optional<std::uint32_t> cluster;
    std::optional<double> limit;
    std::optional<double> strangers;
    std::optional<double> strangers_per_s;
    std::optional<bool> enforce;
    std::optional<bool> refuse_all;
};

new_limits read_limits(body_reader& in, world& w) {
    const auto cluster = in.text("cluster");
    const auto names = in.text("names");
    new_limits out;
    out.kind = in.text("kind");
    out.limit = in.number("limit");
    out.strangers = in.number("strangers");
    out.strangers_per_s = in.number("strangers_per_s");
    out.enforce = in.flag("enforce");
    out.refuse_all = in.flag("refuse_all");
    if (names && !from_text(*names, w.settings.names)) {
        in.fail(invalid_argument("names is " + all_words(w.settings.names) + "."));
    }
    if (out.kind && *out.kind != "clone" && *out.kind != "linked_clone" && *out.kind != "restore" &&
        *out.kind != "zstack_clone") {
        in.fail(invalid_argument("kind is clone, linked_clone, restore or zstack_clone."));
    }
    out.cluster = cluster ? w.things.cluster(*cluster) : std::nullopt;
    if (cluster && !out.cluster) {
        out.cluster = w.zstack->cluster(*cluster);
    }
    if (cluster && !out.cluster) {
        in.fail(no_such("cluster", *cluster));
    }
    return out;
}

template <class Number>
void set(Number& target, const std::optional<double>& value) {
    if (value) {
        target = static_cast<Number>(*value);
    }
}

// The limits of upstreams that let a clone wait instead of refusing it.
void apply_to_queues(world& w, const new_limits& wanted) {
    if (wanted.kind == "clone" && !wanted.cluster) {
        set(w.queue().limit, wanted.limit);
        set(w.queue().strangers, wanted.strangers);
        w.run_waiting();
    }
    if (wanted.kind != "zstack_clone") {
        return;
    }
    for (std::uint32_t i = 0; i < w.zstack->queues().size(); ++i) {
        if (!wanted.cluster || *wanted.cluster == i) {
            set(w.zstack->queues()[i].limit, wanted.limit);
            w.zstack->run_waiting(i);
        }
    }
}

void apply_to_lanes(world& w, const new_limits& wanted) {
    const bool clones_of_a_cluster = wanted.kind == "clone" && wanted.cluster;
    for (lane& l : w.lanes()) {
        const bool queued = (l.kind == operation_kind::clone && !clones_of_a_cluster) ||
                            l.kind == operation_kind::zstack_clone;
        if (queued || (wanted.kind && *wanted.kind != to_text(l.kind)) ||
            (wanted.cluster && *wanted.cluster != l.cluster)) {
            continue;
        }
        set(l.limit, wanted.limit);
        set(l.strangers, wanted.strangers);
        set(l.strangers_per_s, wanted.strangers_per_s);
        l.note_peaks();
        w.plan_arrival(l);
    }
}

}  // namespace

answer control_api::handle(call& c) {
    const std::string_view what = c.path.empty() ? std::string_view{} : c.path[0];
    const bool plain = c.path.size() == 1;
    if (plain && what == "ledger" && c.is("GET")) {
        return show_ledger(c);
    }
    if (plain && what == "inventory" && c.is("GET")) {
        return show_inventory(c);
    }
    if (plain && what == "rules" && (c.is("GET") || c.is("POST"))) {
        return replace_rules(c);
    }
    if (plain && what == "limits" && c.is("POST")) {
        return set_limits(c);
    }
    if (plain && what == "expire-sessions" && c.is("POST")) {
        const std::size_t count =
            world_->vcenter_sessions.expire_all() + world_->snapservice_sessions.expire_all() +
            world_->zstack->sessions.expire_all() + world_->vi.sessions().expire_all();
        return json_answer(200, R"({"expired":)" + std::to_string(count) + "}");
    }
    if (plain && what == "expire-jobs" && c.is("POST")) {
        return json_answer(200,
                           R"({"expired":)" + std::to_string(world_->zstack->expire_jobs()) + "}");
    }
    if (plain && what == "vi" && c.is("POST")) {
        return vi_set(*world_, c);
    }
    if (plain && what == "readings" && c.is("POST")) {
        return set_readings(c);
    }
    if (plain && what == "reset" && c.is("POST")) {
        return reset(c);
    }
    if (plain && what == "vms" && c.is("POST")) {
        return add_vm(c);
    }
    if (c.path.size() == 2 && what == "vms" && c.is("DELETE")) {
        return remove_vm(c, c.path[1]);
    }
    return refuse(c, unknown_operation(c));
}

answer control_api::replace_rules(const call& c) {
    if (c.is("POST")) {
        const auto body = parse_text(c.in.body, {});
        if (!body) {
            return refuse(c, body.error());
        }
        // Both the list alone and {"rules": [...]} are understood.
        const json::object* outer = body->if_object();
        const json::value* list = outer != nullptr ? outer->if_contains("rules") : &*body;
        auto rules = read_rules(list != nullptr ? *list : json::value());
        if (!rules) {
            return refuse(c, rules.error());
        }
        world_->rules.replace(std::move(*rules));
    }
    std::string out = R"({"rules":)";
    append_rules(out, world_->rules.all());
    out += '}';
    return json_answer(200, std::move(out));
}

answer control_api::set_limits(const call& c) {
    const auto body = parse_text(c.in.body, {});
    if (!body) {
        return refuse(c, body.error());
    }
    body_reader in(*body, "");
    const new_limits wanted = read_limits(in, *world_);
    if (auto ok = in.finish(); !ok) {
        return refuse(c, ok.error());
    }
    world_->settings.enforce = wanted.enforce.value_or(world_->settings.enforce);
    world_->settings.refuse_all = wanted.refuse_all.value_or(world_->settings.refuse_all);
    apply_to_queues(*world_, wanted);
    apply_to_lanes(*world_, wanted);
    return json_answer(200, "{}");
}

answer control_api::set_readings(const call& c) {
    const auto body = parse_text(c.in.body, {});
    if (!body) {
        return refuse(c, body.error());
    }
    body_reader in(*body, "");
    config changed = world_->settings;
    visit_readings(changed, setting_reader(in));
    visit_sts_settings(changed.sts, setting_reader(in));
    visit_zstack_readings(changed.zstack, setting_reader(in));
    if (auto ok = in.finish(); !ok) {
        return refuse(c, ok.error());
    }
    if (auto ok = check_config(changed); !ok) {
        return refuse(c, ok.error());
    }
    world_->settings = std::move(changed);
    return json_answer(200, "{}");
}

answer control_api::reset(const call& c) {
    bool everything = true;
    if (!c.in.body.empty()) {
        const auto body = parse_text(c.in.body, {});
        if (!body) {
            return refuse(c, body.error());
        }
        body_reader in(*body, "");
        const std::string_view what = in.text("what").value_or("world");
        everything = what == "world";
        if (!everything && what != "ledger") {
            in.fail(invalid_argument("what is world or ledger."));
        }
        if (auto ok = in.finish(); !ok) {
            return refuse(c, ok.error());
        }
    }
    if (everything) {
        world_ = std::make_unique<world>(initial_, world_->now());
    } else {
        world_->reset_ledger();
    }
    return json_answer(200, "{}");
}

answer control_api::add_vm(const call& c) {
    const auto body = parse_text(c.in.body, {});
    if (!body) {
        return refuse(c, body.error());
    }
    body_reader in(*body, "");
    const std::string_view name = in.required_text("name");
    const std::string_view folder_id = in.text("folder").value_or("group-v3");
    const std::string_view cluster_id = in.text("cluster").value_or("domain-c8");
    const bool on_zstack = in.text("server").value_or("vcenter") == "zstack";
    const std::string_view source = in.text("source").value_or("");
    if (auto ok = in.finish(); !ok) {
        return refuse(c, ok.error());
    }
    if (on_zstack) {
        const auto where = world_->zstack->cluster(cluster_id).value_or(0);
        return json_answer(
            201, R"({"vm":")" + world_->zstack->add_stranger(name, where, source) + R"("})");
    }
    const auto folder = world_->things.folder(folder_id);
    const auto cluster = world_->things.cluster(cluster_id);
    if (!folder || !cluster) {
        return refuse(c, !folder ? no_such("folder", folder_id) : no_such("cluster", cluster_id));
    }
    const std::uint64_t id = world_->add_stranger(*folder, *cluster, name);
    return json_answer(201, R"({"vm":")" + inventory::vm_id(id) + R"("})");
}

answer control_api::remove_vm(const call& c, std::string_view id) {
    const auto number = inventory::vm_number(id);
    const bool removed = number ? world_->remove_vm(*number) : world_->zstack->destroy(id);
    if (!removed) {
        return refuse(c, no_such("virtual machine", id));
    }
    return json_answer(200, "{}");
}

}  // namespace cloned::simulator
