#include "daemon/rpc/api/validate.hpp"

#include "base/text.hpp"
#include "daemon/rpc/api/convert.hpp"
#include "daemon/rpc/api/text_rules.hpp"
#include "daemon/rpc/api/validate_guest.hpp"

#include <google/protobuf/unknown_field_set.h>

#include <algorithm>

namespace cloned::rpc {
namespace {

constexpr int zstack_list_max = 64;
constexpr std::size_t tag_bytes_max = 1024;
constexpr std::size_t nic_bytes_max = std::size_t{64} << 10U;

void check_labels(const v1::JobSpec& spec, const field_place& place) {
    if (spec.labels_size() > labels_max) place.wrong("labels", "must not exceed 32 entries");
    for (const auto& [key, value] : spec.labels()) {
        if (const auto* wrong = label_key_problem(key)) place.wrong("labels", wrong);
        if (const auto* wrong = line_problem(value, label_value_bytes_max))
            place.wrong(concat("labels[", presentable(key, label_key_bytes_max), "]"), wrong);
    }
}

void check_times(const v1::JobSpec& spec, wall_time now, const field_place& place) {
    constexpr auto range = "must be a time of the years 1 to 9999";
    std::optional<wall_time> not_before;
    if (spec.has_not_before()) {
        check_known(spec.not_before(), place.in("not_before"));
        not_before = read_time(spec.not_before());
        if (!not_before) place.wrong("not_before", range);
    }
    if (!spec.has_deadline()) return;
    check_known(spec.deadline(), place.in("deadline"));
    const auto deadline = read_time(spec.deadline());
    if (!deadline) {
        place.wrong("deadline", range);
        return;
    }
    if (not_before && *deadline <= *not_before) place.wrong("deadline", "must be after not_before");
    if (*deadline <= now) place.wrong_now("deadline", "has passed already");
}

void check_numbers(const v1::JobSpec& spec, const field_place& place) {
    if (!v1::Priority_IsValid(spec.priority()))
        place.wrong("priority", concat("has the unknown value ", std::to_string(spec.priority())));
    if (spec.max_attempts() < 0 || spec.max_attempts() > attempts_max)
        place.wrong("max_attempts", "must be 0 to 20");
}

void require_id(const std::string& id, std::string_view field, const field_place& place) {
    place.wrong_if(field, id.empty() ? "is required" : id_problem(id));
}

// The VM that a job works on may be left to the job that it waits for.
void check_source(const std::string& id,
                  std::string_view field,
                  bool chained,
                  const field_place& place) {
    if (!id.empty())
        place.wrong_if(field, id_problem(id));
    else if (!chained)
        place.wrong(field, "is required, because `after` names no job that makes it");
}

// Fields that only vcenter_clone has are refused elsewhere, instead of being dropped on the way.
void check_placement(const v1::Placement& where, bool vcenter, const field_place& place) {
    check_known(where, place);
    place.wrong_if("folder", id_problem(where.folder()));
    place.wrong_if("resource_pool", id_problem(where.resource_pool()));
    place.wrong_if("host", id_problem(where.host()));
    constexpr auto not_here = "is not supported by this operation";
    place.wrong_if("cluster",
                   vcenter || where.cluster().empty() ? id_problem(where.cluster()) : not_here);
    place.wrong_if("datastore",
                   vcenter || where.datastore().empty() ? id_problem(where.datastore()) : not_here);
}

std::vector<std::string_view> check_removed_disks(const v1::VcenterClone& op,
                                                  const field_place& place) {
    if (op.disks_to_remove_size() > disks_max)
        place.wrong("disks_to_remove", "must not exceed 256 entries");
    std::vector<std::string_view> seen;
    const int count = std::min(op.disks_to_remove_size(), disks_max);
    for (int i = 0; i < count; ++i) {
        const auto& disk = op.disks_to_remove(i);
        const auto here = place.in("disks_to_remove", static_cast<std::size_t>(i));
        require_id(disk, "", here);
        if (std::find(seen.begin(), seen.end(), disk) != seen.end())
            here.wrong("", "names a disk that is listed before");
        seen.push_back(disk);
    }
    return seen;
}

void check_disks(const v1::VcenterClone& op, const field_place& place) {
    const auto removed = check_removed_disks(op, place);
    if (op.disks_to_update_size() > disks_max)
        place.wrong("disks_to_update", "must not exceed 256 entries");
    std::vector<std::string_view> seen;
    const int count = std::min(op.disks_to_update_size(), disks_max);
    for (int i = 0; i < count; ++i) {
        const auto& update = op.disks_to_update(i);
        const auto here = place.in("disks_to_update", static_cast<std::size_t>(i));
        check_known(update, here);
        require_id(update.disk(), "disk", here);
        require_id(update.datastore(), "datastore", here);
        if (std::find(seen.begin(), seen.end(), update.disk()) != seen.end())
            here.wrong("disk", "names a disk that is listed before");
        if (std::find(removed.begin(), removed.end(), update.disk()) != removed.end())
            here.wrong("disk", "names a disk that disks_to_remove lists as well");
        seen.push_back(update.disk());
    }
}

void check_operation(const v1::VcenterClone& op, bool chained, const field_place& place) {
    check_known(op, place);
    check_source(op.source(), "source", chained, place);
    place.wrong_if("name", vm_name_problem(op.name()));
    if (op.has_placement()) check_placement(op.placement(), true, place.in("placement"));
    check_disks(op, place);
    place.wrong_if("guest_customization_spec",
                   line_problem(op.guest_customization_spec(), id_bytes_max));
}

template <class Operation>
void check_snapshot_operation(const Operation& op, const field_place& place) {
    check_known(op, place);
    place.wrong_if("cluster", id_problem(op.cluster()));
    require_id(op.vm(), "vm", place);
    require_id(op.snapshot(), "snapshot", place);
    place.wrong_if("name", vm_name_problem(op.name()));
    if (op.has_placement()) check_placement(op.placement(), false, place.in("placement"));
}

void check_plain_uuid(const std::string& id, std::string_view field, const field_place& place) {
    if (!id.empty() && !is_plain_uuid(id))
        place.wrong(field, "must be a UUID of 32 hexadecimal digits without dashes");
}

void check_tags(const google::protobuf::RepeatedPtrField<std::string>& tags,
                std::string_view field,
                const field_place& place) {
    if (tags.size() > zstack_list_max) place.wrong(field, "must not exceed 64 entries");
    for (int i = 0; i < std::min(tags.size(), zstack_list_max); ++i) {
        const auto here = place.in(field, static_cast<std::size_t>(i));
        here.wrong_if("", tags[i].empty() ? "is required" : line_problem(tags[i], tag_bytes_max));
    }
}

void check_operation(const v1::ZstackClone& op, bool chained, const field_place& place) {
    check_known(op, place);
    check_source(op.vm_instance_uuid(), "vm_instance_uuid", chained, place);
    check_plain_uuid(op.vm_instance_uuid(), "vm_instance_uuid", place);
    place.wrong_if("name", zstack_name_problem(op.name()));
    const auto& strategy = op.strategy();
    if (!strategy.empty() && strategy != "InstantStart" && strategy != "JustCreate" &&
        strategy != "CreateStopped")
        place.wrong("strategy", "must be InstantStart, JustCreate or CreateStopped");
    check_plain_uuid(op.primary_storage_uuid_for_root_volume(),
                     "primary_storage_uuid_for_root_volume", place);
    check_plain_uuid(op.primary_storage_uuid_for_data_volume(),
                     "primary_storage_uuid_for_data_volume", place);
    check_plain_uuid(op.cluster_uuid(), "cluster_uuid", place);
    check_plain_uuid(op.host_uuid(), "host_uuid", place);
    check_tags(op.root_volume_system_tags(), "root_volume_system_tags", place);
    check_tags(op.data_volume_system_tags(), "data_volume_system_tags", place);
    check_tags(op.system_tags(), "system_tags", place);
    check_tags(op.user_tags(), "user_tags", place);
    if (op.vm_nic_params_size() > zstack_list_max)
        place.wrong("vm_nic_params", "must not exceed 64 entries");
    std::size_t bytes = 0;
    for (const auto& nic : op.vm_nic_params()) bytes += nic.ByteSizeLong();
    if (bytes > nic_bytes_max) place.wrong("vm_nic_params", "must not exceed 64 KiB");
}

std::string names_of_kinds() {
    std::string out;
    for (const auto& row : job_kinds) out += concat(out.empty() ? "" : ", ", row.name);
    return out;
}

void check_operation_of(const v1::JobSpec& spec,
                        const std::vector<std::string>* credentials,
                        const field_place& place) {
    const bool chained = !spec.after().empty();
    switch (spec.operation_case()) {
        case v1::JobSpec::kVcenterClone:
            check_operation(spec.vcenter_clone(), chained, place.in("vcenter_clone"));
            break;
        case v1::JobSpec::kLinkedClone:
            check_snapshot_operation(spec.linked_clone(), place.in("linked_clone"));
            break;
        case v1::JobSpec::kRestore:
            check_snapshot_operation(spec.restore(), place.in("restore"));
            break;
        case v1::JobSpec::kPowerOn: {
            const auto here = place.in("power_on");
            check_known(spec.power_on(), here);
            check_source(spec.power_on().vm(), "vm", chained, here);
            check_span(spec.power_on().tools_timeout(), here.in("tools_timeout"));
            break;
        }
        case v1::JobSpec::kZstackClone:
            check_operation(spec.zstack_clone(), chained, place.in("zstack_clone"));
            break;
        case v1::JobSpec::kCustomizeGuest: {
            const auto here = place.in("customize_guest");
            check_known(spec.customize_guest(), here);
            check_source(spec.customize_guest().vm(), "vm", chained, here);
            check_guest(spec.customize_guest(), credentials, here);
            break;
        }
        case v1::JobSpec::OPERATION_NOT_SET:
            place.wrong("", concat("needs exactly one of ", names_of_kinds()));
            break;
    }
}

}  // namespace

void check_span(const google::protobuf::Duration& span, const field_place& place) {
    constexpr std::int64_t seconds_max = 86'400;
    if (span.seconds() < 0 || span.seconds() > seconds_max || span.nanos() < 0 ||
        span.nanos() > 999'999'999)
        place.wrong("", "must be 0 s to 24 h");
}

void check_known(const google::protobuf::Message& message, const field_place& place) {
    const auto& unknown = message.GetReflection()->GetUnknownFields(message);
    if (unknown.empty()) return;
    place.wrong("", concat("has field ", std::to_string(unknown.field(0).number()),
                           ", which this server does not know"));
}

job_route check_job(const v1::JobSpec& spec,
                    const endpoint_directory& endpoints,
                    wall_time now,
                    const field_place& place) {
    check_known(spec, place);
    if (!spec.key().empty() && !is_token(spec.key()))
        place.wrong("key", "must be 1 to 63 of a-z A-Z 0-9 . _ -");
    place.wrong_if("cluster", id_problem(spec.cluster()));
    if (!spec.after().empty() && !is_token(spec.after()))
        place.wrong("after", "must be the key of another job of the batch");
    auto target = find_route(spec, endpoints, place);
    check_operation_of(spec, target.endpoint == nullptr ? nullptr : &target.endpoint->credentials,
                       place);
    check_numbers(spec, place);
    check_times(spec, now, place);
    check_labels(spec, place);
    return target;
}

void check_header(const std::string& request_id,
                  const std::string& display_name,
                  const field_place& place) {
    place.wrong_if("request_id", request_id_problem(request_id));
    place.wrong_if("display_name", line_problem(display_name, display_name_bytes_max));
}

std::size_t check_page_size(std::int32_t asked, std::int32_t usual, const field_place& place) {
    if (asked < 0 || asked > page_size_max) {
        place.wrong("page_size", "must be 0 to 1000");
        return 0;
    }
    return static_cast<std::size_t>(asked == 0 ? usual : asked);
}

}  // namespace cloned::rpc
