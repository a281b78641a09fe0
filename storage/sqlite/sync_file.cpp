#include "storage/sqlite/sync_file.hpp"

#include "base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace cloned::storage {

result<void> sync_file(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    const int why = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (synced) return {};
    return fail(errc::unavailable,
                concat("cannot sync ", path, ": ", std::generic_category().message(why)));
}

}  // namespace cloned::storage
