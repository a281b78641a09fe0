#include "base/fan_out.hpp"

#include "base/task_group.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace cloned {
namespace {

using body_function = std::function<task<void>(std::size_t)>;

task<void> work_through(std::size_t& next, std::size_t count, const body_function& body) {
    while (next < count) {
        const auto mine = next++;
        co_await body(mine);
    }
}

}  // namespace

task<void> fan_out(asio::io_context& loop,
                   std::size_t count,
                   std::size_t width,
                   const body_function& body) {
    if (count == 1) {
        co_await body(0);
        co_return;
    }
    task_group workers(loop);
    std::size_t next = 0;
    for (std::size_t i = 0; i < std::min(width, count); ++i)
        workers.spawn("fan_out", work_through(next, count, body));
    try {
        co_await workers.join();
    } catch (const boost::system::system_error&) {
        // The caller was cancelled before the wait began; the workers are told below.
    }
    if (workers.empty()) co_return;
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    next = count;
    workers.cancel();
    co_await workers.join();
    throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace cloned
