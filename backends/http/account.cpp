#include "backends/http/account.hpp"

#include "base/text.hpp"

#include <utility>

namespace cloned::backends::http {
namespace {

constexpr std::size_t tried_at_once = 2;
// What was refused for a moment only, as by a service that starts, may be accepted then.
constexpr milliseconds pause_to_second{5'000};
constexpr milliseconds pause_after_refusals{600'000};
// The server's window of 180 s, and what two clocks and a slow answer may differ by.
constexpr milliseconds lockout_window{200'000};
// The fifth would lock the account. It is risked with another secret only.
constexpr std::size_t refusals_before_lockout = 4;

std::string times(std::size_t n) {
    if (n == 1) return "once";
    if (n == 2) return "twice";
    return concat(std::to_string(n), " times");
}

}  // namespace

void refusals::refused(steady_time now, wall_time wall, error why) {
    ++in_row_;
    why_ = std::move(why);
    const auto pause = in_row_ < tried_at_once ? pause_to_second : pause_after_refusals;
    next_ = now + pause;
    next_wall_ = wall + pause;
}

void refusals::hold_until(steady_time when, wall_time wall) {
    next_ = when;
    next_wall_ = wall;
}

error refusals::explain(std::string_view endpoint) const {
    return {why_.code(), concat(endpoint, ": login refused (", why_.message(), "), tried ",
                                times(in_row_), "; next try at ", rfc3339(next_wall_),
                                ", or now by `clonectl endpoints login ", endpoint, "`")};
}

void account::refused(steady_time now, wall_time wall, error why) {
    untried_secret_ = false;
    lately_.push_back(now);
    while (lately_.size() > refusals_before_lockout) lately_.pop_front();
    in_row_.refused(now, wall, std::move(why));
}

void account::turned_away(steady_time now, wall_time wall, error why) {
    in_row_.refused(now, wall, std::move(why));
}

void account::accepted() {
    untried_secret_ = false;
    lately_.clear();
    in_row_.accepted();
}

void account::try_now(steady_time now, wall_time wall) {
    while (!lately_.empty() && now - lately_.front() >= lockout_window) lately_.pop_front();
    if (lately_.size() < refusals_before_lockout || untried_secret_) {
        in_row_.grant_one();
        return;
    }
    const auto wait = std::chrono::ceil<milliseconds>(lately_.front() + lockout_window - now);
    in_row_.hold_until(now + wait, wall + wait);
}

single_flight& account::turns(cloned::clock& time) {
    if (!turns_) turns_ = std::make_unique<single_flight>(time);
    return *turns_;
}

}  // namespace cloned::backends::http
