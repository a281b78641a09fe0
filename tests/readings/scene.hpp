#pragma once

#include "simulator/model/world.hpp"
#include "tests/simulation/simulation.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloned::readings {

inline constexpr const char* clone_calls = "/api/vcenter/vm?action=clone*";

using simulation::moment;
using simulation::planned_endpoint;

inline constexpr moment seconds_in(std::int64_t n) {
    return moment(n * 1'000);
}

// What became of a job: its record, its history, and what the upstream's ledger has of its name.
struct fate_of_job {
    job_record record;
    std::vector<history_entry> history;
    std::vector<simulator::operation_record> operations;  // oldest first

    job_state state() const { return record.progress.state; }
    const std::string& vm() const { return record.progress.vm; }
    // The last error's words, or those of the last entry of the history.
    std::string words() const;
    // Whether a word of the history, or of the last error, contains that.
    bool told(std::string_view what) const;
};

struct outcome_of_scene {
    simulation::report report;
    std::map<std::string, fate_of_job> jobs;                       // by key
    std::map<std::pair<std::string, int>, std::uint64_t> answers;  // (route, status) → how many
    std::uint64_t logins = 0;  // sessions that were made, at all servers
    std::string stored;        // the bytes of the database's files

    const fate_of_job& job(const std::string& key) const;
    // Requests to routes whose text contains that, and of these those with that status (0: any).
    std::uint64_t requests(std::string_view route, int status = 0) const;
    std::int64_t count(job_state state) const;
};

// One reading of the vendors' documents, as a small world: the whole daemon but its RPC layer on
// virtual time, real backends and store, and the simulated upstream set as the reading has it.
// Everything is written down by hand, and no operator settles anything unless a test lets one.
//
//     scene s;
//     s.upstream().linked_clone_limit = 2;
//     s.add_vcenter();
//     s.clone("web-1");
//     const auto seen = s.run();
//     EXPECT_EQ(seen.job("web-1").state(), job_state::succeeded);
//
// After run() the violations of the simulation's own judges are in report.violations.
class scene {
public:
    scene();

    simulator::config& upstream() { return plan_.upstream; }
    simulation::plan& plan() { return plan_; }

    // Each returns the endpoint, for a test that configures it further: named "vc", "snap",
    // "guests" and "cloud". The others need the vCenter, which comes first.
    planned_endpoint& add_vcenter();
    planned_endpoint& add_snapservice();
    planned_endpoint& add_guests();
    planned_endpoint& add_cloud();

    // Jobs, each a batch of its own with its name as key, at that moment. What is returned may be
    // changed until the next one is added.
    job_request& clone(const std::string& name, moment at = {}, const char* source = "vm-42");
    job_request& linked_clone(const std::string& name, moment at = {});
    job_request& restore(const std::string& name, moment at = {});
    job_request& zstack_clone(const std::string& name, moment at = {});
    job_request& power_on(const std::string& key, const std::string& vm, moment at = {});
    job_request& customize(const std::string& key, const std::string& vm, moment at = {});
    job_request& add(job_request job, moment at = {});
    // Several jobs as one batch, for chains.
    void add_batch(std::vector<job_request> jobs, moment at = {});

    void rule(simulator::fault_rule rule) {
        plan_.rules.push_back(std::move(rule));
        plan_.rules_off.push_back(false);
    }
    // What happens to the first POST of that path. The rule may be changed until the next one.
    simulator::fault_rule& fault_once(const char* path, simulator::fault_kind how);
    // A call of the upstream's control interface.
    void control(moment at, std::string target, std::string body);
    // SIGKILL at that moment; the next life begins after `down`.
    void kill(moment at, milliseconds down);
    // Something done to the daemon at that moment, such as a cancellation:
    //     s.at(seconds_in(5), [](auto& life) { ... life.commands() ... life.loop() ... });
    void at(moment when, std::function<void(simulation::daemon_run&)> what) {
        spectator_.at.emplace_back(when, std::move(what));
    }
    // Cancels the job of that key.
    void cancel(moment when, std::string key);

    // Rules and limits hold until that moment (then they are cleared), and the world does not end
    // before it. The default is a minute.
    void trouble_until(moment when) { plan_.quiet = when; }

    // CLONED_SHOW=1 in the environment tells everything that happens.
    outcome_of_scene run();

private:
    planned_endpoint& add_endpoint(const char* name,
                                   endpoint_kind kind,
                                   simulator::server_kind server,
                                   bool uses_vcenter);

    simulation::plan plan_;
    simulation::spectator spectator_;
};

}  // namespace cloned::readings
