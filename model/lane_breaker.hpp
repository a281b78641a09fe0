#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace cloned {

// A lane's breaker. It opens when the upstream refuses a job of the lane although nothing of ours
// explains that: then it is closed for the lane, for seconds or for hours, as in maintenance. While
// the breaker is open one job at a time tries again, after pauses that grow to 30 s at most, so
// that the full rate is reached within a minute after the upstream has opened. No job fails for it.
//
// Being busy is said of one source VM as well, so it takes many such answers in a row.
//
// Pure: time and randomness come from the caller.
class lane_breaker {
public:
    // Refused with nothing of ours at work that could explain it.
    void refused(steady_time now, wall_time wall, std::string words, random_source& random);
    // Told that something is busy.
    void busy(steady_time now, wall_time wall, std::string words, random_source& random);
    // A poll has shown that a job of the lane was taken.
    void taken();
    // What held it back may have gone: the next job need not wait.
    void try_now(steady_time now);

    bool open() const { return since_.has_value(); }
    // May one more be sent while `unproven` wait to be shown as taken?
    bool may_send(steady_time now, std::int64_t unproven) const;
    std::optional<steady_time> again_at() const { return try_at_; }

    // While open: since when, and the upstream's last words.
    std::optional<wall_time> since() const { return since_; }
    const std::string& words() const { return words_; }

private:
    void pause(steady_time now, wall_time wall, std::string words, random_source& random);

    std::optional<wall_time> since_;
    std::string words_;
    std::optional<steady_time> try_at_;
    std::uint32_t pauses_ = 0;
    int busy_in_a_row_ = 0;
};

}  // namespace cloned
