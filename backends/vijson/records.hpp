#pragma once

#include "backends/backend.hpp"
#include "backends/vijson/faults.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the property collector tells, as plain values. Pure.
namespace cloned::backends::vijson {

// TaskInfo. A state that we do not know counts as running: only a clear word ends a job.
struct task_record {
    std::string id;
    task_phase phase = task_phase::running;
    std::string name;
    std::string description_id;
    std::string entity;  // the VM's id; empty if the task is about something else
    std::string user;    // who began it; empty if nobody did
    std::optional<wall_time> queued_at;
    std::optional<wall_time> started_at;
    std::optional<int> percent;
    std::optional<fault> why;  // failed
};

enum class guest_phase : std::uint8_t { idle, pending, running, succeeded, failed };

// VirtualMachine.guest.customizationInfo, and what else is asked of a VM.
struct vm_record {
    std::string id;
    std::optional<bool> powered_on;
    std::vector<std::string> recent_tasks;
    std::optional<guest_phase> guest;  // unset: the guest was never customized
    std::optional<wall_time> guest_started_at;
    std::optional<wall_time> guest_ended_at;
    std::string guest_error;
};

// An object of which something could not be read.
struct hidden_object {
    std::string type;
    std::string id;
    std::string path;  // of the property
    fault why;
};

// One page of a RetrieveResult, or all of them.
struct property_page {
    std::vector<task_record> tasks;
    std::vector<vm_record> vms;
    std::vector<hidden_object> hidden;
    std::string session_user;
    std::size_t objects = 0;  // of which anything is told, of whatever type
    std::string next;         // token of the next page; empty: this is the last one

    const task_record* find_task(std::string_view id) const;
    const vm_record* find_vm(std::string_view id) const;
    const hidden_object* find_hidden(std::string_view type, std::string_view id) const;
};

// An answer of RetrievePropertiesEx and its kind; every form of "nothing" is an empty page.
result<property_page> read_page(std::string_view body);

// Is the body one of the forms in which nothing is answered?
bool is_nothing(std::string_view body);

// A value that may stand in the box that values of no declared type come in.
http::json_node unboxed(const http::json_node& node);

// Does the task customize the guest of its VM?
bool is_customization(const task_record& task);

// How far a job has got whose task this is; `vm` is null where the guest is not waited for, or
// nothing is known of it.
task_status interpret(std::string_view name,
                      const task_record& task,
                      bool follows_guest,
                      const vm_record* vm,
                      const redactor& secrets);

// Is that the name of the same account? One form is svc@vsphere.local, the other VSPHERE.LOCAL\svc.
bool is_same_user(std::string_view a, std::string_view b);

}  // namespace cloned::backends::vijson
