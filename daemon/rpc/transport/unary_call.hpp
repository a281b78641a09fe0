#pragma once

#include "daemon/rpc/api/validate.hpp"
#include "daemon/rpc/transport/call_entry.hpp"
#include "daemon/rpc/transport/status.hpp"

#include <boost/asio/post.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace cloned::rpc {

// What a call and its handler know of each other. The one that comes first finishes the call: the
// handler, or the client by giving up. The loser finds the reactor gone and lets it be.
//
// Threads:  any.
// Lifetime: shared; the reactor and the response are used only by the one who finishes.
template <class Reactor, class Response>
class call_link {
public:
    call_link(Reactor* reactor, Response* response) : reactor_(reactor), response_(response) {}

    bool open() const { return reactor_.load(std::memory_order_acquire) != nullptr; }

    void finish(outcome<Response> answer) {
        auto* reactor = reactor_.exchange(nullptr, std::memory_order_acq_rel);
        if (reactor == nullptr) return;
        if (!answer) {
            reactor->Finish(to_status(answer.error()));
            return;
        }
        *response_ = std::move(*answer);
        reactor->Finish(grpc::Status::OK);
    }

private:
    std::atomic<Reactor*> reactor_;
    Response* const response_;
};

// The handler's end of a link: finishes the call as cancelled if the handler is torn down, since a
// call that nobody finishes keeps the server from ever stopping.
template <class Link>
class call_end {
public:
    explicit call_end(std::shared_ptr<Link> link) : link_(std::move(link)) {}
    call_end(call_end&&) noexcept = default;
    call_end& operator=(call_end&&) = delete;
    ~call_end() {
        if (link_) link_->finish(refuse(cancelled()));
    }

    Link& link() const { return *link_; }

private:
    std::shared_ptr<Link> link_;
};

// Owns itself until OnDone. The request is not touched after the call was started, because gRPC
// takes it away when the client gives up, while the handler may still be at work.
template <class Response>
class unary_call final : public grpc::ServerUnaryReactor {
public:
    using link_type = call_link<grpc::ServerUnaryReactor, Response>;

    explicit unary_call(Response* response) : link_(std::make_shared<link_type>(this, response)) {}

    const std::shared_ptr<link_type>& link() const { return link_; }

private:
    void OnCancel() override { link_->finish(refuse(cancelled())); }
    void OnDone() override { delete this; }

    std::shared_ptr<link_type> link_;
};

template <class Link, class Response>
task<void> run_unary(call_end<Link> end,
                     call_limiter::ticket /*place*/,
                     task<outcome<Response>> work) {
    auto answer = co_await std::move(work);
    end.link().finish(std::move(answer));
}

// Runs `handler` (a function that returns task<outcome<Response>>) on the loop and answers with
// what it returns. A call that was given up before its turn is not begun; one that was begun goes
// on to its end, see job_handlers.
template <class Response, class Handler>
grpc::ServerUnaryReactor* start_unary(call_environment& environment,
                                      call_limiter::ticket place,
                                      Response* response,
                                      Handler handler) {
    using link_type = typename unary_call<Response>::link_type;
    auto* call = new unary_call<Response>(response);
    auto begin = [&environment, end = call_end<link_type>(call->link()), place = std::move(place),
                  handler = std::move(handler)]() mutable {
        if (!end.link().open()) return;
        auto work = handler();
        environment.tasks.spawn("rpc.call", run_unary<link_type, Response>(
                                                std::move(end), std::move(place), std::move(work)));
    };
    asio::post(environment.loop, std::move(begin));
    return call;
}

// A unary call whose handler is a member function of (tenant, request): lets it in, refuses unknown
// fields, and runs it on the loop.
template <class Request, class Response, class Handlers>
grpc::ServerUnaryReactor* simple_call(call_environment& environment,
                                      grpc::CallbackServerContext& context,
                                      const Request& request,
                                      Response* response,
                                      Handlers& handlers,
                                      task<outcome<Response>> (Handlers::*method)(std::string,
                                                                                  Request)) {
    auto entry = enter(environment, environment.calls, context);
    if (!entry) return refuse_call(context, entry.error());
    problem_list problems;
    check_known(request, field_place(problems));
    if (!problems.empty()) return refuse_call(context, invalid(problems));
    auto handler = [&handlers, method, tenant = std::move(entry->tenant),
                    request = Request(request)]() mutable {
        return (handlers.*method)(std::move(tenant), std::move(request));
    };
    return start_unary(environment, std::move(entry->place), response, std::move(handler));
}

}  // namespace cloned::rpc
