#include "daemon/rpc/api/convert.hpp"
#include "daemon/rpc/api/vendor_json.hpp"

namespace cloned::rpc {
namespace {

placement read_placement(const v1::Placement& in) {
    placement out;
    out.folder = in.folder();
    out.resource_pool = in.resource_pool();
    out.host = in.host();
    out.cluster = in.cluster();
    out.datastore = in.datastore();
    return out;
}

vcenter_clone_spec read_operation(const v1::VcenterClone& in) {
    vcenter_clone_spec out;
    out.source = in.source();
    out.name = in.name();
    out.where = read_placement(in.placement());
    out.disks_to_remove.assign(in.disks_to_remove().begin(), in.disks_to_remove().end());
    for (const auto& update : in.disks_to_update())
        out.disks_to_update.emplace_back(update.disk(), update.datastore());
    if (in.has_power_on()) out.power_on = in.power_on();
    out.guest_customization_spec = in.guest_customization_spec();
    return out;
}

template <class Spec, class Message>
Spec read_snapshot_operation(const Message& in) {
    Spec out;
    out.cluster = in.cluster();
    out.vm = in.vm();
    out.snapshot = in.snapshot();
    out.name = in.name();
    out.where = read_placement(in.placement());
    return out;
}

template <class Texts>
std::vector<std::string> read_texts(const Texts& in) {
    return {in.begin(), in.end()};
}

zstack_clone_spec read_operation(const v1::ZstackClone& in) {
    zstack_clone_spec out;
    out.vm_instance = in.vm_instance_uuid();
    out.name = in.name();
    out.strategy = in.strategy();
    if (in.has_full()) out.full = in.full();
    out.primary_storage_for_root_volume = in.primary_storage_uuid_for_root_volume();
    out.primary_storage_for_data_volume = in.primary_storage_uuid_for_data_volume();
    out.root_volume_system_tags = read_texts(in.root_volume_system_tags());
    out.data_volume_system_tags = read_texts(in.data_volume_system_tags());
    out.cluster = in.cluster_uuid();
    out.host = in.host_uuid();
    for (const auto& nic : in.vm_nic_params())
        out.vm_nic_params += (out.vm_nic_params.empty() ? "[" : ",") + to_sorted_json(nic);
    if (!out.vm_nic_params.empty()) out.vm_nic_params += "]";
    out.system_tags = read_texts(in.system_tags());
    out.user_tags = read_texts(in.user_tags());
    return out;
}

std::int64_t read_span(const google::protobuf::Duration& in) {
    return in.seconds() * 1000 + in.nanos() / 1'000'000;
}

customize_guest_spec read_operation(const v1::CustomizeGuest& in) {
    customize_guest_spec out;
    out.vm = in.vm();
    out.auth = to_vendor_json(in.auth());
    out.customization = to_vendor_json(in.spec());
    for (const auto& param : in.config_params())
        out.config_params += (out.config_params.empty() ? "[" : ",") + to_vendor_json(param);
    if (!out.config_params.empty()) out.config_params += "]";
    out.wait_for_guest = in.wait_for_guest();
    out.boot_grace_ms = read_span(in.boot_grace());
    out.guest_timeout_ms = read_span(in.guest_timeout());
    return out;
}

job_spec read_operation(const v1::JobSpec& in) {
    switch (in.operation_case()) {
        case v1::JobSpec::kLinkedClone:
            return read_snapshot_operation<linked_clone_spec>(in.linked_clone());
        case v1::JobSpec::kRestore:
            return read_snapshot_operation<restore_spec>(in.restore());
        case v1::JobSpec::kPowerOn: {
            power_on_spec out;
            out.vm = in.power_on().vm();
            out.wait_for_tools = in.power_on().wait_for_tools();
            out.tools_timeout_ms = read_span(in.power_on().tools_timeout());
            return out;
        }
        case v1::JobSpec::kVcenterClone:
            return read_operation(in.vcenter_clone());
        case v1::JobSpec::kZstackClone:
            return read_operation(in.zstack_clone());
        case v1::JobSpec::kCustomizeGuest:
            return read_operation(in.customize_guest());
        case v1::JobSpec::OPERATION_NOT_SET:
            break;
    }
    return vcenter_clone_spec();
}

job_priority read_priority(v1::Priority priority) {
    if (priority == v1::PRIORITY_LOW) return job_priority::low;
    if (priority == v1::PRIORITY_HIGH) return job_priority::high;
    return job_priority::normal;
}

}  // namespace

std::optional<wall_time> read_time(const google::protobuf::Timestamp& time) {
    constexpr std::int64_t first_second = -62'135'596'800;  // 0001-01-01T00:00:00Z
    constexpr std::int64_t last_second = 253'402'300'799;   // 9999-12-31T23:59:59Z
    if (time.seconds() < first_second || time.seconds() > last_second) return std::nullopt;
    if (time.nanos() < 0 || time.nanos() > 999'999'999) return std::nullopt;
    return from_ms(time.seconds() * 1000 + time.nanos() / 1'000'000);
}

std::optional<job_state> read_state(int state) {
    // The numbers of the API are those of the model plus one; tests hold both together.
    if (state < 1 || state > static_cast<int>(job_state_count)) return std::nullopt;
    return static_cast<job_state>(state - 1);
}

job_request read_job(const v1::JobSpec& spec, std::size_t index) {
    job_request out;
    out.key = spec.key().empty() ? std::to_string(index + 1) : spec.key();
    out.spec = read_operation(spec);
    out.endpoint = spec.endpoint();
    out.cluster = spec.cluster();
    out.priority = read_priority(spec.priority());
    if (spec.has_not_before()) out.not_before = read_time(spec.not_before());
    if (spec.has_deadline()) out.deadline = read_time(spec.deadline());
    out.max_attempts = static_cast<std::uint32_t>(spec.max_attempts());
    for (const auto& [key, value] : spec.labels()) out.labels.emplace(key, value);
    out.after = spec.after();
    return out;
}

}  // namespace cloned::rpc
