#pragma once

#include "backends/vijson/records.hpp"

// What a guest reports of its customization (GuestInfo.customizationInfo, each member of which may
// be missing), beside the task that was to set it to work.
namespace cloned::backends::vijson {

// The failure that the guest reports.
error explain_guest(const vm_record& vm);

// The task has failed, and its fault does not tell whether the guest was set to work.
// `follows_guest`: the job wants to know how its guest fares.
void heed_guest(const task_record& task, bool follows_guest, const vm_record& vm, task_status& out);

// The task has succeeded: the guest's part of it. What ended before the task began is an older
// customization's outcome. `vm`: null where it was not told of.
void follow_guest(const task_record& task, const vm_record* vm, task_status& out);

}  // namespace cloned::backends::vijson
