#include "daemon/systemd.hpp"

#include "base/text.hpp"

#include <systemd/sd-daemon.h>

namespace cloned::systemd {

void ready(const std::string& status) {
    sd_notify(0, concat("READY=1\nSTATUS=", status).c_str());
}

void stopping() {
    sd_notify(0, "STOPPING=1\nSTATUS=stopping");
}

void status(const std::string& status) {
    sd_notify(0, concat("STATUS=", status).c_str());
}

void feed_watchdog() {
    sd_notify(0, "WATCHDOG=1");
}

std::optional<milliseconds> watchdog_interval() {
    std::uint64_t usec = 0;
    if (sd_watchdog_enabled(0, &usec) <= 0) return std::nullopt;
    return std::chrono::duration_cast<milliseconds>(std::chrono::microseconds(usec));
}

}  // namespace cloned::systemd
