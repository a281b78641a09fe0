#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <optional>
#include <string>

namespace cloned::storage {

// Whether the store has room to write. While it has none, nothing can be recorded: new jobs are
// refused, what runs upstream goes on, and its end is recorded when there is room again.
//
// Says so in the log: at once, then each minute, and when it is over.
//
// Threads:  the loop thread only, but for is_full(): any.
// Lifetime: outlives whoever is told by it; the clock outlives it.
class disk_room {
public:
    explicit disk_room(const clock& time) : clock_(time) {}

    // A write has failed for want of room, in the store's words.
    void note_full(const std::string& why);
    // A write has found room again.
    void note_room();

    bool is_full() const { return full_; }
    std::optional<wall_time> full_since() const { return since_; }
    // For a person, with the time; empty while there is room.
    std::string words() const;

private:
    const clock& clock_;
    std::atomic<bool> full_{false};
    std::optional<wall_time> since_;
    std::string why_;
    steady_time said_at_{};
};

}  // namespace cloned::storage
