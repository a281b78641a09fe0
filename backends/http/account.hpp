#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/single_flight.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cloned::backends::http {

// Logins that were refused one after the other: two are tried, and from then on one in ten minutes,
// until one is accepted or somebody says that things have changed.
class refusals {
public:
    void refused(steady_time now, wall_time wall, error why);
    void accepted() { *this = refusals(); }
    // One more may be tried at once.
    void grant_one() { next_ = steady_time(); }

    bool hold(steady_time now) const { return in_row_ > 0 && now < next_; }
    // Why none is tried, for an operator of `endpoint`.
    error explain(std::string_view endpoint) const;
    void hold_until(steady_time when, wall_time wall);

private:
    std::size_t in_row_ = 0;
    error why_;
    steady_time next_{};
    wall_time next_wall_{};
};

// One account of one server, shared by all endpoints and ways that log in with it. vCenter locks an
// account that was refused five times within 180 s, for everybody and for 300 to 900 s ("Lockout
// Policy", VCF guide), so what is refused counts for all of them together, and only one tries at a
// time.
//
// Threads: the loop thread only. Lifetime: shared by those who use it.
class account {
public:
    void refused(steady_time now, wall_time wall, error why);
    // It was turned away for another reason that an operator must see to.
    void turned_away(steady_time now, wall_time wall, error why);
    void accepted();
    // An operator asks for a try, or has changed the secret.
    void try_now(steady_time now, wall_time wall);
    void secret_changed() { untried_secret_ = true; }

    bool hold(steady_time now) const { return in_row_.hold(now); }
    error explain(std::string_view endpoint) const { return in_row_.explain(endpoint); }

    // The login of one at a time.
    single_flight& turns(cloned::clock& time);

private:
    refusals in_row_;
    std::deque<steady_time> lately_;  // refused within the time in which the server counts
    bool untried_secret_ = false;
    std::unique_ptr<single_flight> turns_;
};

}  // namespace cloned::backends::http
