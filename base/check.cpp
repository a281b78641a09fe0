#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace cloned {

void check_failed(const char* condition, const char* why, const char* file, int line) {
    std::fprintf(stderr, "event=check.failed condition=\"%s\" why=\"%s\" at=%s:%d\n", condition,
                 why, file, line);
    std::abort();
}

}  // namespace cloned
