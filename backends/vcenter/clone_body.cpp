#include "backends/vcenter/clone_body.hpp"

#include "backends/http/encoding.hpp"

namespace cloned::backends::vcenter {
namespace {

using http::append_json_key;
using http::append_json_member;
using http::append_json_text;

void append_placement(std::string& out, const placement& where) {
    if (where == placement()) return;
    append_json_key(out, "placement");
    out += '{';
    append_json_member(out, "folder", where.folder);
    append_json_member(out, "resource_pool", where.resource_pool);
    append_json_member(out, "host", where.host);
    append_json_member(out, "cluster", where.cluster);
    append_json_member(out, "datastore", where.datastore);
    out += '}';
}

void append_texts(std::string& out, const std::vector<std::string>& texts) {
    out += '[';
    for (const auto& text : texts) {
        if (out.back() != '[') out += ',';
        append_json_text(out, text);
    }
    out += ']';
}

// A map is an object in /api and an array of pairs in /rest.
void append_disks(std::string& out, const vcenter_clone_spec& spec, bool rest) {
    append_json_key(out, "disks_to_update");
    out += rest ? '[' : '{';
    bool first = true;
    for (const auto& [disk, datastore] : spec.disks_to_update) {
        if (!first) out += ',';
        first = false;
        if (rest) out += R"({"key":)";
        append_json_text(out, disk);
        out += rest ? R"(,"value":{)" : ":{";
        append_json_member(out, "datastore", datastore);
        out += rest ? "}}" : "}";
    }
    out += rest ? ']' : '}';
}

}  // namespace

std::string clone_body(const vcenter_clone_spec& spec, bool rest) {
    std::string out;
    out.reserve(384);
    if (rest) out += R"({"spec":)";
    out += '{';
    append_json_member(out, "source", spec.source);
    append_json_member(out, "name", spec.name);
    append_placement(out, spec.where);
    if (!spec.disks_to_remove.empty()) {
        append_json_key(out, "disks_to_remove");
        append_texts(out, spec.disks_to_remove);
    }
    if (!spec.disks_to_update.empty()) append_disks(out, spec, rest);
    if (spec.power_on) {
        append_json_key(out, "power_on");
        out += *spec.power_on ? "true" : "false";
    }
    if (!spec.guest_customization_spec.empty()) {
        append_json_key(out, "guest_customization_spec");
        out += '{';
        append_json_member(out, "name", spec.guest_customization_spec);
        out += '}';
    }
    out += rest ? "}}" : "}";
    return out;
}

}  // namespace cloned::backends::vcenter
