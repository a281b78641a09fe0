#include "tests/storage/faulty_vfs.hpp"

#include <sqlite3.h>

namespace cloned::storage {
namespace {

sqlite3_vfs* system_vfs() {
    return sqlite3_vfs_find("unix");
}

// The system's file follows in the same piece of memory.
struct faulty_file {
    sqlite3_file base;
    bool is_log;
};

faulty_file* self(sqlite3_file* file) {
    return reinterpret_cast<faulty_file*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(self(file) + 1);
}

int close_file(sqlite3_file* file) {
    return real(file)->pMethods->xClose(real(file));
}

int read_file(sqlite3_file* file, void* into, int count, sqlite3_int64 at) {
    return real(file)->pMethods->xRead(real(file), into, count, at);
}

int write_file(sqlite3_file* file, const void* from, int count, sqlite3_int64 at) {
    if (self(file)->is_log) {
        if (faults().full) return SQLITE_FULL;
        if (faults().writes_fail) return SQLITE_IOERR_WRITE;
        ++faults().unsynced_writes;
    }
    return real(file)->pMethods->xWrite(real(file), from, count, at);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    return real(file)->pMethods->xTruncate(real(file), size);
}

int sync_file(sqlite3_file* file, int flags) {
    if (self(file)->is_log) {
        if (faults().syncs_fail) return SQLITE_IOERR_FSYNC;
        ++faults().syncs;
        faults().unsynced_writes = 0;
    }
    return real(file)->pMethods->xSync(real(file), flags);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}

int lock_file(sqlite3_file* file, int level) {
    return real(file)->pMethods->xLock(real(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}
int check_lock(sqlite3_file* file, int* answer) {
    return real(file)->pMethods->xCheckReservedLock(real(file), answer);
}
int control_file(sqlite3_file* file, int operation, void* argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file) {
    return real(file)->pMethods->xSectorSize(real(file));
}
int characteristics(sqlite3_file* file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int map_memory(sqlite3_file* file, int region, int size, int extend, void volatile** into) {
    return real(file)->pMethods->xShmMap(real(file), region, size, extend, into);
}
int lock_memory(sqlite3_file* file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void memory_barrier(sqlite3_file* file) {
    real(file)->pMethods->xShmBarrier(real(file));
}
int unmap_memory(sqlite3_file* file, int remove) {
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods table = [] {
        sqlite3_io_methods m{};
        m.iVersion = 2;
        m.xClose = close_file;
        m.xRead = read_file;
        m.xWrite = write_file;
        m.xTruncate = truncate_file;
        m.xSync = sync_file;
        m.xFileSize = file_size;
        m.xLock = lock_file;
        m.xUnlock = unlock_file;
        m.xCheckReservedLock = check_lock;
        m.xFileControl = control_file;
        m.xSectorSize = sector_size;
        m.xDeviceCharacteristics = characteristics;
        m.xShmMap = map_memory;
        m.xShmLock = lock_memory;
        m.xShmBarrier = memory_barrier;
        m.xShmUnmap = unmap_memory;
        return m;
    }();
    return &table;
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    self(file)->base.pMethods = nullptr;
    self(file)->is_log = (flags & SQLITE_OPEN_WAL) != 0;
    const int rc = system_vfs()->xOpen(system_vfs(), name, real(file), flags, flags_out);
    if (rc == SQLITE_OK) self(file)->base.pMethods = methods();
    return rc;
}

}  // namespace

void disk_faults::reset() {
    syncs_fail = writes_fail = full = false;
    syncs = unsynced_writes = 0;
}

disk_faults& faults() {
    static disk_faults one;
    return one;
}

const char* faulty_vfs() {
    static sqlite3_vfs vfs = [] {
        sqlite3_vfs copy = *system_vfs();
        copy.zName = "faulty";
        copy.szOsFile += static_cast<int>(sizeof(faulty_file));
        copy.xOpen = open_file;
        copy.pNext = nullptr;
        return copy;
    }();
    static const int registered = sqlite3_vfs_register(&vfs, 0);
    return registered == SQLITE_OK ? vfs.zName : "the faulty VFS was refused";
}

}  // namespace cloned::storage
