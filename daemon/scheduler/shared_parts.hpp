#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/task_group.hpp"
#include "daemon/scheduler/in_flight.hpp"
#include "daemon/scheduler/planner.hpp"
#include "storage/disk_room.hpp"
#include "storage/job_store.hpp"

#include <string>

namespace cloned::scheduler {

// What the parts of one scheduler share. All of it outlives them.
struct shared_parts {
    asio::io_context& loop;
    storage::job_store& store;
    clock& time;
    random_source& random;
    planner& plan;
    in_flight_jobs& in_flight;
    alarm& dispatch;    // woken when more may be sent than a moment ago
    task_group& tasks;  // cancelled when the scheduler stops
    const storage::disk_room* room = nullptr;

    // Why nothing can be recorded; empty: it can.
    std::string disk_trouble() const { return room == nullptr ? std::string() : room->words(); }
};

}  // namespace cloned::scheduler
