#include "tests/simulation/network.hpp"

#include <boost/asio/post.hpp>

namespace cloned::simulation {

using backends::http::request;
using backends::http::response;

namespace {

class memory_client final : public backends::http::client {
public:
    memory_client(asio::io_context& loop,
                  cloned::clock& clock,
                  network& net,
                  const planned_endpoint& endpoint)
        : loop_(loop), clock_(clock), net_(net), endpoint_(endpoint) {}

    task<result<response>> send(request what) override {
        // Places at which the daemon can be killed: between an intent and its request, and between
        // an answer and what is made of it.
        co_await asio::post(loop_.get_executor(), use_task);
        const auto& info = endpoint_.options.info;
        auto deadline = clock_.now() + info.request_timeout;
        if (what.deadline) deadline = std::min(deadline, *what.deadline);
        if (closed_ || clock_.now() >= deadline)
            co_return fail(errc::unavailable, "no time was left to send it");
        ++sent_;
        exchange out;
        out.server = endpoint_.server;
        out.changes = changes_something(what);
        out.what = std::move(what);
        out.deadline = deadline;
        out.dead_by = deadline + info.quiesce;
        const auto waker = clock_.make_alarm();
        const auto connect = endpoint_.options.http.connect_timeout;
        const auto under_way = net_.send(std::move(out), connect);
        const listener waits(*under_way, *waker);
        while (!under_way->done) {
            const bool late = co_await waker->sleep_until(deadline);
            if (late && !under_way->done) co_return fail(errc::in_doubt, "no answer came in time");
        }
        auto outcome = std::move(under_way->outcome);
        co_await asio::post(loop_.get_executor(), use_task);
        co_return outcome;
    }
    std::int64_t requests_sent() const override { return sent_; }
    void close() override { closed_ = true; }

private:
    // No alarm is woken that is gone, however the wait ends.
    struct listener {
        listener(exchange& what, alarm& waker) : heard(what) { heard.waker = &waker; }
        ~listener() { heard.waker = nullptr; }
        listener(const listener&) = delete;
        listener& operator=(const listener&) = delete;
        exchange& heard;
    };

    asio::io_context& loop_;
    cloned::clock& clock_;
    network& net_;
    const planned_endpoint& endpoint_;
    std::int64_t sent_ = 0;
    bool closed_ = false;
};

}  // namespace

std::unique_ptr<backends::http::client> make_memory_client(asio::io_context& loop,
                                                           cloned::clock& clock,
                                                           network& net,
                                                           const planned_endpoint& endpoint) {
    return std::make_unique<memory_client>(loop, clock, net, endpoint);
}

}  // namespace cloned::simulation
