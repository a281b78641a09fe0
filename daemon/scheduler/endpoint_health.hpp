#pragma once

#include "backends/backend.hpp"
#include "base/coalescer.hpp"
#include "daemon/scheduler/shared_parts.hpp"
#include "daemon/scheduler/upstream_events.hpp"
#include "model/lane.hpp"
#include "model/retry.hpp"

#include <memory>
#include <optional>
#include <string>

namespace cloned::scheduler {

// What a failed request tells of what was asked for in it. vCenter is known to answer a list of
// names with a 500 because of one VM (vsphere-automation-sdk-python 284 and 251).
spoiling spoils_request(errc why);

// An endpoint's backend and its health: a breaker that opens after a few failures in a row, and
// while open asks with a cheap read, ever more rarely, until the endpoint answers again. An open
// breaker stops the sending in this endpoint's lanes and nothing else.
//
// Threads: the loop thread only. Lifetime: outlived by the shared parts and the backend.
class endpoint_health {
public:
    endpoint_health(const shared_parts& shared, endpoint_info info, backends::backend& backend)
        : shared_(shared),
          info_(std::move(info)),
          backend_(backend),
          probe_pause_(shared.time.make_alarm()) {}

    const endpoint_info& info() const { return info_; }
    backends::backend& backend() const { return backend_; }
    // For reading what it says at this moment.
    pause_source pauses() { return {shared_.time.wall(), shared_.random, budget_}; }

    void answered();
    // It took a request that starts work, or said why it does not, in its own words. Until it has,
    // each opening of the breaker starts with a longer pause: a read that is answered proves little
    // where something in front of the upstream turns work back.
    void took_work() { openings_ = 0; }
    // It did not answer, or did not let us in. Starts the probing if that is one time too many.
    void did_not_answer(const error& why);

    // A batch of requests for so many things is through, see coalescer::policy::heard. However many
    // of them failed it counts once; and not at all where those things are to blame: others were
    // answered, or a cheap read is. False: the endpoint is to blame.
    task<bool> heard(bool served, std::size_t asked, std::optional<error> trouble);

    // For an operator, see backend::log_in(). An endpoint that lets us in is used again at once.
    task<result<void>> log_in();

    bool available() const { return !open_; }
    endpoint_status status() const;
    // How long to wait after a failure; grows while failures last.
    milliseconds pause_after_failure();

private:
    task<void> probe_until_it_answers();

    // Constant after construction
    const shared_parts& shared_;
    endpoint_info info_;
    backends::backend& backend_;
    // Loop thread only
    std::unique_ptr<alarm> probe_pause_;
    retry_budget budget_;
    std::uint32_t failures_ = 0;  // in a row
    std::uint32_t openings_ = 0;  // since it took work
    bool open_ = false;
    std::string trouble_;
    std::optional<wall_time> last_answer_at_;
};

}  // namespace cloned::scheduler
