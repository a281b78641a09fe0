#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

// The coroutine vocabulary of the daemon. Everything runs on the one loop thread that runs the
// io_context; the concrete executor type spares a type-erased copy at each suspension and much
// compile time.
namespace cloned {

namespace asio = boost::asio;

using executor = asio::io_context::executor_type;

template <class T>
using task = asio::awaitable<T, executor>;

inline constexpr asio::use_awaitable_t<executor> use_task{};

// For I/O that reports failure as a value instead of throwing.
inline constexpr auto no_throw = asio::as_tuple(asio::use_awaitable_t<executor>{});

}  // namespace cloned
