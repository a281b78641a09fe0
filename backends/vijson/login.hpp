#pragma once

#include "backends/http/session.hpp"
#include "backends/vijson/discovery.hpp"

#include <memory>
#include <string>

namespace cloned::backends::vijson {

// SessionManager.Login. Where to log in is known only after the discovery, so the shared session is
// made at the first need.
//
// Lifetime: client, clock, random and discovery must outlive it.
class login final : public http::token_source {
public:
    login(http::client& via,
          cloned::clock& clock,
          random_source& random,
          discovery& where,
          std::string user,
          std::string password,
          std::string host,
          milliseconds renewal_pause);

    task<result<std::string>> token(steady_time deadline) override;
    std::string_view header_name() const override;
    void invalidate(std::string_view token) override;
    void accept(std::string_view token) override;
    void reject(std::string_view token, error why) override;
    bool renewable() const override { return true; }
    task<void> renew(steady_time after, steady_time deadline) override;
    bool began_after(steady_time after) const override {
        return session_ && session_->began_after(after);
    }
    task<void> close(steady_time deadline) override;

private:
    // Constant after construction
    http::client& client_;
    cloned::clock& clock_;
    random_source& random_;
    discovery& where_;
    std::string user_;
    std::string password_;
    std::string host_;
    milliseconds renewal_pause_;

    // Loop thread only
    std::unique_ptr<http::token_source> session_;
};

}  // namespace cloned::backends::vijson
