#include "tests/support/watched_vfs.hpp"

#include <sqlite3.h>

#include <atomic>

namespace cloned::testing {
namespace {

using kind = disk_call::kind;

std::atomic<disk_watcher*> watcher{nullptr};

sqlite3_vfs* system_vfs() {
    return sqlite3_vfs_find("unix");
}

// The system's file follows in the same piece of memory.
struct watched_file {
    sqlite3_file base;
    const char* path;  // SQLite keeps it until the file is closed
};

watched_file* self(sqlite3_file* file) {
    return reinterpret_cast<watched_file*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(self(file) + 1);
}
std::string_view path_of(sqlite3_file* file) {
    return self(file)->path == nullptr ? std::string_view() : self(file)->path;
}

int before(disk_call& call) {
    auto* looks_on = watcher.load();
    return looks_on == nullptr ? SQLITE_OK : looks_on->before(call);
}
void after(const disk_call& call) {
    if (auto* looks_on = watcher.load()) looks_on->after(call);
}

template <class Do>
int watched(disk_call call, Do pass_on) {
    if (const int refused = before(call); refused != SQLITE_OK) return refused;
    const int rc = pass_on();
    if (rc == SQLITE_OK) after(call);
    return rc;
}

int close_file(sqlite3_file* file) {
    return real(file)->pMethods->xClose(real(file));
}

int read_file(sqlite3_file* file, void* into, int count, sqlite3_int64 at) {
    return watched({kind::read, path_of(file), nullptr, count, at},
                   [&] { return real(file)->pMethods->xRead(real(file), into, count, at); });
}

int write_file(sqlite3_file* file, const void* from, int count, sqlite3_int64 at) {
    disk_call call{kind::write, path_of(file), static_cast<const char*>(from), count, at};
    const int refused = before(call);
    if (refused != SQLITE_OK && call.size == 0) return refused;
    const int rc = real(file)->pMethods->xWrite(real(file), from, static_cast<int>(call.size), at);
    if (rc == SQLITE_OK) after(call);
    return refused == SQLITE_OK ? rc : refused;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    return watched({kind::truncate, path_of(file), nullptr, size, 0},
                   [&] { return real(file)->pMethods->xTruncate(real(file), size); });
}

int sync_file(sqlite3_file* file, int flags) {
    return watched({kind::sync, path_of(file)},
                   [&] { return real(file)->pMethods->xSync(real(file), flags); });
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
    self(file)->path = name;
    return watched({kind::open, path_of(file)}, [&] {
        const int rc = system_vfs()->xOpen(system_vfs(), name, real(file), flags, flags_out);
        if (rc == SQLITE_OK) self(file)->base.pMethods = methods();
        return rc;
    });
}

int remove_file(sqlite3_vfs*, const char* name, int sync_directory) {
    return watched({kind::remove, name},
                   [&] { return system_vfs()->xDelete(system_vfs(), name, sync_directory); });
}

}  // namespace

const char* watched_vfs() {
    static sqlite3_vfs vfs = [] {
        sqlite3_vfs copy = *system_vfs();
        copy.zName = "watched";
        copy.szOsFile += static_cast<int>(sizeof(watched_file));
        copy.xOpen = open_file;
        copy.xDelete = remove_file;
        copy.pNext = nullptr;
        return copy;
    }();
    static const int registered = sqlite3_vfs_register(&vfs, 0);
    return registered == SQLITE_OK ? vfs.zName : "the watched VFS was refused";
}

void watch_disk(disk_watcher* who) {
    watcher = who;
}

disk_watcher* disk_watched_by() {
    return watcher;
}

}  // namespace cloned::testing
