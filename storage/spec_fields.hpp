#pragma once

#include "model/job.hpp"

#include <concepts>
#include <type_traits>

namespace cloned::storage {

// A spec of one of these sorts, for reading or for writing.
template <class T, class... Specs>
concept one_of = (std::same_as<std::remove_const_t<T>, Specs> || ...);

// The one list of the fields of each spec, for writing and for reading.
template <class Visitor>
void visit_fields(one_of<placement> auto& spec, Visitor& field) {
    field("folder", spec.folder);
    field("resource_pool", spec.resource_pool);
    field("host", spec.host);
    field("cluster", spec.cluster);
    field("datastore", spec.datastore);
}

template <class Visitor>
void visit_fields(one_of<vcenter_clone_spec> auto& spec, Visitor& field) {
    field("source", spec.source);
    field("name", spec.name);
    field("where", spec.where);
    field("disks_to_remove", spec.disks_to_remove);
    field("disks_to_update", spec.disks_to_update);
    field("power_on", spec.power_on);
    field("guest_customization_spec", spec.guest_customization_spec);
}

// A linked clone and a restore have the same fields.
template <class Visitor>
void visit_fields(one_of<linked_clone_spec, restore_spec> auto& spec, Visitor& field) {
    field("cluster", spec.cluster);
    field("vm", spec.vm);
    field("snapshot", spec.snapshot);
    field("name", spec.name);
    field("where", spec.where);
}

template <class Visitor>
void visit_fields(one_of<power_on_spec> auto& spec, Visitor& field) {
    field("vm", spec.vm);
    field("wait_for_tools", spec.wait_for_tools);
    field("tools_timeout_ms", spec.tools_timeout_ms);
}

template <class Visitor>
void visit_fields(one_of<zstack_clone_spec> auto& spec, Visitor& field) {
    field("vm_instance", spec.vm_instance);
    field("name", spec.name);
    field("strategy", spec.strategy);
    field("full", spec.full);
    field("primary_storage_for_root_volume", spec.primary_storage_for_root_volume);
    field("primary_storage_for_data_volume", spec.primary_storage_for_data_volume);
    field("root_volume_system_tags", spec.root_volume_system_tags);
    field("data_volume_system_tags", spec.data_volume_system_tags);
    field("cluster", spec.cluster);
    field("host", spec.host);
    field("vm_nic_params", spec.vm_nic_params);
    field("system_tags", spec.system_tags);
    field("user_tags", spec.user_tags);
}

template <class Visitor>
void visit_fields(one_of<customize_guest_spec> auto& spec, Visitor& field) {
    field("vm", spec.vm);
    field("auth", spec.auth);
    field("customization", spec.customization);
    field("config_params", spec.config_params);
    field("wait_for_guest", spec.wait_for_guest);
    field("boot_grace_ms", spec.boot_grace_ms);
    field("guest_timeout_ms", spec.guest_timeout_ms);
}

}  // namespace cloned::storage
