#pragma once

#include "backends/backend.hpp"
#include "storage/job_store.hpp"
#include "tests/power_loss/random.hpp"
#include "tests/support/fake_upstream.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cloned::power_loss {

// What a client knows of a batch that it has handed over, or will.
struct client_batch {
    enum class answer : std::uint8_t {
        none,      // not asked yet, or no answer came
        ok,        // promised: I1 holds for it
        refused,   // definitely not accepted
        in_doubt,  // the daemon said that it does not know
    };

    std::string request_id;
    std::string tenant;
    milliseconds at{};  // when it is handed over
    std::vector<job_request> jobs;
    answer last = answer::none;
    int tries = 0;
    storage::new_batch asked() const;

    // Once promised
    std::string uid;
    job_id first_job;
};

// One entry of a history as it was shown. Of a change that was not shown nothing is known.
struct shown_event {
    job_id job;
    job_state from = job_state::queued;
    job_state to = job_state::queued;
    std::uint32_t attempt = 0;
    std::string vm;

    friend bool operator==(const shown_event&, const shown_event&) = default;
};

// Everything that survives a power cut of the daemon's machine: the upstream with its books, the
// clients with their answers, and requests that are on their way.
struct environment {
    testing::fake_upstream upstream;
    std::vector<client_batch> batches;
    std::map<std::int64_t, int> sent;  // by job: requests that have left the daemon
    std::map<std::string, backends::submission> on_the_way;  // by operation: left, not arrived
    std::int64_t told = 0;                     // changes up to this one have been told
    std::vector<shown_event> events;           // from the first on, as far as shown
    std::map<std::int64_t, job_state> states;  // by job, after these events
    std::int64_t ended = 0;                    // jobs
    std::int64_t jobs = 0;                     // in all batches
    std::vector<std::string> wrongs;           // what the daemon must not do, and did
    milliseconds lived{0};                     // by all daemons so far

    void show(const history_entry& event);
    // Every batch is promised and all of its jobs have ended.
    bool all_ended() const;
    // The daemon is gone, and the network delivers or loses what is on its way, by chance.
    void daemon_is_gone(random& chance, wall_time now);
};

struct world_size {
    int jobs = 1000;
    int clients = 3;
    int batch_max = 40;
};

// Clients with their batches over some minutes, and an upstream that now and then refuses, fails,
// loses an answer or does not give one.
environment make_environment(const world_size& size, random& chance);

}  // namespace cloned::power_loss
