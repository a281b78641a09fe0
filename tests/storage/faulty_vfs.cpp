#include "tests/storage/faulty_vfs.hpp"

#include "tests/support/watched_vfs.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace cloned::storage {
namespace {

using testing::disk_call;

// Only the log counts: what is checkpointed is in it as well.
class faulty_disk final : public testing::disk_watcher {
public:
    int before(disk_call& call) override {
        if (!call.on_log()) return SQLITE_OK;
        int answer = SQLITE_OK;
        if (call.what == disk_call::kind::write) {
            if (faults().full) answer = SQLITE_FULL;
            if (faults().writes_fail) answer = SQLITE_IOERR_WRITE;
        } else if (call.what == disk_call::kind::sync && faults().syncs_fail) {
            answer = SQLITE_IOERR_FSYNC;
        } else if (call.what == disk_call::kind::read && faults().reads_fail) {
            answer = SQLITE_IOERR_READ;
        }
        if (answer != SQLITE_OK) call.size = 0;
        return answer;
    }

    void after(const disk_call& call) override {
        if (!call.on_log()) return;
        if (call.what == disk_call::kind::open) faults().log_opened = true;
        if (call.what == disk_call::kind::write) {
            ++faults().unsynced_writes;
            faults().written_bytes += call.size;
        }
        if (call.what != disk_call::kind::sync) return;
        ++faults().syncs;
        faults().unsynced_writes = 0;
    }
};

// SQLite and the store sync folders past the VFS.
int sync_descriptor(int descriptor, long call) {
    struct stat what{};
    if (faults().folder_syncs_fail && faults().log_opened && ::fstat(descriptor, &what) == 0 &&
        S_ISDIR(what.st_mode)) {
        errno = EIO;
        return -1;
    }
    return static_cast<int>(::syscall(call, descriptor));
}

}  // namespace

void disk_faults::reset() {
    syncs_fail = writes_fail = reads_fail = full = folder_syncs_fail = log_opened = false;
    syncs = unsynced_writes = written_bytes = 0;
}

disk_faults& faults() {
    static disk_faults one;
    return one;
}

const char* faulty_vfs() {
    static faulty_disk disk;
    testing::watch_disk(&disk);
    return testing::watched_vfs();
}

}  // namespace cloned::storage

// These stand in for the C library's.
extern "C" int fsync(int descriptor) {
    return cloned::storage::sync_descriptor(descriptor, SYS_fsync);
}

extern "C" int fdatasync(int descriptor) {
    return cloned::storage::sync_descriptor(descriptor, SYS_fdatasync);
}
