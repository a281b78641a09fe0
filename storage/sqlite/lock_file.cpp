#include "storage/sqlite/lock_file.hpp"

#include "base/text.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace cloned::storage {
namespace {

// Far behind any database, whose size SQLite limits to 2^48 bytes, and not among the bytes that
// SQLite locks, which are at 2^30.
constexpr off_t locked_byte = off_t{1} << 60;

std::string last_error_text() {
    return std::generic_category().message(errno);
}

std::string owner_of(int descriptor) {
    char text[32] = {};
    const auto length = ::pread(descriptor, text, sizeof text - 1, 0);
    if (length <= 0) return "unknown";
    return one_line(std::string_view(text, static_cast<std::size_t>(length)).substr(0, 20));
}

}  // namespace

lock_file::~lock_file() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

lock_file::lock_file(lock_file&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

lock_file& lock_file::operator=(lock_file&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

result<lock_file> lock_file::take(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return fail(errc::failed_precondition,
                    concat("cannot open the lock file ", path, ": ", last_error_text()));
    lock_file lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return fail(errc::failed_precondition,
                        concat("cannot lock ", path, ": ", last_error_text()));
        return fail(errc::failed_precondition,
                    concat("the database is in use by another daemon, process ",
                           owner_of(descriptor), " (lock file ", path, ")"));
    }
    const std::string self = std::to_string(::getpid());
    if (::ftruncate(descriptor, 0) != 0 ||
        ::pwrite(descriptor, self.data(), self.size(), 0) != static_cast<ssize_t>(self.size()))
        return fail(errc::unavailable,
                    concat("cannot write the lock file ", path, ": ", last_error_text()));
    return lock;
}

// A lock of the open file description, which another SQLite connection of this process does not
// take away by closing the file, and which another description in this process meets as well.
result<lock_file> lock_file::take_database(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return fail(errc::failed_precondition,
                    concat("cannot open the database ", path, ": ", last_error_text()));
    lock_file lock(descriptor);
    struct flock wanted{};
    wanted.l_type = F_WRLCK;
    wanted.l_whence = SEEK_SET;
    wanted.l_start = locked_byte;
    wanted.l_len = 1;
    if (::fcntl(descriptor, F_OFD_SETLK, &wanted) == 0) return lock;
    if (errno != EAGAIN && errno != EACCES)
        return fail(errc::failed_precondition,
                    concat("cannot lock ", path, ": ", last_error_text()));
    return fail(errc::failed_precondition,
                concat("the database ", path,
                       " is in use by another daemon, which reaches it by another name or whose "
                       "lock file was removed"));
}

}  // namespace cloned::storage
