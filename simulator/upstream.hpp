#pragma once

#include "simulator/model/config.hpp"
#include "simulator/model/types.hpp"

#include <memory>

namespace cloned::simulator {

class world;

// A vCenter and a snapservice appliance with one inventory, without sockets, threads or a clock.
//
// Threads:      one at a time.
// Errors:       handle always answers; a mistake of the caller gets the server's own refusal.
// Lifetime:     the request is not looked at after handle has returned.
// Units:        `now` is the time since the start of the world and must not go back; an earlier
//               instant than before is taken as the latest one.
// Determinism:  the same config and the same calls at the same instants give the same answers.
class model {
public:
    explicit model(const config& settings);
    ~model();
    model(const model&) = delete;
    model& operator=(const model&) = delete;

    // Answers at once; the transport holds the answer back for `answer.delay` and then does what
    // `answer.what` says. With fate::drop_before nothing was processed. Targets under /_sim/ reach
    // the control interface whatever the server.
    answer handle(const request& in, instant now);

    // What is at that instant, for a judge in the same process.
    const world& at(instant now);

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace cloned::simulator
