#pragma once

#include "daemon/rpc/handlers/watch_hub.hpp"
#include "daemon/rpc/handlers/watch_stream.hpp"
#include "daemon/rpc/transport/call_entry.hpp"
#include "daemon/rpc/transport/status.hpp"

#include <boost/asio/post.hpp>

#include <memory>
#include <mutex>
#include <utility>

namespace cloned::rpc {

// What a watch call and its handler know of each other. The one that comes first finishes the call:
// the handler, the server that drains, or the client by giving up.
//
// Threads:  any, but for `gate`.
// Lifetime: shared; the reactor is gone from here once it was finished.
template <class Response>
class stream_link {
public:
    using reactor_type = grpc::ServerWriteReactor<Response>;

    explicit stream_link(reactor_type* reactor) : reactor_(reactor) {}

    bool open() const {
        const std::lock_guard lock(mutex_);
        return reactor_ != nullptr;
    }

    // One message at a time: the next only after OnWriteDone.
    void write(Response message) {
        const std::lock_guard lock(mutex_);
        if (reactor_ == nullptr) return;
        message_ = std::move(message);
        // No buffer hint: in gRPC 1.51 it stops a stream forever if its first message has it.
        reactor_->StartWrite(&message_);
    }

    // A message that is on its way is still delivered, in front of the status.
    void finish(const grpc::Status& status) {
        reactor_type* reactor = nullptr;
        {
            const std::lock_guard lock(mutex_);
            reactor = std::exchange(reactor_, nullptr);
        }
        // Not under the lock: gRPC may go on to OnDone at once.
        if (reactor != nullptr) reactor->Finish(status);
    }

    // Loop thread only: whom to tell of what happened to the reactor.
    std::weak_ptr<watch_gate> gate;

private:
    mutable std::mutex mutex_;
    reactor_type* reactor_;  // Guarded by mutex_
    Response message_;       // gRPC's while it is being sent
};

// The handler's end. Loop thread only.
template <class Response>
class linked_stream final : public watch_stream<Response> {
public:
    linked_stream(cloned::clock& time, std::shared_ptr<stream_link<Response>> link)
        : watch_stream<Response>(time), link_(std::move(link)) {}
    // A call that nobody finishes keeps the server from ever stopping.
    ~linked_stream() override { link_->finish(to_status(cancelled())); }

    void close(const failure& why) override {
        link_->finish(to_status(why));
        this->set_over();
    }

    void finish(const outcome<void>& how) {
        link_->finish(how ? grpc::Status::OK : to_status(how.error()));
    }

protected:
    void start_send(Response message) override { link_->write(std::move(message)); }

private:
    std::shared_ptr<stream_link<Response>> link_;
};

// Owns itself until OnDone. Its reactions only hand over to the loop.
template <class Response>
class stream_call final : public grpc::ServerWriteReactor<Response> {
public:
    explicit stream_call(asio::io_context& loop)
        : loop_(loop), link_(std::make_shared<stream_link<Response>>(this)) {}

    const std::shared_ptr<stream_link<Response>>& link() const { return link_; }

private:
    void OnWriteDone(bool well) override {
        asio::post(loop_, [link = link_, well] {
            if (const auto gate = link->gate.lock()) gate->sent(well);
        });
    }
    void OnCancel() override {
        link_->finish(to_status(cancelled()));
        asio::post(loop_, [link = link_] {
            if (const auto gate = link->gate.lock()) gate->set_over();
        });
    }
    void OnDone() override { delete this; }

    asio::io_context& loop_;
    std::shared_ptr<stream_link<Response>> link_;
};

template <class Response>
task<void> run_stream(watch_hub* hub,
                      std::shared_ptr<linked_stream<Response>> stream,
                      call_limiter::ticket /*place*/,
                      task<outcome<void>> work) {
    hub->add(stream);
    auto how = co_await std::move(work);
    hub->remove(stream);
    stream->finish(how);
}

template <class Response>
grpc::ServerWriteReactor<Response>* refuse_stream(call_environment& environment,
                                                  const failure& why) {
    auto* call = new stream_call<Response>(environment.loop);
    call->link()->finish(to_status(why));
    return call;
}

// Runs `handler` (a function of a shared watch_stream that returns task<outcome<void>>) on the loop
// and ends the stream with what it returns.
template <class Response, class Handler>
grpc::ServerWriteReactor<Response>* start_stream(call_environment& environment,
                                                 watch_hub& hub,
                                                 call_limiter::ticket place,
                                                 Handler handler) {
    auto* call = new stream_call<Response>(environment.loop);
    auto begin = [&environment, &hub, link = call->link(), place = std::move(place),
                  handler = std::move(handler)]() mutable {
        if (!link->open()) return;
        auto stream = std::make_shared<linked_stream<Response>>(environment.time, link);
        link->gate = stream;
        // It may have come in after the server began to drain and closed the others.
        if (environment.draining) {
            stream->close(draining());
            return;
        }
        auto work = handler(stream);
        environment.tasks.spawn(
            "rpc.watch",
            run_stream<Response>(&hub, std::move(stream), std::move(place), std::move(work)));
    };
    asio::post(environment.loop, std::move(begin));
    return call;
}

}  // namespace cloned::rpc
