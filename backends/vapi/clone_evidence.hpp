#pragma once

#include "backends/inventory.hpp"
#include "backends/vapi/task_info.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

// What the tasks of vCenter and snapservice show of clones whose outcome is not known. Pure.
//
// The documents leave open what the `target` of such a task is: what was cloned, with or without
// the id of the vCenter, the new VM, its folder, or nothing. So a task is another's only where
// something says so that holds under each of them.
namespace cloned::backends::vapi {

// What a look was shown of the tasks that make VMs.
struct task_listing {
    std::vector<listed_task> live;
    std::vector<listed_task> ended;
    std::optional<error> live_refused;  // why the live ones are not shown
    bool shows_succeeded = true;        // `ended` has those that have succeeded
};

// Where no VM bears the name: VMs of tasks that have succeeded and may be the job's. The names that
// they are seen to bear, by id, are for judge(): lists of names lag, and a stranger's clone is
// known by its name.
using names_by_vm = std::map<std::string, std::string, std::less<>>;
std::vector<std::string> vms_to_explain(const evidence_query& query,
                                        const vm_sighting& seen,
                                        const task_listing& tasks,
                                        std::string_view operation);

// The evidence of both. `operation`: what the name of the job's operation holds, in lower case.
void judge(const evidence_query& query,
           vm_sighting seen,
           const task_listing& tasks,
           std::string_view operation,
           const names_by_vm& explained,
           evidence& out);

}  // namespace cloned::backends::vapi
