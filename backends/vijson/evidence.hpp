#pragma once

#include "backends/vijson/records.hpp"

#include <set>
#include <string>

// What the upstream's records prove about a customization whose outcome is not known. Pure.
//
// There is no identity of ours in a task, so a task counts as the job's own only where nothing else
// fits: of the same VM, begun by our account, queued after the request was sent, and no task that
// we know from elsewhere. The upstream soon forgets tasks that have ended; then the guest's own
// report has the word. Guest customization may be repeated, but two at once must never be.
namespace cloned::backends::vijson {

struct doubtful_job {
    customize_guest_spec spec;
    std::string task_id;  // the upstream's, where it is known
    wall_time since;      // the task was queued later than that, in vCenter's time
    wall_time now;        // of the look, in vCenter's time
    std::string user;     // ours
    // The upstream's tasks that belong to other jobs of ours or to earlier attempts, ended or not.
    std::set<std::string, std::less<>> known;
};

// From the VM, its power and its guest's report, and the job's own task if the upstream still knows
// it. The evidence is whole only if it holds `own_task`.
//
// Errors: those of a VM whose tasks cannot be seen.
result<evidence> judge_first_look(const doubtful_job& job, const property_page& seen);

// From the tasks that the VM remembers, and the guest's report. The page must hold the VM. Nothing
// is absent of a time that the tasks do not reach back to, unless the guest shows it.
evidence judge_recent_tasks(const doubtful_job& job, const property_page& seen);

}  // namespace cloned::backends::vijson
