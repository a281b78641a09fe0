#pragma once

#include "backends/backend.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cloned::testing {

// What the upstream does with one submission.
struct script {
    enum class reply : std::uint8_t {
        accept,  // gives a task
        finish,  // does it within the call
        refuse,  // does not begin
        fail,    // says no
        lose,    // the answer gets lost
        hang,    // no answer comes until the request times out
    };

    reply how = reply::accept;
    bool done = true;  // lose and hang: the upstream does the work all the same
    backends::refusal why = backends::refusal::capacity;
    error said = error(errc::upstream_failed, "no, said the upstream");
    std::optional<milliseconds> retry_after;
    bool later = false;                 // fail and task_fails: a later attempt may succeed
    std::optional<milliseconds> takes;  // instead of the usual duration
    milliseconds begins_after{0};       // it lies somewhere on the way for so long, seen by nobody
    bool task_fails = false;
    bool task_vanishes = false;   // the task list forgets it at once, the work goes on
    bool work_stops = false;      // with task_vanishes: the work does not go on either
    int strangers_come = 0;       // at the same moment so many others make VMs of that name
    bool strangers_told = false;  // the task list shows that those are others
    bool vm_untold = false;       // the task does not tell which VM it has made

    static script accept() { return {}; }
    static script finish() { return {.how = reply::finish}; }
    static script lose(bool done) { return {.how = reply::lose, .done = done}; }
    static script hang(bool done) { return {.how = reply::hang, .done = done}; }
    static script refuse(backends::refusal why) { return {.how = reply::refuse, .why = why}; }
    static script fail(errc code, bool later = false) {
        return {.how = reply::fail, .said = error(code, "no, said the upstream"), .later = later};
    }
    static script fail_task(bool later = false) { return {.later = later, .task_fails = true}; }
    static script vanish(bool work_goes_on) {
        return {.task_vanishes = true, .work_stops = !work_goes_on};
    }
};

// The upstream's own books: every call, every operation, every VM. They outlive the daemon that
// talks to it, and they, not the daemon's database, say whether a test has passed.
//
// Names are not unique unless told so: a second VM of the same name must be seen, not refused.
class fake_upstream {
public:
    struct operation {
        std::string task_id;
        job_spec spec;
        wall_time began{};  // seen by nobody earlier
        wall_time ends{};
        backends::task_phase phase = backends::task_phase::running;
        error said;
        bool later = false;
        bool fails = false;
        bool listed = true;  // the task list knows it
        bool cancelled = false;
        bool vm_untold = false;
        std::string vm;
    };

    // --- how it behaves; may be changed at any time
    milliseconds duration{60'000};
    std::int64_t capacity = 0;   // operations at once; 0: as many as come
    std::int64_t strangers = 0;  // operations of others, which count as well
    bool names_are_unique = false;
    bool down = false;    // no connection
    bool queues = false;  // beyond its capacity it keeps tasks pending instead of refusing
    bool can_cancel = true;
    // The VM of that name is shown only to sessions that began later than that.
    std::string hidden_from_old;
    steady_time hides_since{};
    std::string refused_name;            // it does not even look it up
    std::set<std::string> spoils_lists;  // names with which every list and look fails
    bool tells_own_tasks = false;        // a look finds the task that makes the VM of that name
    bool shows_unfinished = false;  // a VM that is being made is listed, without its configuration
    milliseconds tasks_lag{0};      // looks find a task so long after it began

    // What happens to the next submissions of the VM of that name, one after the other; afterwards,
    // and for all others, they are accepted.
    void expect(const std::string& name, script what) { scripts_[name].push_back(what); }
    void expect_always(const std::string& name, script what) { always_[name] = what; }

    // --- what the backend does with it
    script next_script(const job_spec& spec);
    // Begins the work of `spec`; its task.
    std::string begin(const job_spec& spec, const script& how, wall_time now);
    std::string make_now(const job_spec& spec);
    bool full() const;
    // Everything that has ended by `now` has ended.
    void advance(wall_time now);
    operation* find(const std::string& task);
    // The task list forgets it, and nothing is seen of it until its work ends at `ends`.
    void forget_task(const std::string& task, wall_time ends);
    // False if it is not at work.
    bool cancel(const std::string& task, wall_time now);
    backends::evidence look(const backends::evidence_query& query, wall_time now) const;

    // --- the ledger
    const std::vector<operation>& operations() const { return operations_; }
    std::int64_t working() const { return working_; }
    std::int64_t peak() const { return peak_; }
    std::int64_t vms_named(const std::string& name) const;
    std::size_t vm_count() const { return vms_.size(); }
    // The names in the order in which their operations were begun.
    std::vector<std::string> begun() const;
    // A stranger's. `told`: the task list shows that it was made from another source.
    void add_vm(const std::string& name, bool told = false) {
        vms_.emplace(name, "vm-of-somebody");
        if (told) foreign_.insert(name);
    }
    void remove_vms(const std::string& name) { vms_.erase(name); }
    // Who bears that name, or an empty text; of several none in particular.
    std::string occupant(const std::string& name) const {
        if (vms_named(name) > 1) return std::string(backends::several_vms);
        const auto where = vms_.find(name);
        return where == vms_.end() ? std::string() : where->second;
    }

    std::vector<std::string> submissions;  // names in the order of their arrival
    std::int64_t refusals = 0;
    std::int64_t polls = 0;
    std::int64_t looks = 0;       // requests, whatever number of jobs they were about
    std::int64_t looked_for = 0;  // jobs
    std::int64_t name_lookups = 0;
    std::int64_t logins = 0;  // to renew a session
    std::int64_t cancels = 0;
    std::int64_t probes = 0;

private:
    void end(operation& which);
    bool is_being_made(const std::string& name) const;
    void start_pending(wall_time now);

    std::map<std::string, std::deque<script>> scripts_;
    std::map<std::string, script> always_;
    std::vector<operation> operations_;
    std::map<std::string, std::size_t> by_task_;
    std::multimap<wall_time, std::size_t> ends_;
    std::deque<std::size_t> pending_;
    std::multimap<std::string, std::string> vms_;  // name → id
    std::set<std::string> foreign_;
    std::int64_t working_ = 0;
    std::int64_t peak_ = 0;
};

// The name by which a job is told from others: that of its new VM, else its source.
std::string name_of(const job_spec& spec);

}  // namespace cloned::testing
