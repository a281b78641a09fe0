#pragma once

#include "base/async.hpp"
#include "storage/sqlite/operation.hpp"

#include <boost/asio/async_result.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace cloned::storage {

using operation_group = std::vector<std::unique_ptr<operation>>;

// What a worker does with the operations that it takes.
class group_runner {
public:
    virtual ~group_runner() = default;

    // Gives each operation its outcome. Returns what is to be done on the loop after they have been
    // completed; may be empty. Must not throw.
    virtual std::function<void()> run(operation_group& group) = 0;

    // Work that nobody waits for; after the completions have been handed over. Returns what is to
    // be done on the loop; may be empty. Must not throw.
    virtual std::function<void()> after_group() { return {}; }

    // When nothing has come for worker_settings::idle_after since the last group, and again after
    // as long. Returns what is to be done on the loop; may be empty. Must not throw.
    virtual std::function<void()> idle() { return {}; }
};

struct worker_settings {
    const char* thread_name = nullptr;  // null: everything runs on the loop
    std::size_t group_operations = 512;
    std::size_t group_bytes = std::size_t{1} << 20;
    std::size_t waiting_bytes_max = std::size_t{1} << 30;  // of refusable operations
    // Zero: it never calls group_runner::idle(). Without a thread it does not either.
    std::chrono::milliseconds idle_after{0};
};

// Signals are the loop's business: a thread of ours must not be the one that they interrupt.
std::thread start_without_signals(std::function<void()> body);

// Runs operations in the order of their arrival, those that wait together as one group, and
// completes a group in one go on the loop.
//
// Threads:  push() on the loop thread; the runner is used by the worker's own thread, or by the
//           loop where there is none.
// Lifetime: the runner and the loop must outlive it. Operations not yet begun when it is destroyed
//           are dropped, as a crash would drop them.
class worker {
public:
    worker(asio::io_context& loop, group_runner& runner, worker_settings settings);
    ~worker();
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    void push(std::unique_ptr<operation> next);

    // Completes `next` by a post without running it.
    void push_refused(std::unique_ptr<operation> next, const error& why);

    asio::io_context& loop() { return loop_; }

private:
    void run_thread();
    void await_work(std::unique_lock<std::mutex>& lock);
    void run_turn();
    bool waits() const { return !urgent_.empty() || !waiting_.empty(); }
    operation_group take();
    void schedule_turn();

    // Constant after construction
    asio::io_context& loop_;
    group_runner& runner_;
    const worker_settings settings_;

    // Guarded by mutex_; alone on the loop where there is no thread
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<std::unique_ptr<operation>> urgent_;
    std::deque<std::unique_ptr<operation>> waiting_;
    std::size_t waiting_bytes_ = 0;
    bool stopping_ = false;
    bool has_run_ = false;  // before that the runner may still be being made ready

    // Loop thread only
    std::shared_ptr<bool> alive_;  // false once this is gone; for turns that were posted
    bool turn_scheduled_ = false;
    std::thread thread_;
};

// Hands `work` to a worker and waits for its outcome. The caller's cancellation slot is left
// unconnected on purpose: what was begun is completed, and the caller resumes when it is.
template <class Session, class Work>
task<typename operation_of<Session, Work>::outcome> submit(worker& to,
                                                           std::optional<Session>& session,
                                                           operation_traits traits,
                                                           Work work) {
    using op = operation_of<Session, Work>;
    auto initiate = [](auto handler, worker* target, std::optional<Session>* where,
                       operation_traits about, Work what) {
        typename op::handler done(std::move(handler));
        target->push(std::make_unique<op>(about, *where, std::move(what), std::move(done),
                                          target->loop().get_executor()));
    };
    return asio::async_initiate<const asio::use_awaitable_t<executor>, void(typename op::outcome)>(
        std::move(initiate), use_task, &to, &session, traits, std::move(work));
}

}  // namespace cloned::storage
