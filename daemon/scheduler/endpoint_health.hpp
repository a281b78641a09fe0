#pragma once

#include "backends/backend.hpp"
#include "base/task_group.hpp"
#include "daemon/scheduler/planner.hpp"
#include "model/lane.hpp"
#include "model/retry.hpp"

#include <memory>
#include <optional>
#include <string>

namespace cloned::scheduler {

// An endpoint's backend and its health: a breaker that opens after a few failures in a row, and
// while open asks with a cheap read, ever more rarely, until the endpoint answers again. An open
// breaker stops the sending in this endpoint's lanes and nothing else.
//
// Threads: the loop thread only. Lifetime: outlived by planner, clock, random and backend.
class endpoint_health {
public:
    endpoint_health(endpoint_info info,
                    backends::backend& backend,
                    planner& plan,
                    clock& time,
                    random_source& random,
                    std::function<void()> available_again);

    const endpoint_info& info() const { return info_; }
    backends::backend& backend() { return backend_; }
    retry_budget& budget() { return budget_; }

    void answered();
    // It did not answer, or did not let us in. Starts the probing if that is one time too many.
    void did_not_answer(const error& why, task_group& group);

    bool available() const { return !open_; }
    endpoint_status status() const;
    // How long to wait after a failure; grows while failures last.
    milliseconds pause_after_failure();

private:
    task<void> probe_until_it_answers();

    // Constant after construction
    endpoint_info info_;
    backends::backend& backend_;
    planner& plan_;
    clock& clock_;
    random_source& random_;
    std::function<void()> available_again_;
    // Loop thread only
    retry_budget budget_;
    std::uint32_t failures_ = 0;  // in a row
    bool open_ = false;
    std::string trouble_;
    std::optional<wall_time> last_answer_at_;
};

}  // namespace cloned::scheduler
