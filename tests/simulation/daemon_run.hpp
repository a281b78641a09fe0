#pragma once

#include "daemon/scheduler/scheduler.hpp"
#include "storage/job_store.hpp"
#include "tests/simulation/network.hpp"
#include "tests/support/virtual_time.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloned::simulation {

struct could_not_start : std::runtime_error {
    explicit could_not_start(error said)
        : std::runtime_error(said.message()), why(std::move(said)) {}
    error why;
};

// One life of the daemon, from its start to its end by SIGTERM or, by the destructor, by SIGKILL:
// what was under way is gone, the file stays as it is.
class daemon_run {
public:
    struct surroundings {
        steady_time now{};
        milliseconds clock_off{0};      // of the wall clock
        std::set<std::size_t> removed;  // endpoints that the configuration lacks
    };
    // Throws could_not_start where the file cannot be opened.
    daemon_run(const plan& world,
               network& net,
               const std::string& database,
               const surroundings& around,
               std::uint64_t number);
    ~daemon_run();
    daemon_run(const daemon_run&) = delete;
    daemon_run& operator=(const daemon_run&) = delete;

    // Runs one handler; false if there is none.
    bool step();
    testing::virtual_clock& time() { return *clock_; }
    asio::io_context& loop() { return loop_; }
    storage::job_store& store() { return *store_; }
    scheduler::job_control& commands() { return daemon_->commands(); }
    bool has_endpoint(std::string_view name) const;
    // As a reload does when the secret of an endpoint has changed.
    void use_secret(std::string_view endpoint, const std::string& secret);

    // What an earlier life left has been taken up: clients may call.
    bool ready() const { return ready_ && !stopping_; }
    // Why it could not start.
    const std::string& trouble() const { return trouble_; }

    void begin_stop();
    bool stopped() const { return stopped_; }

    std::int64_t steps() const { return steps_; }
    std::int64_t commits() const { return commits_; }

private:
    // The coroutines that are under way are destroyed while what they refer to is still there.
    struct killable_loop : asio::io_context {
        killable_loop() : asio::io_context(1) {}
        void kill() { shutdown(); }
    };

    void make_backends(const plan& world, network& net, const std::set<std::size_t>& removed);
    task<void> start();
    task<void> stop();

    std::optional<testing::virtual_clock> clock_;  // outlives the loop, as in testing::world
    killable_loop loop_;
    random_source random_;
    std::unique_ptr<storage::job_store> store_;
    std::vector<std::unique_ptr<backends::backend>> backends_;
    std::vector<scheduler::configured_endpoint> endpoints_;
    std::unique_ptr<scheduler::scheduler> daemon_;
    std::string trouble_;
    bool ready_ = false;
    bool stopping_ = false;
    bool stopped_ = false;
    std::int64_t steps_ = 0;
    std::int64_t commits_ = 0;
};

}  // namespace cloned::simulation
