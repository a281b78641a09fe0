#pragma once

#include "base/async.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <functional>
#include <list>
#include <memory>
#include <string>

namespace cloned {

// The only place where tasks start. Every task belongs to a group, and the owner of the group
// waits for it before anything that the tasks use goes away.
//
// Threads:      the loop thread only.
// Errors:       a task that ends by an exception other than its cancellation ends the process: a
//               broken invariant is no state to go on from.
// Cancellation: cancel() asks every task; a task ends at its next suspension. What is spawned after
//               that is dropped before it begins: nobody would end it, and join() would wait for
//               it.
// Lifetime:     make it the last member of its owner; co_await join() before it is destroyed.
class task_group {
public:
    explicit task_group(asio::io_context& loop);
    ~task_group();
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    // `name` appears in the message of a task that failed; it must be a literal.
    void spawn(const char* name, task<void> body);

    void cancel();
    bool empty() const { return running_.empty(); }

    // Waits until no task is left. One waiter at a time.
    task<void> join();

private:
    struct entry {
        asio::cancellation_signal stop;
    };
    using entries = std::list<entry>;

    void finished(entries::iterator which);

    asio::io_context& loop_;
    entries running_;
    std::function<void()> idle_;
    bool cancelled_ = false;
};

}  // namespace cloned
