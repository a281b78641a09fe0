#pragma once

#include "base/ids.hpp"
#include "base/task_group.hpp"
#include "daemon/rpc/handlers/watch_stream.hpp"

#include <memory>
#include <set>

namespace cloned::rpc {

// Tells the watchers that there is something new. At thousands of commits a second it wakes them
// only now and then: they read what has gathered in one query each.
//
// Threads:  the loop thread only.
// Lifetime: run() must have ended before it is destroyed.
class watch_hub {
public:
    watch_hub(cloned::clock& time, milliseconds pause)
        : clock_(time), pause_(pause), alarm_(time.make_alarm()) {}

    // There has been a commit.
    void notify(event_id last);

    // The last commit that the watchers were woken for. It lags behind by the pause: a watcher that
    // compares its position with it reads in pages, however fast commits come.
    event_id last() const { return told_; }

    // Wakes the watchers; lasts until stop().
    task<void> run();
    void stop();

    void add(const std::shared_ptr<watch_gate>& watcher) { watchers_.insert(watcher); }
    void remove(const std::shared_ptr<watch_gate>& watcher) { watchers_.erase(watcher); }

    // Wakes every watcher, without the pause.
    void wake_all();
    // Ends every watcher's stream.
    void close_all(const failure& why);

private:
    cloned::clock& clock_;
    const milliseconds pause_;
    std::unique_ptr<alarm> alarm_;
    std::set<std::shared_ptr<watch_gate>> watchers_;
    event_id last_;
    event_id told_;
    bool news_ = false;
    bool stopped_ = false;
};

}  // namespace cloned::rpc
