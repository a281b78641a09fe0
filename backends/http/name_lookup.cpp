#include "backends/http/name_lookup.hpp"

#include "base/text.hpp"
#include "base/wait_list.hpp"

#include <boost/asio/ip/basic_resolver.hpp>

namespace cloned::backends::http {
namespace {

// The name service is not asked more often than this; a connection that fails asks again.
constexpr milliseconds cache_span{10'000};

using resolver = asio::ip::basic_resolver<asio::ip::tcp, executor>;

}  // namespace

struct name_lookup::state {
    state(asio::io_context& loop, cloned::clock& time)
        : clock(time), asker(loop.get_executor()), waiters(time) {}

    cloned::clock& clock;
    resolver asker;
    bool under_way = false;
    result<endpoints> answer = fail(errc::unavailable, "not looked up yet");
    steady_time answered_at{};
    wait_list waiters;
};

name_lookup::name_lookup(asio::io_context& loop,
                         cloned::clock& clock,
                         std::string host,
                         std::uint16_t port)
    : host_(std::move(host)), port_(port), state_(std::make_shared<state>(loop, clock)) {
    if (host_.size() > 2 && host_.front() == '[' && host_.back() == ']')
        host_ = host_.substr(1, host_.size() - 2);
}

name_lookup::~name_lookup() {
    state_->asker.cancel();
}

void name_lookup::begin() {
    state_->under_way = true;
    auto on_found = [alive = std::weak_ptr<state>(state_), host = host_](
                        const boost::system::error_code& ec, const resolver::results_type& found) {
        const auto self = alive.lock();
        if (!self) return;
        self->under_way = false;
        self->answered_at = self->clock.now();
        if (ec) {
            self->answer = fail(errc::unavailable, concat("the address of ", host,
                                                          " cannot be found: ", ec.message()));
        } else {
            endpoints all;
            for (const auto& entry : found) all.push_back(entry.endpoint());
            self->answer = std::move(all);
        }
        self->waiters.wake_all();
    };
    state_->asker.async_resolve(host_, std::to_string(port_), std::move(on_found));
}

task<result<name_lookup::endpoints>> name_lookup::find(steady_time deadline) {
    boost::system::error_code ec;
    const auto literal = asio::ip::make_address(host_, ec);
    if (!ec) co_return endpoints(1, asio::ip::tcp::endpoint(literal, port_));

    const bool fresh = state_->answer && state_->clock.now() - state_->answered_at < cache_span;
    if (!fresh && !state_->under_way) begin();
    while (state_->under_way) {
        const bool answered = co_await state_->waiters.wait(deadline);
        if (!answered)
            co_return fail(errc::unavailable,
                           concat("the address of ", host_, " could not be found in time"));
    }
    co_return state_->answer;
}

}  // namespace cloned::backends::http
