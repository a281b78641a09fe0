#pragma once

#include "daemon/model/job.hpp"

#include <concepts>
#include <type_traits>

namespace cloned::storage {

// The one list of the fields of each spec, for writing and for reading.
template <class Visitor>
void visit_fields(auto& spec, Visitor& field)
    requires std::same_as<std::remove_cvref_t<decltype(spec)>, placement>
{
    field("folder", spec.folder);
    field("resource_pool", spec.resource_pool);
    field("host", spec.host);
    field("cluster", spec.cluster);
    field("datastore", spec.datastore);
}

template <class Visitor>
void visit_fields(auto& spec, Visitor& field)
    requires std::same_as<std::remove_cvref_t<decltype(spec)>, vcenter_clone_spec>
{
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
void visit_fields(auto& spec, Visitor& field)
    requires std::same_as<std::remove_cvref_t<decltype(spec)>, linked_clone_spec> ||
             std::same_as<std::remove_cvref_t<decltype(spec)>, restore_spec>
{
    field("cluster", spec.cluster);
    field("vm", spec.vm);
    field("snapshot", spec.snapshot);
    field("name", spec.name);
    field("where", spec.where);
}

template <class Visitor>
void visit_fields(auto& spec, Visitor& field)
    requires std::same_as<std::remove_cvref_t<decltype(spec)>, power_on_spec>
{
    field("vm", spec.vm);
    field("wait_for_tools", spec.wait_for_tools);
}

}  // namespace cloned::storage
