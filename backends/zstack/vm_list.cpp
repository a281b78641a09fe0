#include "backends/zstack/vm_list.hpp"

#include "backends/http/json_reader.hpp"
#include "backends/zstack/node_time.hpp"
#include "backends/zstack/requests.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace cloned::backends::zstack {
namespace {

using http::json_node;
using namespace std::chrono_literals;

// Dates are in whole seconds, and two clocks are never quite alike.
constexpr auto skew = 5s;
// Zones lie between UTC-12 and UTC+14. Whatever offset is configured, a VM whose date lies further
// back than that is older than the request; one that seems less old may not be.
constexpr auto widest_zone_error = 26h;
constexpr std::size_t max_shown = 10;

enum class kinship : std::uint8_t { ours, stranger, unclear };

bool is_removed(std::string_view state) {
    constexpr std::array<std::string_view, 4> removed{"Destroyed", "Destroying", "Expunging",
                                                      "Expunged"};
    return std::find(removed.begin(), removed.end(), state) != removed.end();
}

// Every clone is first created, then started, and one that is to be stopped is stopped last.
bool is_unfinished(std::string_view state, std::string_view strategy) {
    if (strategy == "JustCreate") return false;
    if (state == "Created" || state == "Starting") return true;
    constexpr std::array<std::string_view, 4> before_stop{"Running", "Paused", "Pausing",
                                                          "Stopping"};
    return strategy == "CreateStopped" &&
           std::find(before_stop.begin(), before_stop.end(), state) != before_stop.end();
}

// The uuid in "cloned from vm[uuid:...]", or nothing. Versions and clients that write a text of
// their own have no such mark.
std::string_view marked_source(std::string_view description) {
    constexpr std::string_view mark = "cloned from vm[uuid:";
    const auto at = description.find(mark);
    if (at == std::string_view::npos) return {};
    const auto from = at + mark.size();
    const auto end = description.find(']', from);
    if (end == std::string_view::npos) return {};
    return description.substr(from, end - from);
}

kinship judge(const json_node& vm, const wanted_vm& wanted) {
    const auto source = marked_source(vm.text_or_empty("description"));
    if (!source.empty() && source != wanted.source) return kinship::stranger;
    const auto made = read_node_time(vm.text_or_empty("createDate"), wanted.clock_offset);
    if (made && *made < wanted.sent_at - skew - widest_zone_error) return kinship::stranger;
    // Of the same name and source, but older than the request: a stranger's, or ours where the
    // configured offset is wrong. What cannot be told apart is not adopted.
    return made && *made >= wanted.sent_at - skew ? kinship::ours : kinship::unclear;
}

struct candidate {
    std::string uuid;
    std::string state;
};

std::string shown(const std::vector<candidate>& list) {
    std::string out;
    for (std::size_t i = 0; i < list.size() && i < max_shown; ++i) {
        if (i > 0) out += ", ";
        out += concat(one_line(list[i].uuid, 64), " (", one_line(list[i].state, 32), ")");
    }
    if (list.size() > max_shown) out += ", …";
    return out;
}

vm_sighting conclude(const std::vector<candidate>& ours,
                     const std::vector<candidate>& unclear,
                     const wanted_vm& wanted) {
    vm_sighting out;
    const auto called = concat(" named ", one_line(wanted.name, 100));
    if (ours.size() == 1) {
        out.presence = is_unfinished(ours.front().state, wanted.strategy)
                           ? evidence::vm_presence::incomplete
                           : evidence::vm_presence::present;
        out.vm = ours.front().uuid;
        out.seen = concat("VM ", shown(ours), called, " is listed");
    } else if (!ours.empty()) {
        out.presence = evidence::vm_presence::ambiguous;
        out.seen = concat(std::to_string(ours.size()), " VMs", called,
                          " may be the one that was sent for: ", shown(ours));
    } else if (!unclear.empty()) {
        out.presence = evidence::vm_presence::ambiguous;
        out.seen = concat("VMs", called,
                          " are listed, and nothing tells whether one of them is the "
                          "one that was sent for: ",
                          shown(unclear));
    } else {
        out.seen = concat("no VM", called, " that can be the one that was sent for is listed");
    }
    return out;
}

}  // namespace

result<vm_sighting> read_vms(std::string_view body, const wanted_vm& wanted) {
    http::json_document document;
    const auto root = document.parse(body);
    if (!root) return fail(root.error());
    const auto list = root->at("inventories");
    if (!list) return fail(list.error());
    const auto all = list->elements();
    if (!all) return fail(all.error());
    std::vector<candidate> ours;
    std::vector<candidate> unclear;
    for (const auto& vm : *all) {
        const auto uuid = vm.text_at("uuid");
        const auto name = vm.text_at("name");
        if (!uuid || !name) return fail(!uuid ? uuid.error() : name.error());
        // The database compares without regard to case.
        if (*name != wanted.name || *uuid == wanted.source) continue;
        const auto state = vm.text_or_empty("state");
        if (is_removed(state)) continue;
        const auto kin = judge(vm, wanted);
        if (kin == kinship::stranger) continue;
        auto& into = kin == kinship::ours ? ours : unclear;
        into.push_back({std::string(*uuid), std::string(state)});
    }
    auto out = conclude(ours, unclear, wanted);
    // Behind a full list there may be more.
    if (all->size() >= max_vms_listed && out.presence == evidence::vm_presence::absent) {
        out.presence = evidence::vm_presence::ambiguous;
        out.seen += ", but the list was full";
    }
    return out;
}

}  // namespace cloned::backends::zstack
