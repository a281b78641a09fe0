#pragma once

#include "base/error.hpp"
#include "base/text.hpp"

// What is said of a call that was answered as if it had no session.
namespace cloned::backends::http {

inline error call_refused(const error& why) {
    return {errc::permission_denied,
            concat("the upstream accepts the session but refuses this call (", why.message(),
                   "); the account seems to lack a permission")};
}

inline error not_told(const error& why) {
    return {errc::unavailable, concat("refused (", why.message(),
                                      "), and the upstream did not say whether the session lives")};
}

}  // namespace cloned::backends::http
