#pragma once

#include "daemon/scheduler/scheduler.hpp"
#include "storage/sqlite/open_store.hpp"
#include "tests/power_loss/environment.hpp"
#include "tests/support/fake_backend.hpp"
#include "tests/support/virtual_time.hpp"

#include <functional>
#include <memory>
#include <string>

namespace cloned::power_loss {

struct run_settings {
    std::string folder;
    std::string vfs;
    std::uint64_t seed = 1;
    int checkpoint_pages = 100;
    std::int64_t lane_limit = 100;
    // The machine is off: whatever still happens in here is seen by nobody.
    std::function<bool()> dead = [] { return false; };
};

// The daemon from its start to its end, with the clients and the upstream around it, on virtual
// time.
class daemon_run {
public:
    daemon_run(environment& world, run_settings settings);
    ~daemon_run();
    daemon_run(const daemon_run&) = delete;
    daemon_run& operator=(const daemon_run&) = delete;

    result<void> start();
    // Moves on until it holds, or the daemon is dead or poisoned, or nothing happens any more.
    void drive_until(const std::function<bool()>& holds, std::chrono::hours most);
    // As on SIGTERM.
    void stop();

    bool poisoned() const { return !poison_.empty(); }
    // Dead or poisoned: the process is gone, or about to go.
    bool over() const { return settings_.dead() || poisoned(); }
    milliseconds age() const;
    wall_time now() const { return here_.time.wall(); }

private:
    class link;

    template <class T>
    bool finish(task<T> body, std::optional<T>& into);
    void begin(task<void> body);
    task<void> run_client(std::string tenant);
    task<bool> hand_over(client_batch& batch);
    task<void> watch_history();

    environment& world_;
    const run_settings settings_;
    // Destroyed from the end: at last the loop, which takes along what still sleeps.
    testing::world here_;
    steady_time born_ = here_.time.now();
    random_source random_;
    random chance_;
    std::string poison_;
    std::unique_ptr<storage::job_store> store_;
    std::unique_ptr<link> link_;
    std::unique_ptr<scheduler::scheduler> daemon_;
    std::unique_ptr<alarm> history_grows_;
};

}  // namespace cloned::power_loss
