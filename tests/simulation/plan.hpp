#pragma once

#include "backends/make_backend.hpp"
#include "model/job.hpp"
#include "simulator/model/config.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::simulation {

// Since the beginning of the simulated world.
using moment = milliseconds;

// Everything that a seed decides, before anything has happened: the upstream, what is asked of the
// daemon, and what goes wrong. A part that is `off` has been taken out to find a smaller world that
// fails in the same way.

struct planned_job {
    job_request request;
    bool off = false;
};

struct planned_batch {
    moment at{0};
    std::string tenant;
    std::string request_id;
    std::vector<planned_job> jobs;
    leftover_policy leftovers = leftover_policy::leave;
    int repeats = 0;     // of the same request, later on
    bool again = false;  // wants the names of jobs that are there already
};

enum class wish : std::uint8_t {
    cancel_job,
    cancel_batch,
    retry_batch,
    repeat_with_other_content,
    pause_lanes,
    resume_lanes,
    set_limit,
};

// What a client or an operator asks for, beside batches.
struct planned_wish {
    moment at{0};
    wish what = wish::cancel_job;
    std::size_t batch = 0;
    std::size_t job = 0;
    std::size_t lane = 0;    // counted round the lanes that are there
    std::int64_t limit = 0;  // 0: the configured one
    bool off = false;
};

// A call of the upstream's control interface: limits that move, rules, strangers, sessions that
// end.
struct planned_call {
    moment at{0};
    std::string method;
    std::string target;
    std::string body;
    bool off = false;
};

// A clone that somebody else begins at the vCenter, perhaps under a name of ours.
struct planned_stranger {
    moment at{0};
    std::string source;
    std::string name;
    std::string folder;  // empty: that of the source
    bool off = false;
};

enum class silence : std::uint8_t {
    refuses,   // connections are refused, and those that are open break
    swallows,  // nothing is answered, connecting takes forever
};

struct planned_outage {
    moment from{0};
    moment to{0};
    simulator::server_kind server = simulator::server_kind::vcenter;
    silence how = silence::refuses;
    bool off = false;
};

enum class kill_at : std::uint8_t {
    step,    // after so many turns of the loop
    submit,  // after so many calls that make or change a VM have left
    commit,  // after so many commits that changed jobs
    time,    // after so many milliseconds
};

// The end of one life of the daemon; the next one begins after `down`.
struct planned_kill {
    kill_at trigger = kill_at::step;
    std::int64_t count = 0;
    std::int64_t then_steps = 0;  // turns of the loop after the trigger
    milliseconds down{0};
    bool gently = false;  // as on SIGTERM
    int lives_lost = 0;  // a backup is restored that is older than so many lives, this one included
    // A planned backup is restored, if one has been made by then: counted round those.
    std::optional<std::size_t> restores;
    milliseconds clock_off{0};      // so far off is the wall clock when the next life begins
    milliseconds clock_off_for{0};  // until it is set right
    bool off = false;
};

// Mishaps: what befalls the daemon's machine, its files and its configuration, and upstreams that
// are gone for good. Each kind is drawn by itself.
enum class mishap : std::uint8_t {
    clock_step,        // the wall clock is set, and stays so
    suspend,           // the machine stands still, and the world and boot time go on
    wrong_boot_clock,  // a life begins with a wall clock that is far off until it is set right
    backup,            // a backup of any age is restored
    removed_endpoint,  // lives whose configuration lacks an endpoint
    full_disk,         // nothing can be written for a while
    dead_upstream,     // a server does not come back before all its jobs have been ended
};
inline constexpr std::size_t mishap_count = 7;
std::string_view to_string(mishap what);

struct planned_step {
    moment at{0};
    milliseconds by{0};
    bool off = false;
};

struct planned_suspend {
    moment from{0};
    moment to{0};
    bool off = false;
};

// The files are copied while the daemon lives, or while it does not.
struct planned_backup {
    moment at{0};
    bool off = false;
};

// The lives from that one on, counted from 0, begin without these endpoints.
struct planned_removal {
    std::set<std::size_t> endpoints;
    std::size_t from_life = 0;
    std::size_t lives = 1;  // that lack them
    bool for_good = false;  // all from that one on
    bool off = false;
};

struct planned_full_disk {
    moment from{0};
    moment to{0};
    bool only_growth = false;  // what is written over what is there finds room
    bool off = false;
};

// What the network does to requests, by probability. Those that change something fare worse than
// reads.
struct planned_weather {
    simulator::server_kind server = simulator::server_kind::vcenter;
    double unconnected = 0;  // not a byte was written
    double lost_before = 0;  // cut when some of it was written; it never arrives
    double lost_after = 0;   // it arrives, its answer does not
    double late = 0;         // it arrives after its submitter has given it up
    double very_late = 0;    // and after it must have died, where a repeat is recognized
    double slow = 0;         // the answer takes longer than the submitter waits
    double garbled = 0;      // the answer is cut or no HTTP
    double reads = 0.2;      // share of this that hits reads
    bool off = false;
};

// What one statement that the vendors' documents leave open means in this world: a setting of the
// simulated upstream, by its name.
struct planned_reading {
    std::string setting;
    std::string value;
    bool off = false;
};

struct planned_endpoint {
    backends::backend_options options;
    simulator::server_kind server = simulator::server_kind::vcenter;
    bool uses_vcenter = false;  // as its inventory
};

struct plan {
    std::uint64_t seed = 0;
    simulator::config upstream;  // without the readings
    std::vector<planned_reading> readings;
    std::vector<planned_endpoint> endpoints;
    milliseconds travel_min{1};  // one way
    milliseconds travel_max{20};
    std::vector<planned_batch> batches;
    std::vector<planned_wish> wishes;
    std::vector<planned_call> calls;
    std::vector<planned_stranger> strangers;
    std::vector<planned_outage> outages;
    std::vector<planned_kill> kills;
    std::vector<planned_weather> weather;
    std::vector<simulator::fault_rule> rules;
    std::vector<bool> rules_off;
    std::vector<planned_step> steps;
    std::vector<planned_suspend> suspends;
    std::vector<planned_backup> backups;
    std::vector<planned_removal> removals;
    std::vector<planned_full_disk> full_disks;
    // Its server answers nothing from then on, until an operator has ended every job.
    std::optional<planned_outage> dead;
    moment quiet{0};        // from then on nothing goes wrong
    bool operators = true;  // somebody settles what evidence cannot
};

// What is drawn beside the plain world.
struct extras {
    bool readings =
        false;  // what the vendors' documents leave open; else the upstream's usual ones
    std::set<mishap> mishaps;
};
plan make_plan(std::uint64_t seed, const extras& drawn);

// Does the daemon's wall clock ever tell another time than the world's?
bool clock_is_moved(const plan& of);
bool has_mishaps(const plan& of);

// The settings of the upstream, readings and rules included.
simulator::config settings_of(const plan& world);

// Parts that can be taken out one by one, numbered from 0.
std::size_t parts_of(const plan& of);
std::string describe_part(const plan& of, std::size_t part);
void take_out(plan& of, const std::set<std::size_t>& parts);

// "3,5-9"; throws std::invalid_argument.
std::set<std::size_t> read_parts(const std::string& text);
std::string to_text(const std::set<std::size_t>& parts);

// The halves of make_plan.
void plan_upstream(plan& into);
void plan_readings(plan& into);
void plan_work(plan& into);
void plan_trouble(plan& into);
void plan_mishaps(plan& into, const std::set<mishap>& kinds);

}  // namespace cloned::simulation
