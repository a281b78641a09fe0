#pragma once

#include "base/async.hpp"
#include "base/clock.hpp"
#include "daemon/rpc/api/call_failure.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace cloned::rpc {

// The loop's side of a stream to a client: sends one message at a time and waits in between, so
// that a slow client slows down only itself and costs no more memory than a message.
//
// Threads:  the loop thread only.
// Lifetime: shared by the transport and by the task that feeds the stream.
class watch_gate {
public:
    explicit watch_gate(cloned::clock& time) : clock_(time), alarm_(time.make_alarm()) {}
    virtual ~watch_gate() = default;
    watch_gate(const watch_gate&) = delete;
    watch_gate& operator=(const watch_gate&) = delete;

    // Nobody reads any more. The task that feeds the stream learns of it by its next send or wait.
    bool over() const { return over_; }
    void set_over() {
        over_ = true;
        alarm_->wake();
    }

    // Ends the stream for the client at once.
    virtual void close(const failure& why) = 0;

    // The message that was being sent has left (or never will).
    void sent(bool well) {
        sending_ = false;
        if (!well) over_ = true;
        alarm_->wake();
    }

    // Ends a wait() early.
    void wake() { alarm_->wake(); }

    // Waits until something wakes it, at most for `longest`. True: that time has passed.
    task<bool> wait(milliseconds longest) { return alarm_->sleep_until(clock_.now() + longest); }

protected:
    // Waits until a message may be handed over. False: the stream is over.
    task<bool> writable() {
        while (sending_ && !over_) co_await alarm_->sleep_until(clock_.now() + longest_sleep);
        sending_ = !over_;
        co_return !over_;
    }

private:
    // Only that no sleep is without end; what ends it is a wake.
    static constexpr std::chrono::hours longest_sleep{1};

    cloned::clock& clock_;
    std::unique_ptr<alarm> alarm_;
    bool sending_ = false;
    bool over_ = false;
};

template <class Response>
class watch_stream : public watch_gate {
public:
    using watch_gate::watch_gate;

    // Hands the message over once the one before has left. False: the stream is over.
    task<bool> send(Response message) {
        const bool possible = co_await writable();
        if (possible) start_send(std::move(message));
        co_return possible;
    }

protected:
    // Calls sent() later, on the loop, unless the stream is over.
    virtual void start_send(Response message) = 0;
};

}  // namespace cloned::rpc
