#pragma once

#include "backends/http/login_steps.hpp"
#include "base/clock.hpp"

#include <memory>
#include <string>

namespace cloned::backends::sts {

struct sts_account {
    std::string user;
    std::string password;
    std::string target;
};

// A SAML assertion of the vCenter's security token service, packed for a header. It lives for half
// an hour, as the vendor's samples ask for; then another is issued. The service cannot be asked
// about it, and it cannot be ended.
//
// Lifetime: `via` must outlive it, unless it is `own`.
std::unique_ptr<http::login_steps> make_sts_login(http::client& via,
                                                  std::unique_ptr<http::client> own,
                                                  cloned::clock& clock,
                                                  sts_account account);

}  // namespace cloned::backends::sts
