#pragma once

#include "backends/http/login_steps.hpp"
#include "backends/vijson/discovery.hpp"

#include <memory>
#include <string>

namespace cloned::backends::vijson {

// SessionManager.Login. Where to log in is known only after the discovery.
//
// Lifetime: client and discovery must outlive it.
class login final : public http::login_steps {
public:
    login(http::client& via, discovery& where, std::string user, std::string password)
        : client_(via), where_(where), user_(std::move(user)), password_(std::move(password)) {}

    task<http::login_outcome> log_in(steady_time deadline) override;
    task<http::session_state> examine(std::string token, steady_time deadline) override;
    task<void> log_out(std::string token, steady_time deadline) override;
    void use_secret(std::string secret) override;

private:
    // Constant after construction, but for the password
    http::client& client_;
    discovery& where_;
    std::string user_;
    std::string password_;

    // Loop thread only
    std::unique_ptr<http::login_steps> steps_;  // null until it is known where
};

}  // namespace cloned::backends::vijson
