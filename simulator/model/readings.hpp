#pragma once

#include "simulator/model/words.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cloned::simulator {

// What a clone's task names as its target.
enum class target_reading : std::uint8_t { none, source, source_uuid, vm, folder };
constexpr auto words(target_reading) {
    return std::array<std::string_view, 5>{"none", "source", "source_uuid", "vm", "folder"};
}

enum class list_reading : std::uint8_t { served, refused_400, refused_403 };
constexpr auto words(list_reading) {
    return std::array<std::string_view, 3>{"served", "refused_400", "refused_403"};
}

enum class cancel_reading : std::uint8_t {
    served,
    unsupported,  // although the task is shown as cancelable
    ignored,      // accepted, and the task goes on
    late,         // accepted, and the task goes on for a minute
};
constexpr auto words(cancel_reading) {
    return std::array<std::string_view, 4>{"served", "unsupported", "ignored", "late"};
}

// In which state a failed operation leaves its VM.
enum class leftover_reading : std::uint8_t {
    no,    // it leaves none
    off,   // complete, powered off
    on,    // complete, powered on
    half,  // listed without its configuration
};
constexpr auto words(leftover_reading) {
    return std::array<std::string_view, 4>{"no", "off", "on", "half"};
}

// Where it is said that no slot is free, or that all is refused. `both`: one refusal at the call,
// the next in a task.
enum class capacity_place : std::uint8_t { post, task, both };
constexpr auto words(capacity_place) {
    return std::array<std::string_view, 3>{"post", "task", "both"};
}

// What a maximum of snapservice counts.
enum class capacity_span : std::uint8_t {
    lane,       // one kind in one cluster
    cluster,    // both kinds in one cluster
    kind,       // one kind in all clusters
    appliance,  // everything
};
constexpr auto words(capacity_span) {
    return std::array<std::string_view, 4>{"lane", "cluster", "kind", "appliance"};
}

enum class folder_reading : std::uint8_t { flat, recursive };
constexpr auto words(folder_reading) {
    return std::array<std::string_view, 2>{"flat", "recursive"};
}

// One setting for each statement that the vendors' documents of vCenter and snapservice leave open.
// Lists are separated by commas.
struct readings {
    // Tasks
    target_reading task_target = target_reading::source;
    list_reading task_list = list_reading::served;
    list_reading task_list_ids = list_reading::served;
    std::int64_t strange_tasks = 0;
    double task_lag_ms = 0;
    bool result_told = true;
    cancel_reading cancel = cancel_reading::served;
    leftover_reading failed_leaves_vm = leftover_reading::no;

    // Names and places
    std::int64_t hidden_templates = 0;
    std::string hidden_names;
    bool trims_names = false;
    std::int64_t nested_folders = 0;
    folder_reading folder_filter = folder_reading::flat;
    std::string bad_names;
    std::string bad_folders;
    std::string bad_vms;
    std::int64_t tools_missing = 0;

    // Capacity
    capacity_place capacity_at = capacity_place::post;
    capacity_span capacity_scope = capacity_span::lane;
    bool refuse_all = false;
    double refuse_all_from_s = 0;
    double refuse_all_s = 0;
    bool refuse_all_vcenter = false;
    std::string refuse_all_type = "NOT_ALLOWED_IN_CURRENT_STATE";

    // Accounts
    std::int64_t lockout_after = 0;
    double lockout_window_s = 180;
    double lockout_s = 300;
    std::int64_t lockout_status = 401;
    std::string unauthenticated_route;
};

// As visit_settings of config.hpp, which calls it: those that make up the world at its start.
template <class Readings, class Visitor>
void visit_first_readings(Readings& r, Visitor&& visit) {
    visit("strange_tasks", r.strange_tasks,
          "live tasks of others, per server and for ever; above 1000 a list of tasks is refused "
          "(open: how many tasks match a list by services)");
    visit("hidden_templates", r.hidden_templates,
          "VM templates vm-99001, ... in the first folder: REST sees none of them, yet their names "
          "are taken (open: whether REST shows templates)");
    visit("hidden_names", r.hidden_names, "list: names of more such templates");
    visit("nested_folders", r.nested_folders,
          "more folders, the first one inside group-v3, each next one inside the one before");
    visit("tools_missing", r.tools_missing,
          "the last so many source VMs and their clones have no Tools (open: what waits for Tools "
          "of a VM that has none)");
}

// The others, which POST /_sim/readings changes as well.
template <class Readings, class Visitor>
void visit_readings(Readings& r, Visitor&& visit) {
    visit(
        "task_target", r.task_target,
        "`target` of a clone's task (open: \"created by the operation or existing one it performed "
        "on\"); source_uuid appends the vCenter's instance uuid");
    visit("task_list", r.task_list,
          "a list of tasks by services (open: whether it is served for these services and to this "
          "account)");
    visit("task_list_ids", r.task_list_ids,
          "a list of tasks by their ids (open: the same); a single GET is always served");
    visit("task_lag_ms", r.task_lag_ms,
          "a new task is missing from lists by services so long (open: when a list shows a task)");
    visit("result_told", r.result_told,
          "0: a SUCCEEDED task has no `result` (open: it is optional)");
    visit(
        "cancel", r.cancel,
        "what a cancel does (open: \"best effort\"); ignored and late are accepted, late is heeded "
        "after 60 s");
    visit("failed_leaves_vm", r.failed_leaves_vm,
          "the VM that a failed operation leaves, unless it was cancelled (open: whether it is "
          "removed); half: listed without its configuration");
    visit("trims_names", r.trims_names,
          "blanks at the ends of a new VM's name are dropped (open: what a name may hold)");
    visit("folder_filter", r.folder_filter,
          "a VM list's `folders` (open: whether it includes the folders below)");
    visit(
        "bad_names", r.bad_names,
        "list: a VM list by names with one of these answers 500 (open: what one broken VM does to "
        "a list)");
    visit("bad_folders", r.bad_folders, "list: the same by folders");
    visit("bad_vms", r.bad_vms, "list: the same by ids, and each GET of that VM");
    visit("capacity_at", r.capacity_at,
          "where it is told that there is no slot, or that all is refused (open: in answer to the "
          "call, or in its task); both: in turn");
    visit("capacity_scope", r.capacity_scope,
          "what its maximum counts (open: one for each kind and cluster, or wider). The number is "
          "the asked cluster's: of the kind for lane and kind, else linked_clone_limit; others' "
          "slots of all lanes within count together");
    visit("refuse_all", r.refuse_all,
          "snapservice refuses all work although none is in progress (open: what else "
          "NOT_ALLOWED_IN_CURRENT_STATE means)");
    visit("refuse_all_from_s", r.refuse_all_from_s, "the same from this second on");
    visit("refuse_all_s", r.refuse_all_s, "for so long, 0: never");
    visit("refuse_all_vcenter", r.refuse_all_vcenter, "vCenter's clones are refused then as well");
    visit("refuse_all_type", r.refuse_all_type, "error type of vCenter's refusal");
    visit("lockout_after", r.lockout_after,
          "wrong logins that lock an account on all servers, 0: none (open: the policy)");
    visit("lockout_window_s", r.lockout_window_s, "within this time");
    visit("lockout_s", r.lockout_s, "for so long");
    visit("lockout_status", r.lockout_status,
          "401 or 403 to a right password of a locked account (open: what it is told)");
    visit(
        "unauthenticated_route", r.unauthenticated_route,
        "method and beginning of a target, such as 'POST /api/cis/tasks' or a route of the ledger, "
        "that answers 401 to a good session (open: whether a session is good for every call)");
}

}  // namespace cloned::simulator
