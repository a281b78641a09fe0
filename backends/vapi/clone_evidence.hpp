#pragma once

#include "backends/inventory.hpp"
#include "backends/vapi/task_info.hpp"

#include <map>
#include <memory>
#include <optional>
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

// The live tasks of a listing that may be a job's, for many jobs that know the same ones of others.
// The listing must outlive it.
class live_candidates {
public:
    explicit live_candidates(const task_listing& tasks);

    // `operation`: what the name of the job's operation holds, in lower case.
    const task_ids& of(const evidence_query& query, std::string_view operation);

private:
    const task_listing& tasks_;
    known_tasks live_;
    // What was asked for last.
    std::shared_ptr<const known_tasks> others_;
    std::string operation_;
    std::optional<std::string> own_;
    task_ids last_;
};

// Where no VM bears the name: VMs of tasks that have succeeded and may be the job's. The names that
// they are seen to bear, by id, are for judge(): lists of names lag, and a stranger's clone is
// known by its name.
using names_by_vm = std::map<std::string, std::string, std::less<>>;
std::vector<std::string> vms_to_explain(const evidence_query& query,
                                        const vm_sighting& seen,
                                        const task_listing& tasks,
                                        std::string_view operation);

// The evidence of both.
void judge(const evidence_query& query,
           vm_sighting seen,
           const task_listing& tasks,
           const task_ids& candidates,
           std::string_view operation,
           const names_by_vm& explained,
           evidence& out);

}  // namespace cloned::backends::vapi
