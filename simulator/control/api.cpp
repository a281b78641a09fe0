#include "simulator/control/api.hpp"

#include "simulator/control/vi_control.hpp"
#include "simulator/model/body_reader.hpp"

#include <type_traits>

namespace cloned::simulator {

namespace json = boost::json;

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
    const auto cluster_id = in.text("cluster");
    const auto kind = in.text("kind");
    const auto limit = in.number("limit");
    const auto strangers = in.number("strangers");
    const auto arrivals = in.number("strangers_per_s");
    const auto enforce = in.flag("enforce");
    const auto names = in.text("names");
    if (names && !from_text(*names, world_->settings.names)) {
        in.fail(invalid_argument("names is at_post, in_task or allow."));
    }
    if (kind && *kind != "clone" && *kind != "linked_clone" && *kind != "restore" &&
        *kind != "zstack_clone") {
        in.fail(invalid_argument("kind is clone, linked_clone, restore or zstack_clone."));
    }
    auto cluster = cluster_id ? world_->things.cluster(*cluster_id) : std::nullopt;
    if (cluster_id && !cluster) {
        cluster = world_->zstack->cluster(*cluster_id);
    }
    if (cluster_id && !cluster) {
        in.fail(no_such("cluster", *cluster_id));
    }
    if (auto ok = in.finish(); !ok) {
        return refuse(c, ok.error());
    }
    world_->settings.enforce = enforce.value_or(world_->settings.enforce);
    const auto set = [&](auto& target, const std::optional<double>& value) {
        if (value) {
            target = static_cast<std::remove_reference_t<decltype(target)>>(*value);
        }
    };
    if (kind == "clone" && !cluster) {
        set(world_->queue().limit, limit);
        set(world_->queue().strangers, strangers);
        world_->run_waiting();
    }
    for (std::uint32_t i = 0; kind == "zstack_clone" && i < world_->zstack->queues().size(); ++i) {
        if (!cluster || *cluster == i) {
            set(world_->zstack->queues()[i].limit, limit);
            world_->zstack->run_waiting(i);
        }
    }
    for (lane& l : world_->lanes()) {
        const bool queued = (l.kind == operation_kind::clone && !(kind == "clone" && cluster)) ||
                            l.kind == operation_kind::zstack_clone;
        if (queued || (kind && *kind != to_text(l.kind)) || (cluster && *cluster != l.cluster)) {
            continue;
        }
        set(l.limit, limit);
        set(l.strangers, strangers);
        set(l.strangers_per_s, arrivals);
        l.note_peaks();
        world_->plan_arrival(l);
    }
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
