#pragma once

// An assertion that stays on in release builds: what must never happen ends the process, and the
// recovery at the next start takes over. What a network or a disk may do is no reason for it.
#define CLONED_CHECK(condition, why) \
    ((condition) ? void() : ::cloned::check_failed(#condition, why, __FILE__, __LINE__))

namespace cloned {

[[noreturn]] void check_failed(const char* condition, const char* why, const char* file, int line);

}  // namespace cloned
