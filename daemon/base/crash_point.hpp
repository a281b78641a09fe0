#pragma once

// Named places at which a test build can be told to die as by SIGKILL, by the environment:
// CLONED_CRASH_AT=name dies at the first passage, name:3 at the third. Nothing of it exists in a
// build without CLONED_TEST_SWITCHES.
namespace cloned {

#ifdef CLONED_TEST_SWITCHES
void crash_point(const char* name);
#else
inline void crash_point(const char*) {}
#endif

}  // namespace cloned
