#pragma once

#include "base/async.hpp"
#include "base/result.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

namespace cloned::storage {

struct operation_traits {
    const char* before_commit = "store.read";  // names of its crash points
    const char* after_commit = "store.read";
    std::size_t bytes = 512;   // what it weighs in a group, roughly
    bool refusable = false;    // turned away when too much waits
    bool brings_jobs = false;  // brings new jobs: the first to go when the disk is full
    bool urgent = false;       // goes before others that wait
    bool alone = false;        // runs outside any transaction
    // If SQLite complains, or an invariant is broken, something is wrong with the database and not
    // with what was asked for; and whoever asked holds a slot that nobody else gives back.
    bool must_work = false;
};

// One call of the store, from its start on the loop to its completion there.
//
// Threads: run() and refuse() on the store's thread, complete() on the loop, one after the other.
class operation {
public:
    explicit operation(const operation_traits& traits) : traits_(traits) {}
    virtual ~operation() = default;
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;

    const operation_traits& traits() const { return traits_; }

    // Does the work and keeps the outcome; may be called again after a rollback. False: it failed,
    // and nothing of it may stay. Throws what SQLite throws.
    virtual bool run() = 0;

    // Lets go of what run() needs: an accepted batch is large, and the loop has better things to do
    // than to take it apart. The outcome stays.
    virtual void drop_work() = 0;

    // Sets the outcome instead.
    virtual void refuse(const error& why) = 0;

    // Resumes the caller; at most once. An operation that is destroyed without it destroys the
    // waiting coroutine.
    virtual void complete() = 0;

private:
    const operation_traits traits_;
};

// `Work` is called with the session of the thread that it runs on and returns a result, or another
// expected value whose error can be made of ours. It must not consume itself, since it may run
// twice, and must not refer to anything of the caller: a coroutine that is torn down does not wait
// for it.
template <class Session, class Work>
class operation_of final : public operation {
public:
    using outcome = std::invoke_result_t<Work&, Session&>;
    using handler = asio::any_completion_handler<void(outcome)>;

    operation_of(const operation_traits& traits,
                 std::optional<Session>& session,
                 Work work,
                 handler done,
                 const executor& loop)
        : operation(traits),
          session_(session),
          work_(std::move(work)),
          done_(std::move(done)),
          keeps_loop_running_(loop) {}

    bool run() override {
        if (!session_) {
            outcome_ = outcome(cloned::fail(errc::unavailable, "the store is closed"));
            return false;
        }
        outcome_ = (*work_)(*session_);
        return outcome_.has_value();
    }

    void drop_work() override { work_.reset(); }

    void refuse(const error& why) override { outcome_ = outcome(cloned::fail(why)); }

    void complete() override {
        auto done = std::move(done_);
        keeps_loop_running_.reset();
        std::move(done)(std::move(outcome_));
    }

private:
    std::optional<Session>& session_;
    std::optional<Work> work_;
    handler done_;
    asio::executor_work_guard<executor> keeps_loop_running_;
    outcome outcome_;
};

}  // namespace cloned::storage
