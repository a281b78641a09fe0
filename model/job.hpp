#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "model/job_kind.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// What a job is, as plain values. Field names of the specs are those of the vendors' pages; an
// empty string is a field left unset.
namespace cloned {

enum class job_state : std::uint8_t {
    blocked,         // waits for a time or for another job
    queued,          // waits for a slot
    submitting,      // the intent is on disk; bytes may have left
    running,         // the upstream works on it, task id known
    in_doubt,        // sent, or perhaps sent; the outcome is being found out
    needs_operator,  // evidence cannot settle it
    succeeded,
    failed,
    cancelled,
};
inline constexpr std::size_t job_state_count = 9;

enum class job_priority : std::uint8_t { low, normal, high };
inline constexpr std::size_t job_priority_count = 3;

std::string_view to_string(job_state state);
std::string_view to_string(job_priority priority);
std::optional<job_state> job_state_from_string(std::string_view text);

// True for the states that are never left without a request from outside.
bool is_ended(job_state state);

// True while the job holds a slot of its lane: sent, perhaps sent, or about to be. A job is only
// handed to the operator when nothing of it can still be at work upstream, so that one holds none.
bool holds_slot(job_state state);

// What becomes of a VM that a failed attempt of a job has left behind.
enum class leftover_policy : std::uint8_t {
    leave,              // the job has failed; the VM stays as it is
    adopt_if_complete,  // one that is complete is taken for the job's, as if it had succeeded
};

struct placement {
    std::string folder;
    std::string resource_pool;
    std::string host;
    std::string cluster;    // vCenter clone only
    std::string datastore;  // vCenter clone only

    friend bool operator==(const placement&, const placement&) = default;
};

// vcenter VM: clone-task, CloneSpec.
struct vcenter_clone_spec {
    std::string source;
    std::string name;
    placement where;
    std::vector<std::string> disks_to_remove;
    std::vector<std::pair<std::string, std::string>> disks_to_update;  // disk, its datastore
    std::optional<bool> power_on;
    std::string guest_customization_spec;  // the name of a stored specification

    friend bool operator==(const vcenter_clone_spec&, const vcenter_clone_spec&) = default;
};

// Snapservice linked clone: LinkedCloneSpec and its two path parameters.
struct linked_clone_spec {
    std::string cluster;
    std::string vm;
    std::string snapshot;
    std::string name;
    placement where;

    friend bool operator==(const linked_clone_spec&, const linked_clone_spec&) = default;
};

// Snapservice restore: RestoreSpec and its two path parameters. The name, optional on the page, is
// required here: without it the VM could not be looked for after a crash.
struct restore_spec {
    std::string cluster;
    std::string vm;
    std::string snapshot;
    std::string name;
    placement where;

    friend bool operator==(const restore_spec&, const restore_spec&) = default;
};

struct power_on_spec {
    std::string vm;
    bool wait_for_tools = false;
    std::int64_t tools_timeout_ms = 0;  // how long they are waited for; 0: the default

    friend bool operator==(const power_on_spec&, const power_on_spec&) = default;
};

// ZStack CloneVmInstance, one of its names.
struct zstack_clone_spec {
    std::string vm_instance;  // uuid of the VM that is cloned
    std::string name;
    std::string strategy;
    std::optional<bool> full;
    std::string primary_storage_for_root_volume;
    std::string primary_storage_for_data_volume;
    std::vector<std::string> root_volume_system_tags;
    std::vector<std::string> data_volume_system_tags;
    std::string cluster;
    std::string host;
    std::string vm_nic_params;  // a JSON array of objects, as the vendor has it
    std::vector<std::string> system_tags;
    std::vector<std::string> user_tags;

    friend bool operator==(const zstack_clone_spec&, const zstack_clone_spec&) = default;
};

// VI JSON CustomizeGuest_Task. Its polymorphic arguments are kept as the vendor's JSON, with a
// `_typeName` in each object. A secret is never in them: where its text belongs stands the object
// {"_credential": "name"}, which is resolved when the request is sent.
struct customize_guest_spec {
    std::string vm;
    std::string auth;                   // GuestAuthentication
    std::string customization;          // CustomizationSpec; `spec` on the page
    std::string config_params;          // an array of OptionValue
    bool wait_for_guest = false;        // ends only when the guest has carried it out
    std::int64_t boot_grace_ms = 0;     // how long a guest that is not ready may still be booting
    std::int64_t guest_timeout_ms = 0;  // how long the guest is waited for; 0: the default

    friend bool operator==(const customize_guest_spec&, const customize_guest_spec&) = default;
};

// In the order of job_kind.
using job_spec = std::variant<vcenter_clone_spec,
                              linked_clone_spec,
                              restore_spec,
                              power_on_spec,
                              zstack_clone_spec,
                              customize_guest_spec>;
static_assert(std::variant_size_v<job_spec> == job_kind_count);

inline job_kind kind_of(const job_spec& spec) {
    return static_cast<job_kind>(spec.index());
}

// Of that kind, with every field unset.
job_spec empty_spec(job_kind kind);

// The VM that the job works on: what it clones or restores, powers on or customizes.
const std::string& source_of(const job_spec& spec);
void set_source(job_spec& spec, std::string vm);

// Is it a task id that was chosen, 32 hexadecimal digits, and that the upstream was not seen to
// take? A task that it has taken bears a longer name.
bool is_only_chosen(std::string_view task);

// May both be sent in one call of an upstream that takes several names at once?
bool may_share_call(const job_spec& a, const job_spec& b);

// The name and the folder that the new VM will have; empty name: the job makes no VM. An empty
// folder means that the upstream chooses it: that of the VM `source`, where there is one.
struct vm_identity {
    std::string name;
    std::string folder;
    std::string source;

    friend auto operator<=>(const vm_identity&, const vm_identity&) = default;
};
vm_identity identity_of(const job_spec& spec);

// What a client asks for.
struct job_request {
    std::string key;  // unique in its batch
    job_spec spec;
    std::string endpoint;
    std::string cluster;  // what the job burdens; never empty once accepted
    job_priority priority = job_priority::normal;
    std::optional<wall_time> not_before;  // not sent earlier
    // Not sent later. What the upstream or a guest works on by then is left to end; a mere wait for
    // Tools is not.
    std::optional<wall_time> deadline;
    std::uint32_t max_attempts = 3;
    std::map<std::string, std::string> labels;
    // The key of another job of the batch: this one waits until that has succeeded, and works on
    // its VM where the spec names none. Empty: it waits for nobody.
    std::string after;
};

// The wake_at of a job that waits for another one, and so for no time. No client can ask for it.
inline constexpr wall_time never = wall_time(milliseconds(253'402'300'800'000));

// The unit of throttling.
struct lane_key {
    std::string endpoint;
    std::string cluster;
    job_kind kind = job_kind::vcenter_clone;

    friend auto operator<=>(const lane_key&, const lane_key&) = default;
};

// The state of a job that changes; what the scheduler decides on.
struct job_progress {
    job_state state = job_state::queued;
    std::int64_t fence = 0;     // grows by one with each change; guards against a stale writer
    std::uint32_t attempt = 0;  // charged attempts, the present one included
    bool cancel_requested = false;
    std::string task_id;               // the upstream's task id of the present attempt
    std::string vm;                    // the id of the VM that was made
    std::optional<error> last_error;   // the upstream's last words
    std::optional<wall_time> wake_at;  // blocked: until when
    std::optional<wall_time> sent_at;  // when the present attempt's intent was recorded
    wall_time changed_at{};
};

// A job that a lane may send: what the planner and the submitter need, and nothing else.
struct queued_job {
    job_id id;
    lane_id lane;
    tenant_id tenant;
    job_priority priority = job_priority::normal;
    job_spec spec;
    job_progress progress;
    std::uint32_t max_attempts = 3;
    std::optional<wall_time> deadline;
    wall_time accepted_at{};
    wall_time
        ready_at{};  // since when it could have been sent: accepted, or the job before it ended
    // A lost part of the history may have sent it: it is looked for before it is sent.
    bool suspect = false;
    leftover_policy leftovers = leftover_policy::leave;
};

// The whole of a job, for showing.
struct job_record {
    job_id id;
    batch_id batch;
    std::string batch_uid;
    std::string tenant;
    tenant_id queue_tenant;  // the tenant in queue keys
    lane_id lane;
    job_request request;
    job_progress progress;
    wall_time accepted_at{};
    std::optional<wall_time> ended_at;
    job_id after;          // the job that it waits or waited for; 0: none
    std::string given_vm;  // what that job has made, once it has succeeded
};

struct state_counts {
    std::int64_t of[job_state_count] = {};

    std::int64_t& operator[](job_state s) { return of[static_cast<std::size_t>(s)]; }
    std::int64_t operator[](job_state s) const { return of[static_cast<std::size_t>(s)]; }
    std::int64_t total() const;
    std::int64_t ended() const;
};

struct batch_record {
    batch_id id;
    std::string uid;  // UUID; the public name
    std::string tenant;
    std::string request_id;
    std::string display_name;
    job_id first_job;  // the jobs of a batch have consecutive ids
    std::int64_t job_count = 0;
    state_counts counts;
    wall_time accepted_at{};
    std::optional<wall_time> ended_at;
    leftover_policy leftovers = leftover_policy::leave;
};

// One entry of a job's history; the batch's watchers get the same entries.
struct history_entry {
    event_id id;
    job_id job;
    std::string key;
    wall_time at{};
    job_state from = job_state::queued;
    job_state to = job_state::queued;
    std::uint32_t attempt = 0;
    std::string vm;
    std::string detail;  // one sentence; the upstream's words where it spoke
};

}  // namespace cloned
