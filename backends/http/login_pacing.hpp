#pragma once

#include "backends/http/account.hpp"
#include "backends/http/login_steps.hpp"
#include "backends/http/redactor.hpp"
#include "base/random.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace cloned::backends::http {

// When one endpoint may log in again. A login without an answer is repeated after a pause that
// grows with each failure up to 30 s, so that a thousand jobs do not hammer an upstream that is
// away; one that is refused, see `refusals`.
//
// Threads: the loop thread only. Lifetime: outlived by clock and random.
class login_pacing {
public:
    // `account` may be null: then it is nobody else's; `secrets` as well: then none is known.
    login_pacing(cloned::clock& clock,
                 random_source& random,
                 std::shared_ptr<account> account,
                 std::string endpoint,
                 std::shared_ptr<const redactor> secrets);

    // Why no login is tried at this moment.
    std::optional<error> reason() const;
    // Takes note of a failure, and says what to tell of it: on one line, and without secrets, as it
    // is logged here.
    error failed(login_failure what);
    // A token that was just issued is not accepted.
    error rejected(error why) { return failed({login_trouble::not_here, std::move(why)}); }
    void logged_in();
    // A session is accepted: what was refused here before does not count any more.
    void accepted() { here_.accepted(); }
    // A session of `age` is gone, and is to be replaced.
    void lost(steady_time::duration age);

    void try_now();
    void secret_changed() { account_->secret_changed(); }
    single_flight& turns() { return account_->turns(clock_); }

private:
    // Constant after construction
    cloned::clock& clock_;
    random_source& random_;
    std::shared_ptr<account> account_;
    std::string endpoint_;
    std::shared_ptr<const redactor> secrets_;

    // Loop thread only
    std::optional<error> silence_;
    steady_time silence_until_{};
    milliseconds silence_pause_;
    refusals here_;
    std::deque<steady_time> lost_young_;
};

}  // namespace cloned::backends::http
