#pragma once

#include "base/error.hpp"

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace cloned {

// A value or the reason why there is none. Never call the throwing value().
template <class T>
using result = tl::expected<T, error>;

inline tl::unexpected<error> fail(errc code, std::string message) {
    return tl::unexpected<error>(error(code, std::move(message)));
}

inline tl::unexpected<error> fail(error why) {
    return tl::unexpected<error>(std::move(why));
}

}  // namespace cloned
