#include "backends/snapservice/wire.hpp"
#include "backends/vcenter/wire.hpp"
#include "backends/vijson/wire.hpp"
#include "backends/zstack/requests.hpp"
#include "tests/backends/golden_file.hpp"
#include "tests/backends/golden_upstream.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>

// Each file in golden/<upstream>/requests is what the builder of that name makes.
namespace cloned::testing {
namespace {

std::vector<std::string> names(std::string one) {
    return {std::move(one)};
}

using namespace cloned::backends;
using builders = std::map<std::string, std::function<http::request()>>;

constexpr std::array<std::string_view, 3> live_states{"PENDING", "RUNNING", "BLOCKED"};
const std::vector<std::string> two_tasks{"task-1187:059dd233", "task-1188:059dd233"};

void expect_all(const std::string& folder, const builders& made) {
    auto left = made;
    for (const auto& path : golden_files(folder)) {
        const auto wanted = read_golden(path);
        const auto at = left.find(wanted.name);
        ASSERT_NE(at, left.end()) << "nothing makes " << path;
        expect_golden(at->second(), wanted);
        left.erase(at);
    }
    for (const auto& [name, builder] : left) ADD_FAILURE() << folder << " has no file " << name;
}

// The first request that a backend sends which begins so.
http::request first_sent(const std::string& upstream, const std::string& line) {
    golden_upstream there(upstream);
    there.ask("probe");
    for (const auto& one : there.sent())
        if ((std::string(to_string(one.verb)) + " " + one.target).starts_with(line)) {
            auto out = one;
            out.deadline.reset();
            return out;
        }
    ADD_FAILURE() << "it never sent " << line;
    return {};
}

vcenter_clone_spec small_clone() {
    vcenter_clone_spec spec;
    spec.source = "vm-42";
    spec.name = "web-001";
    return spec;
}

vcenter_clone_spec full_clone() {
    auto spec = small_clone();
    spec.where = {"group-v3", "resgroup-8", "host-801", "domain-c8", "datastore-11"};
    spec.disks_to_remove = {"2001", "2002"};
    spec.disks_to_update = {{"2000", "datastore-12"}, {"2003", "datastore-13"}};
    spec.power_on = false;
    spec.guest_customization_spec = "linux-dhcp";
    return spec;
}

builders vcenter_builders(vapi::flavour speaks, const std::string& session) {
    const vcenter::wire wire(speaks);
    const auto upstream = speaks == vapi::flavour::api ? "vcenter_api" : "vcenter_rest";
    const auto clone_with = [wire](const auto& change) {
        return [wire, change] {
            auto spec = small_clone();
            change(spec);
            return wire.clone(spec, "");
        };
    };
    builders out;
    out["clone_full"] = [wire] { return wire.clone(full_clone(), "op-1"); };
    out["clone_small"] = clone_with([](auto&) {});
    out["clone_powered_on"] = clone_with([](auto& spec) { spec.power_on = true; });
    out["clone_customized"] =
        clone_with([](auto& spec) { spec.guest_customization_spec = "linux-dhcp"; });
    out["clone_without_a_disk"] = clone_with([](auto& spec) { spec.disks_to_remove = {"2001"}; });
    out["clone_with_a_disk_elsewhere"] =
        clone_with([](auto& spec) { spec.disks_to_update = {{"2000", "datastore-12"}}; });
    out["clone_into_a_folder"] = clone_with([](auto& spec) { spec.where.folder = "group-v3"; });
    out["clone_with_escapes"] = clone_with([](auto& spec) { spec.name = "a\"b\\c\n\xc3\xa9"; });
    out["power_on"] = [wire] { return wire.power_on("vm-42:0f/e", "op-1"); };
    out["get_power"] = [wire] { return wire.get_power("vm-42"); };
    out["get_tools"] = [wire] { return wire.get_tools("vm-42"); };
    out["list_tasks"] = [wire] { return wire.list_tasks(two_tasks); };
    out["get_task"] = [wire] { return wire.get_task(two_tasks[0]); };
    out["cancel_task"] = [wire] { return wire.cancel_task(two_tasks[0]); };
    out["list_live_clones"] = [wire] { return wire.list_vm_tasks(live_states); };
    out["list_vms_by_id"] = [wire] { return wire.list_vms_by_id(names("vm-42:0f/e")); };
    out["list_vms_within"] = [wire] {
        const std::vector<std::string> vms{"vm-42:0f/e", "vm-43"};
        const std::vector<std::string> folders{"group-v3", "group-v4"};
        return wire.list_vms_within(vms, folders);
    };
    out["list_folders"] = [wire] { return wire.list_folders(""); };
    out["list_folders_within"] = [wire] { return wire.list_folders("group-v3:0f/e"); };
    out["list_vms"] = [wire] { return wire.list_vms(names("web 001"), "group-v3"); };
    out["list_vms_of_an_escaped_name"] = [wire] { return wire.list_vms(names("a/b"), ""); };
    out["get_session"] = [wire] { return wire.get_session(); };
    out["log_in"] = [upstream, session] { return first_sent(upstream, "POST " + session); };
    return out;
}

TEST(GoldenRequests, OfVcenterInApi) {
    expect_all("vcenter_api/requests", vcenter_builders(vapi::flavour::api, "/api/session"));
}

TEST(GoldenRequests, OfVcenterInRest) {
    expect_all("vcenter_rest/requests",
               vcenter_builders(vapi::flavour::rest, "/rest/com/vmware/cis/session"));
}

TEST(GoldenRequests, OfSnapservice) {
    const snapservice::wire wire;
    const linked_clone_spec small_clone{
        "domain-c8:1", "vm-42", "00000042-0000-4000-8000-000000000002", "web-001", {}};
    const restore_spec small_restore{
        "domain-c8", "vm-9001", "00009001-0000-4000-8000-000000000001", "back-001", {}};
    const auto both = [&](builders& out, const std::string& option, const placement& where) {
        auto clone = small_clone;
        clone.where = where;
        auto restore = small_restore;
        restore.where = where;
        const auto operation = option == "full" ? "op-1" : "";
        out["linked_clone_" + option] = [=] { return wire.linked_clone(clone, operation); };
        out["restore_" + option] = [=] { return wire.restore(restore, operation); };
    };
    builders made;
    both(made, "small", {});
    // What only vCenter's clones know is never sent.
    both(made, "full", {"group-v3", "resgroup-8", "host-801", "domain-c8", "datastore-11"});
    both(made, "into_a_folder", {.folder = "group-v3"});
    both(made, "in_a_pool", {.resource_pool = "resgroup-8"});
    both(made, "on_a_host", {.host = "host-801"});
    made["list_tasks"] = [&] { return wire.list_tasks(two_tasks); };
    made["get_task"] = [&] { return wire.get_task(two_tasks[0]); };
    made["list_live_tasks"] = [&] { return wire.list_vm_tasks(live_states); };
    made["get_session"] = [&] { return wire.get_session(); };
    made["list_nothing"] = [&] { return wire.list_nothing(); };
    made["log_in"] = [] { return first_sent("snapservice", "POST /api/snapservice/sessions"); };

    expect_all("snapservice/requests", made);
}

TEST(GoldenRequests, OfViJson) {
    const vijson::wire wire("8.0.3.0");
    vijson::property_request polled;
    polled.tasks = {"task-5312", "task-5313"};
    polled.vms = {"vm-42"};
    vijson::property_request looked;
    looked.vms = {"vm-42"};
    looked.recent_tasks = true;
    looked.session_manager = "SessionManager";
    builders made;
    made["hello"] = [] { return vijson::say_hello(); };
    made["get_content"] = [&] { return wire.get_content(); };
    made["log_in"] = [] { return first_sent("vijson", "POST /sdk/vim25/8.0.3.0/SessionManager/"); };
    made["log_out"] = [&] { return wire.logout("SessionManager", "0f9e8d7c6b5a"); };
    made["retrieve_polled"] = [&] { return wire.retrieve("propertyCollector", polled); };
    made["retrieve_looked"] = [&] { return wire.retrieve("propertyCollector", looked); };
    made["next_page"] = [&] { return wire.next_page("propertyCollector", "1-2"); };
    made["current_time"] = [&] { return wire.current_time(); };
    made["cancel_task"] = [&] { return wire.cancel_task("task-5312"); };

    expect_all("vijson/requests", made);
}

TEST(GoldenRequests, OfZstack) {
    const std::string uuid = "4d89929b96374b318af338577e77faec";
    zstack_clone_spec small;
    small.vm_instance = "5f2c9a7e1d3b4c6f8a90b1c2d3e4f506";
    auto full = small;
    full.strategy = "CreateStopped";
    full.full = false;
    full.primary_storage_for_root_volume = "c2a27c5268493a5cba84b94e37b86b4d";
    full.primary_storage_for_data_volume = "d2a27c5268493a5cba84b94e37b86b4d";
    full.root_volume_system_tags = {"volumeProvisioningStrategy::ThinProvisioning", "a::b"};
    full.data_volume_system_tags = {"c::d"};
    full.cluster = "1a82b64867b949e483598cee2b9b856c";
    full.host = "70c0f5223d083dfea2f1a02f69906306";
    full.vm_nic_params = R"([{"l3NetworkUuid":"2ac5","ip":"10.0.0.9","isDefaultNic":true}])";
    full.system_tags = {"volume::fastCreate", "volume::flatten"};
    full.user_tags = {"night \"shift\""};
    const auto with = [&](const std::string& strategy) {
        auto spec = small;
        spec.strategy = strategy;
        return [=] { return *zstack::clone_request(spec, {"web-001"}, uuid); };
    };
    auto data_too = small;
    data_too.full = true;
    auto linked = small;
    linked.system_tags = {"volume::fastCreate"};
    builders made;
    made["clone_full"] = [=] { return *zstack::clone_request(full, {"web-001", "web-002"}, uuid); };
    made["clone_small"] = [=] { return *zstack::clone_request(small, {"web-001"}, uuid); };
    made["clone_instant_start"] = with("InstantStart");
    made["clone_just_create"] = with("JustCreate");
    made["clone_create_stopped"] = with("CreateStopped");
    made["clone_with_data"] = [=] { return *zstack::clone_request(data_too, {"web-001"}, uuid); };
    made["clone_linked"] = [=] { return *zstack::clone_request(linked, {"web-001"}, uuid); };
    made["get_job"] = [=] { return zstack::job_request(uuid); };
    made["list_vms"] = [] { return zstack::vms_named("web 001&"); };
    made["probe"] = [] { return zstack::probe_request(); };
    made["log_out"] = [] { return zstack::logout("093d22e300fc4574bff71b405f55ebf9"); };
    made["log_in"] = [] { return first_sent("zstack", "PUT /zstack/v1/accounts/login"); };

    expect_all("zstack/requests", made);
}

}  // namespace
}  // namespace cloned::testing
