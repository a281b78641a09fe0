#include "simulator/control/api.hpp"
#include "simulator/control/json_writer.hpp"
#include "simulator/control/vi_control.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace cloned::simulator {

namespace {

constexpr std::size_t double_names_max = 1000;

void write_routes(json_writer& json, const ledger& book) {
    json.key("routes");
    json.open('[');
    for (const auto& [key, count] : book.routes()) {
        json.open('{');
        json.member("server", to_text(key.first));
        json.member("route", key.second);
        json.member("requests", count.requests);
        json.key("by_status");
        json.open('{');
        for (const auto& [status, requests] : count.by_status) {
            json.member(std::to_string(status), requests);
        }
        json.close('}');
        json.close('}');
    }
    json.close(']');
}

std::string cluster_text(const world& w, operation_kind kind, std::uint32_t cluster) {
    return kind == operation_kind::zstack_clone ? w.zstack->cluster_uuid(cluster)
                                                : w.things.cluster_id(cluster);
}

void write_lanes(json_writer& json, world& w) {
    json.key("lanes");
    json.open('[');
    for (const lane& l : w.lanes()) {
        json.open('{');
        json.member("server", to_text(server_of(l.kind)));
        json.member("cluster", cluster_text(w, l.kind, l.cluster));
        json.member("kind", to_text(l.kind));
        json.member("limit", l.limit);
        json.member("strangers", l.strangers);
        json.member("passing_strangers", l.passing_strangers);
        json.member("current", l.current);
        json.member("accepted", l.accepted);
        json.member("refused", l.refused);
        json.member("succeeded", l.succeeded);
        json.member("failed", l.failed);
        json.member("peak", l.peak);
        json.member("peak_with_strangers", l.peak_with_strangers);
        json.member("violations", l.violations);
        json.close('}');
    }
    json.close(']');
}

// Of the clones that are accepted there, those that are at work, and those that wait.
void write_zstack_queues(json_writer& json, world& w) {
    json.key("zstack_queues");
    json.open('[');
    for (std::uint32_t i = 0; i < w.zstack->queues().size(); ++i) {
        const zstack_node::work_queue& q = w.zstack->queues()[i];
        json.open('{');
        json.member("cluster", w.zstack->cluster_uuid(i));
        json.member("limit", q.limit);
        json.member("running", q.running);
        json.member("waiting", q.waiting.size());
        json.member("peak_running", q.peak_running);
        json.close('}');
    }
    json.close(']');
}

void write_totals(json_writer& json, world& w) {
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t violations = w.vi.book().violations;
    for (const lane& l : w.lanes()) {
        accepted += l.accepted;
        refused += l.refused;
        succeeded += l.succeeded;
        failed += l.failed;
        violations += l.violations;
    }
    json.member("accepted", accepted);
    json.member("refused", refused);
    json.member("succeeded", succeeded);
    json.member("failed", failed);
    json.member("in_progress", accepted - succeeded - failed);
    json.member("violations", violations);
    const ledger& book = w.book;
    json.member("doubles", book.doubles().size());
    json.member("doubles_ever", book.doubles_ever());
    json.key("double_names");
    json.open('[');
    std::size_t listed = 0;
    for (const auto& [name, count] : book.doubles()) {
        if (++listed > double_names_max) {
            break;
        }
        json.open('{');
        json.member("folder", name.folder);
        json.member("name", name.name);
        json.member("count", count);
        json.close('}');
    }
    json.close(']');
}

void write_record(json_writer& json, const world& w, const operation_record& r, bool as_vm) {
    json.open('{');
    if (as_vm) {
        json.member("vm", r.vm_uuid.empty() ? inventory::vm_id(r.vm) : r.vm_uuid);
    }
    const bool on_zstack = r.kind == operation_kind::zstack_clone;
    json.member("task", r.task);
    json.member("server", to_text(server_of(r.kind)));
    json.member("cluster", cluster_text(w, r.kind, r.cluster));
    json.member("kind", to_text(r.kind));
    json.member("source", on_zstack ? r.source_uuid : inventory::vm_id(r.source));
    json.member("folder", on_zstack ? w.zstack->zone_uuid() : w.things.folder_id(r.folder));
    json.member("name", r.name);
    json.member("state", to_text(r.state));
    json.member("request_id", r.request_id);
    json.member("op_id", r.op_id);
    json.member(as_vm ? "made_at_ms" : "started_ms", to_ms(r.started));
    if (r.ended != never) {
        json.member("ended_ms", to_ms(r.ended));
    }
    if (!r.error.empty()) {
        json.member("error", r.error);
    }
    json.close('}');
}

void write_records(
    json_writer& json, const world& w, bool as_vms, std::size_t offset, std::size_t limit) {
    json.key(as_vms ? "vms" : "operations");
    json.open('[');
    const auto& records = w.book.records();
    for (std::size_t i = offset; i < records.size() && i - offset < limit; ++i) {
        if (!as_vms || records[i].vm != 0 || !records[i].vm_uuid.empty()) {
            write_record(json, w, records[i], as_vms);
        }
    }
    json.close(']');
}

void write_sessions(json_writer& json, world& w) {
    const auto write = [&](std::string_view name, const session_table& table) {
        json.key(name);
        json.open('{');
        json.member("open", table.size());
        json.member("peak", table.peak());
        json.member("closed", table.closed());
    };
    json.key("sessions");
    json.open('{');
    for (const auto server :
         {server_kind::vcenter, server_kind::snapservice, server_kind::zstack}) {
        write(to_text(server), server == server_kind::vcenter  ? w.vcenter_sessions
                               : server == server_kind::zstack ? w.zstack->sessions
                                                               : w.snapservice_sessions);
        json.member("created", w.book.sessions(server));
        json.close('}');
    }
    write("vi_json", w.vi.sessions());
    json.close('}');
    json.close('}');
}

void write_accounts(json_writer& json, const account_table& accounts) {
    json.key("accounts");
    json.open('[');
    for (const auto& [name, a] : accounts.all()) {
        json.open('{');
        json.member("account", name);
        json.member("tried", a.tried);
        json.member("failed", a.failed);
        json.member("locked", a.locked);
        json.member("lockouts", a.lockouts);
        json.close('}');
    }
    json.close(']');
}

std::size_t number_or(std::string_view text, std::size_t fallback) {
    std::size_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc{} && !text.empty() ? number : fallback;
}

}  // namespace

answer control_api::show_ledger(const call& c) const {
    world& w = *world_;
    std::string out;
    json_writer json(out);
    json.open('{');
    json.member("now_ms", to_ms(w.now()));
    json.member("requests", w.book.requests());
    write_totals(json, w);
    write_sessions(json, w);
    write_accounts(json, w.accounts);
    json.key("clone_queue");
    json.open('{');
    json.member("limit", w.queue().limit);
    json.member("strangers", w.queue().strangers);
    json.member("running", w.queue().running);
    json.member("waiting", w.queue().waiting.size());
    json.member("peak_running", w.queue().peak_running);
    json.close('}');
    write_zstack_queues(json, w);
    json.key("customizations");
    json.raw(boost::json::serialize(vi_ledger(w)));
    write_lanes(json, w);
    write_routes(json, w.book);
    json.member("listed", w.book.records().size());
    json.member("unlisted", w.book.unlisted());
    const std::size_t offset = number_or(c.target.first("offset"), 0);
    const std::size_t limit = number_or(c.target.first("limit"), ~std::size_t{0});
    if (c.target.first("vms") == "1") {
        write_records(json, w, true, offset, limit);
    }
    if (c.target.first("operations") == "1") {
        write_records(json, w, false, offset, limit);
    }
    json.close('}');
    return json_answer(200, std::move(out));
}

}  // namespace cloned::simulator
