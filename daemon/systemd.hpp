#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string>

// What systemd is told (sd_notify(3), sd_watchdog_enabled(3)). Does nothing where it is not the
// parent. Threads: the loop thread only.
namespace cloned::systemd {

void ready(const std::string& status);
void stopping();
void status(const std::string& status);
void feed_watchdog();

// How often the watchdog must be fed at least; unset if nobody watches.
std::optional<milliseconds> watchdog_interval();

}  // namespace cloned::systemd
