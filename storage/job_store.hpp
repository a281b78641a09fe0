#pragma once

#include "storage/batch_store.hpp"
#include "storage/calendar.hpp"
#include "storage/queue_store.hpp"

namespace cloned::storage {

// The durable queue of jobs: what an engine implements. Its users take the part that they need; the
// parts are one store, and what follows holds for all of them together.
//
// Threads:      call from the loop thread only; listeners are called there. The work happens on
//               threads of the store's own, or, where the implementation is told so, on the loop.
// Errors:       `unavailable`: nothing was written and nothing is wrong with the call. `in_doubt`:
//               a write failed in a way that leaves its outcome unknown; the store then refuses
//               every later write with `in_doubt`, and the process must leave and recover.
// Durability:   when a write has returned success it is on disk.
// Order:        writes take effect in the order of their calls. A read sees every write that
//               returned before it was called, and one state of the store throughout.
// Cancellation: a write once begun is completed; the caller is told of its cancellation afterwards.
// Lifetime:     must outlive every task that uses it; see daemon/app.cpp for the order.
class job_store : public queue_store, public batch_store, public calendar {
public:
    // Waits for what was begun, refuses what comes later with `unavailable`, and lets go of the
    // database. Idempotent.
    virtual task<void> close() = 0;
};

}  // namespace cloned::storage
