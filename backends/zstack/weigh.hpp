#pragma once

#include "backends/backend.hpp"
#include "backends/inventory.hpp"

#include <string>

// What the job of a call says of one of its names, weighed against what the list of VMs shows.
// Pure.
//
// A job can be wrong about itself: it fails and leaves its VM; something in front of the node does
// not know it, or wants a session that a poll does not have. So nothing is sent again by its word
// alone, and a VM that is there is told.
namespace cloned::backends::zstack {

struct job_word {
    task_status status;         // as judge() has it
    bool failed = false;        // the job has ended with an error, whatever that proves
    bool believable = true;     // if it is for want of a session: that has indeed died
    bool may_be_alive = false;  // nothing tells that it has ended, and it cannot be forgotten yet
};

// Can this word stand without a look at the list?
bool stands_alone(const job_word& word);

evidence weigh(job_word word, const vm_sighting& seen);

}  // namespace cloned::backends::zstack
