#pragma once

#include "base/async.hpp"

#include <cstddef>
#include <functional>

namespace cloned {

// Runs body(0) … body(count - 1), at most `width` of them at a time, and returns when all have
// ended.
//
// Cancellation: all are cancelled and waited for; the caller gets the exception.
// Lifetime:     what `body` refers to must stay until the end; a variable of the caller's own frame
//               does.
task<void> fan_out(asio::io_context& loop,
                   std::size_t count,
                   std::size_t width,
                   const std::function<task<void>(std::size_t)>& body);

}  // namespace cloned
