#include "tests/power_loss/disk.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace cloned::power_loss {
namespace {

using testing::disk_call;
using kind = disk_call::kind;

disk* present = nullptr;

int io_error(kind what) {
    switch (what) {
        case kind::open:
            return SQLITE_CANTOPEN;
        case kind::read:
            return SQLITE_IOERR_READ;
        case kind::write:
            return SQLITE_IOERR_WRITE;
        case kind::truncate:
            return SQLITE_IOERR_TRUNCATE;
        case kind::sync:
            return SQLITE_IOERR_FSYNC;
        case kind::remove:
            break;
    }
    return SQLITE_IOERR_DELETE;
}

int sync_descriptor(int descriptor, long call) {
    if (present != nullptr) {
        if (const int failed = present->before_directory_sync(descriptor); failed != 0) {
            errno = failed;
            return -1;
        }
    }
    return static_cast<int>(::syscall(call, descriptor));
}

}  // namespace

disk::disk(std::string folder, std::uint64_t seed) : folder_(std::move(folder)), chance_(seed) {
    struct stat where{};
    if (::stat(folder_.c_str(), &where) != 0)
        throw std::runtime_error("there is no folder " + folder_);
    device_ = where.st_dev;
    inode_ = where.st_ino;
    present = this;
    testing::watch_disk(this);
}

disk::~disk() {
    testing::watch_disk(nullptr);
    present = nullptr;
}

void disk::revive() {
    dead_ = false;
    dies_at_ = dies_at_sync_from_ = 0;
}

bool disk::dies_now(kind what) const {
    return calls_ == dies_at_ ||
           (what == kind::sync && dies_at_sync_from_ > 0 && calls_ >= dies_at_sync_from_);
}

bool disk::is_ours(std::string_view path) const {
    return path.size() > folder_.size() && path.starts_with(folder_) && path[folder_.size()] == '/';
}

std::string disk::name_of(std::string_view path) const {
    return std::string(path.substr(folder_.size() + 1));
}

bool disk::fails_now() {
    if (!fault_ || calls_ < fault_->call || calls_ >= fault_->call + fault_->calls) return false;
    fault_met_ = true;
    return true;
}

int disk::fail(disk_call& call) {
    const auto how = fault_->how;
    const auto wanted = call.size;
    call.size = 0;
    if (call.what == kind::sync && is_ours(call.path)) {
        image_.fail_sync(name_of(call.path), chance_);
        if (on_change) on_change(false);
    }
    if (call.what != kind::write || how == fault::io_error) return io_error(call.what);
    if (how == fault::short_write) call.size = chance_.below(wanted);
    return SQLITE_FULL;
}

int disk::before(disk_call& call) {
    if (!is_ours(call.path)) return SQLITE_OK;
    ++calls_;
    history_.push_back(call.what);
    if (dead_ || dies_now(call.what)) {
        // A kill leaves as much of a write as had been copied.
        call.size = !dead_ && call.what == kind::write ? chance_.below(call.size) : 0;
        dead_ = true;
        return io_error(call.what);
    }
    return fails_now() ? fail(call) : SQLITE_OK;
}

void disk::after(const disk_call& call) {
    if (!is_ours(call.path)) return;
    const auto name = name_of(call.path);
    switch (call.what) {
        case kind::read:
            return;
        case kind::open:
            image_.open(name);
            break;
        case kind::write:
            image_.write(name, call.at,
                         std::string_view(call.data, static_cast<std::size_t>(call.size)));
            break;
        case kind::truncate:
            image_.truncate(name, call.size);
            break;
        case kind::sync:
            image_.sync(name);
            break;
        case kind::remove:
            image_.remove(name);
            break;
    }
    if (on_change) on_change(call.what == kind::sync);
}

int disk::before_directory_sync(int descriptor) {
    struct stat what{};
    if (::fstat(descriptor, &what) != 0 || !S_ISDIR(what.st_mode)) return 0;
    if (what.st_dev != device_ || what.st_ino != inode_) return 0;
    ++calls_;
    history_.push_back(kind::sync);
    if (dead_ || dies_now(kind::sync)) {
        dead_ = true;
        return EIO;
    }
    if (fails_now()) return EIO;
    image_.sync_directory();
    if (on_change) on_change(true);
    return 0;
}

}  // namespace cloned::power_loss

// SQLite and the store sync directories past the VFS. These stand in for the C library's.
extern "C" int fsync(int descriptor) {
    return cloned::power_loss::sync_descriptor(descriptor, SYS_fsync);
}

extern "C" int fdatasync(int descriptor) {
    return cloned::power_loss::sync_descriptor(descriptor, SYS_fdatasync);
}
