#pragma once

#include "simulator/model/ledger.hpp"
#include "tests/simulation/book.hpp"
#include "tests/simulation/clients.hpp"
#include "tests/simulation/network.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cloned::simulation {

// How long it took to find out what had become of jobs in doubt.
struct doubt_tally {
    std::int64_t all = 0;
    std::int64_t settled = 0;                     // without an operator
    std::map<std::int64_t, std::int64_t> tenths;  // tenths of a second → how many
};

// Judges the daemon by the upstream's ledger and by what its clients were told, never by its own
// records of what it has done.
class checker {
public:
    checker(const plan& world, network& net, client_book& book, trace& log);

    // A request that makes or changes a VM leaves.
    void on_departure(const exchange& what);

    // The daemon cannot know of what is under way any more.
    void history_lost();
    // Its configuration lacks these endpoints from now on.
    void removed(const std::set<std::size_t>& endpoints);

    // The VM that an operator who looks closely finds to be the job's; empty if there is none.
    std::set<std::string> vms_left_unsaid() const;
    std::string vm_of(const job_record& job) const;

    void judge_end(const std::map<job_id, std::vector<history_entry>>& histories,
                   const std::vector<steady_time>& lives);
    // As many VMs of a name as jobs that have succeeded with it, and those of the jobs.
    void judge_vms();
    const doubt_tally& doubts() const { return doubts_; }

private:
    struct expected {
        std::int64_t succeeded = 0;
        std::int64_t unknown = 0;  // with the operator, or given up there
        std::int64_t jobs = 0;
        bool told_taken = false;  // one of them has failed because the name exists
        std::vector<std::string> vms;
        std::string words;
    };
    static bool is_ours(const simulator::operation_record& record);
    bool is_ghost(const std::string& name) const;
    bool is_forgotten(const simulator::operation_record& record) const;
    std::map<std::string, std::vector<std::string>> vms_made() const;
    const planned_job* job_named(const std::string& name) const;
    std::int64_t limit_of(const job_request& job) const;
    const planned_endpoint& endpoint_of(const job_request& job) const;
    void judge_guests();
    void judge_starts();
    void judge_names();
    void judge_causes();
    void judge_cause(const job_record& job);
    void judge_words(const std::map<job_id, std::vector<history_entry>>& histories);
    std::string folder_of(const job_record& job) const;
    bool is_name_anothers(const job_record& job) const;
    bool is_calm(const planned_endpoint& endpoint) const;
    void judge_isolation();
    void judge_capacity(const std::map<job_id, std::vector<history_entry>>& histories);
    void judge_refusals(const job_record& job, const std::vector<history_entry>& history);
    void judge_opening(server_kind server, simulator::instant opens);
    void judge_fairness(const std::map<job_id, std::vector<history_entry>>& histories);
    void judge_doubts(const job_record& job,
                      const std::vector<history_entry>& history,
                      const std::vector<steady_time>& lives);
    steady_time settled_from(const job_record& job,
                             steady_time doubted,
                             steady_time sent,
                             steady_time settled,
                             const std::vector<steady_time>& lives) const;

    const plan& plan_;
    network& net_;
    client_book& book_;
    trace& log_;
    std::map<std::string, const planned_job*> by_name_;
    std::optional<simulator::instant> lost_until_;  // what began before is not in the database
    std::set<std::string> lost_on_the_way_;         // names in requests that had not arrived
    // What began before is with an operator, whatever becomes of it; by endpoint.
    std::map<std::string, simulator::instant> removed_until_;
    doubt_tally doubts_;
};

}  // namespace cloned::simulation
