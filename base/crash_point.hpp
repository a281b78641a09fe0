#pragma once

// Named places at which a test build can be told to die as by SIGKILL, by the environment:
// CLONED_CRASH_AT=name dies at the first passage, name:3 at the third. Nothing of it exists in a
// build without CLONED_TEST_SWITCHES.
namespace cloned {

#ifdef CLONED_TEST_SWITCHES
void crash_point(const char* name);
// Will the next passage be the last? For points in the middle of something, which is then to be
// done by half.
bool crash_is_due(const char* name);
#else
inline void crash_point(const char*) {}
constexpr bool crash_is_due(const char*) {
    return false;
}
#endif

}  // namespace cloned
