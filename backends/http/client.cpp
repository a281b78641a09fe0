#include "backends/http/client.hpp"

#include "backends/http/connection.hpp"
#include "backends/http/name_lookup.hpp"
#include "backends/http/request_writer.hpp"
#include "backends/http/response_parser.hpp"
#include "backends/http/tls_trust.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/semaphore.hpp"
#include "base/text.hpp"

#include <boost/asio/basic_waitable_timer.hpp>

#include <algorithm>

namespace cloned::backends::http {
namespace {

using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>,
                                         executor>;

// A connection and the parser of its answers.
struct line {
    line(asio::io_context& loop, tls_trust* with, const client_options& options)
        : wire(loop, with), parser(options.max_header_bytes, options.max_body_bytes) {}

    connection wire;
    response_parser parser;
};

// How one attempt on one connection went.
struct attempt {
    result<response> answer = fail(errc::internal, "no attempt was made");
    bool keep = false;    // the connection may be used again
    bool silent = false;  // the peer ended the connection without a byte of an answer
};

class tcp_client final : public client {
public:
    tcp_client(asio::io_context& loop,
               cloned::clock& clock,
               client_options options,
               std::unique_ptr<tls_trust> with);
    ~tcp_client() override { tick_.cancel(); }

    task<result<response>> send(request what) override;
    std::int64_t requests_sent() const override { return requests_sent_; }
    void close() override;

private:
    // Keeps a connection under watch while it is used.
    class watch {
    public:
        watch(tcp_client& owner, connection& wire, steady_time deadline);
        ~watch() { std::erase(owner_.active_, &wire_); }
        watch(const watch&) = delete;
        watch& operator=(const watch&) = delete;

    private:
        tcp_client& owner_;
        connection& wire_;
    };

    task<result<void>> open(connection& wire, steady_time deadline);
    task<attempt> exchange(line& on, const std::string& bytes, steady_time deadline);
    task<attempt> receive(line& on);
    std::unique_ptr<line> take_idle();
    void keep(std::unique_ptr<line> used);
    error cut(const connection& wire, errc code, std::string_view what) const;
    void arm();
    void sweep();

    // Constant after construction
    asio::io_context& loop_;
    cloned::clock& clock_;
    client_options options_;
    std::unique_ptr<tls_trust> trust_;  // null: plain
    std::string host_;
    milliseconds tick_span_;

    // Loop thread only
    name_lookup names_;
    semaphore turns_;
    std::vector<connection*> active_;
    std::vector<std::unique_ptr<line>> idle_;  // the longest idle first
    std::int64_t requests_sent_ = 0;
    bool closed_ = false;
    bool armed_ = false;
    timer tick_;
    std::shared_ptr<tcp_client*> self_;  // lets the tick notice that the client is gone
};

tcp_client::tcp_client(asio::io_context& loop,
                       cloned::clock& clock,
                       client_options options,
                       std::unique_ptr<tls_trust> with)
    : loop_(loop),
      clock_(clock),
      options_(std::move(options)),
      trust_(std::move(with)),
      host_(host_value(options_)),
      tick_span_(std::clamp(
          std::min({options_.connect_timeout, options_.request_timeout, options_.idle_timeout}) /
              16,
          milliseconds(2),
          milliseconds(250))),
      names_(loop, clock, options_.host, options_.port),
      turns_(clock, std::max<std::size_t>(options_.max_connections, 1), options_.max_waiting),
      tick_(loop.get_executor()),
      self_(std::make_shared<tcp_client*>(this)) {}

tcp_client::watch::watch(tcp_client& owner, connection& wire, steady_time deadline)
    : owner_(owner), wire_(wire) {
    wire_.deadline = deadline;
    owner_.active_.push_back(&wire_);
    owner_.arm();
}

// One tick for all connections; a timer for each step of each request costs a fifth of the CPU.
void tcp_client::arm() {
    if (armed_) return;
    armed_ = true;
    tick_.expires_after(tick_span_);
    auto on_tick = [alive =
                        std::weak_ptr<tcp_client*>(self_)](const boost::system::error_code& ec) {
        const auto self = alive.lock();
        if (!self || ec) return;
        (*self)->armed_ = false;
        (*self)->sweep();
    };
    tick_.async_wait(std::move(on_tick));
}

void tcp_client::sweep() {
    const auto now = clock_.now();
    for (auto* wire : active_)
        if (now >= wire->deadline && !wire->expired()) wire->expire();
    const auto too_old = [&](const auto& l) {
        return now - l->wire.idle_since >= options_.idle_timeout;
    };
    std::erase_if(idle_, too_old);
    if (!active_.empty() || !idle_.empty()) arm();
}

void tcp_client::close() {
    closed_ = true;
    idle_.clear();
}

// The one used last, because it is the least likely to have been closed by the peer.
std::unique_ptr<line> tcp_client::take_idle() {
    while (!idle_.empty()) {
        auto last = std::move(idle_.back());
        idle_.pop_back();
        const auto age = clock_.now() - last->wire.idle_since;
        if (age < options_.idle_timeout && !last->wire.is_stale()) return last;
    }
    return nullptr;
}

void tcp_client::keep(std::unique_ptr<line> used) {
    if (closed_ || options_.idle_timeout <= milliseconds(0)) return;
    used->wire.idle_since = clock_.now();
    idle_.push_back(std::move(used));
    arm();
}

error tcp_client::cut(const connection& wire, errc code, std::string_view what) const {
    if (wire.expired()) return error(code, concat(host_, ": ", "the time for the request was up"));
    return error(code, concat(host_, ": ", what));
}

// What interrupts an operation from outside is either our own watch over time, which expired()
// tells, or the cancellation of the caller's task, which flies.
task<void> throw_if_cancelled() {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
}

task<result<void>> tcp_client::open(connection& wire, steady_time deadline) {
    const auto latest = std::min(deadline, clock_.now() + options_.connect_timeout);
    auto addresses = co_await names_.find(latest);
    if (!addresses) co_return fail(addresses.error());

    error last(errc::unavailable, concat(host_, ": no time was left to connect"));
    for (std::size_t i = 0; i < addresses->size(); ++i) {
        // An address that does not answer must leave time for those behind it.
        const auto now = clock_.now();
        const auto share = (latest - now) / static_cast<int>(addresses->size() - i);
        if (share <= steady_time::duration::zero()) break;
        const watch watching(*this, wire, now + share);
        const auto where = (*addresses)[i];
        const auto ec = co_await wire.connect(where, options_.request_timeout);
        if (!ec) {
            wire.deadline = latest;
            auto secured = co_await wire.secure();
            if (secured) co_return secured;
            co_await throw_if_cancelled();
            co_return fail(cut(wire, errc::unavailable, secured.error().message()));
        }
        co_await throw_if_cancelled();
        last = error(errc::unavailable,
                     concat(host_, ": cannot connect: ",
                            wire.expired() ? std::string("no answer in time") : ec.message()));
    }
    co_return fail(last);
}

task<attempt> tcp_client::exchange(line& on, const std::string& bytes, steady_time deadline) {
    const watch watching(*this, on.wire, deadline);
    on.wire.close_so_that_it(connection::closing::discards);
    ++requests_sent_;
    crash_point("http.before_write");
    if (crash_is_due("http.half_written"))
        co_await on.wire.write(bytes.substr(0, bytes.size() / 2));
    crash_point("http.half_written");
    const auto sent = co_await on.wire.write(bytes);
    crash_point("http.after_write");
    if (sent.ec) {
        co_await throw_if_cancelled();
        attempt out;
        // Who refuses a request before it has come in whole answers at once and may close.
        if (!on.wire.expired()) {
            on.parser.reset();
            out = co_await receive(on);
            out.keep = false;
            if (out.answer) co_return out;
        }
        out.silent = out.silent && !on.wire.expired();
        const auto code = sent.anything_left ? errc::in_doubt : errc::unavailable;
        out.answer = fail(
            cut(on.wire, code,
                concat("the connection was lost while the request was sent: ", sent.ec.message())));
        co_return out;
    }
    on.parser.reset();
    co_return co_await receive(on);
}

task<attempt> tcp_client::receive(line& on) {
    attempt out;
    bool anything = false;
    while (!on.parser.complete()) {
        const auto ec = co_await on.wire.read_some();
        anything = anything || !on.wire.unused().empty();
        crash_point("http.answer_begins");
        auto used = on.parser.feed(on.wire.unused());
        if (!used) {
            out.answer = fail(cut(on.wire, errc::in_doubt, used.error().message()));
            co_return out;
        }
        on.wire.use(*used);
        if (on.parser.complete()) break;
        if (on.wire.unused().size() > options_.max_header_bytes) {
            out.answer = fail(cut(on.wire, errc::in_doubt, "too many interim answers"));
            co_return out;
        }
        if (ec == asio::error::eof) {
            auto ended = on.parser.finish();
            if (ended) break;
            out.silent = !anything;
            out.answer = fail(cut(on.wire, errc::in_doubt, ended.error().message()));
            co_return out;
        }
        if (ec) {
            co_await throw_if_cancelled();
            out.silent = !anything && !on.wire.expired();
            out.answer = fail(cut(
                on.wire, errc::in_doubt,
                concat("the connection was lost before the answer was complete: ", ec.message())));
            co_return out;
        }
    }
    crash_point("http.after_answer");
    // The peer has answered: what it has not read yet of the request is its own affair, and a reset
    // could overtake its answer to others behind it.
    on.wire.close_so_that_it(connection::closing::delivers);
    out.keep = on.parser.keep_alive() && on.wire.unused().empty() && !on.wire.expired();
    out.answer = on.parser.take();
    co_return out;
}

task<result<response>> tcp_client::send(request what) {
    auto deadline = clock_.now() + options_.request_timeout;
    if (what.deadline) deadline = std::min(deadline, *what.deadline);
    auto text = request_text(what, host_);
    if (!text) co_return fail(text.error());
    const bool repeatable = what.repeatable || what.verb == method::get;

    semaphore::permit permit(turns_);
    auto admitted = co_await permit.acquire(deadline);
    if (!admitted)
        co_return fail(errc::unavailable, concat(host_, ": ", admitted.error().message()));

    // A caller whose turn comes at the very end of its time has nothing sent any more.
    if (clock_.now() >= deadline)
        co_return fail(errc::unavailable,
                       concat(host_, ": the time was up before the request left"));

    auto on = take_idle();
    const bool reused = on != nullptr;
    if (reused) {
        auto first = co_await exchange(*on, *text, deadline);
        if (first.keep) keep(std::move(on));
        // The peer may have closed the idle connection just as we wrote: only for what may be
        // done twice is that harmless.
        if (first.answer || !first.silent || !repeatable) co_return std::move(first.answer);
    }
    crash_point("http.before_connect");
    on = std::make_unique<line>(loop_, trust_.get(), options_);
    auto opened = co_await open(on->wire, deadline);
    if (!opened) co_return fail(opened.error());
    crash_point("http.connected");
    auto last = co_await exchange(*on, *text, deadline);
    if (last.keep) keep(std::move(on));
    co_return std::move(last.answer);
}

}  // namespace

result<std::unique_ptr<client>> make_client(asio::io_context& loop,
                                            cloned::clock& clock,
                                            client_options options) {
    std::unique_ptr<tls_trust> with;
    if (options.tls) {
        auto loaded = tls_trust::load(options.trust, options.host);
        if (!loaded) return fail(loaded.error());
        with = std::move(*loaded);
        if (options.trust.insecure)
            log::warn(
                "http.insecure", log::kv("host", options.host),
                log::kv("why", "certificates are not checked; anybody can read the password"));
    }
    return std::make_unique<tcp_client>(loop, clock, std::move(options), std::move(with));
}

}  // namespace cloned::backends::http
