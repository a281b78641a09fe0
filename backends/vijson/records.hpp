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
    std::optional<wall_time> ended_at;
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
    std::string type;  // empty, as the id: the answer does not say of what
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
    std::size_t told = 0;     // properties that are shown to nobody without a session
    std::string next;         // token of the next page; empty: this is the last one

    const task_record* find_task(std::string_view id) const;
    const vm_record* find_vm(std::string_view id) const;
    const hidden_object* find_hidden(std::string_view type, std::string_view id) const;
};

// An answer of RetrievePropertiesEx and its kind; every form of "nothing" is an empty page. A fault
// is none, whatever the status that it came with.
result<property_page> read_page(std::string_view body);

// Does a part of the page say that the session is not, or no longer, known? Some servers do not
// refuse the call then, but each property by itself.
const hidden_object* find_unauthenticated(const property_page& page);

// Does the answer say so, as is_dead_session() or in all that it holds? Where other properties are
// told, the session lives.
bool tells_dead_session(const http::response& answer);
// The words of an answer that tells so.
error explain_dead_session(const http::response& answer);

// Is the body one of the forms in which nothing is answered?
bool is_nothing(std::string_view body);

// A value that may stand in the box that values of no declared type come in.
http::json_node unboxed(const http::json_node& node);

// Does the task customize the guest of its VM?
bool is_customization(const task_record& task);

// Did the task end with a fault that does not tell whether its guest was set to work?
bool is_unclear(const task_record& task);

// How far a job has got whose task this is; `vm` is null where the guest is not waited for, or
// nothing is known of it. A task that ended with a fault that says nothing of its work has done
// what the guest reports to have begun since.
task_status interpret(std::string_view name,
                      const task_record& task,
                      bool follows_guest,
                      const vm_record* vm);

// Is that the name of the same account? One form is svc@vsphere.local, the other VSPHERE.LOCAL\svc.
bool is_same_user(std::string_view a, std::string_view b);

}  // namespace cloned::backends::vijson
