#include "storage/sqlite/wal_sync.hpp"

#include "base/text.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace cloned::storage {
namespace {

// SQLite's VFS for Unix takes less than 128 KiB at once.
constexpr std::size_t chunk_bytes = std::size_t{1} << 16;

void check(int code, const char* doing) {
    if (code != SQLITE_OK)
        throw SQLite::Exception(concat(doing, " the log: ", sqlite3_errstr(code)), code);
}

// A file through SQLite's own way to the disk.
class opened_file {
public:
    // SQLite wants a name with a list of parameters behind it, which is empty.
    opened_file(sqlite3_vfs& vfs, const std::string& path)
        : name_(path + std::string(2, '\0')),
          place_(std::make_unique<std::max_align_t[]>(
              static_cast<std::size_t>(vfs.szOsFile) / sizeof(std::max_align_t) + 1)) {
        check(
            vfs.xOpen(&vfs, name_.c_str(), get(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, nullptr),
            "opening");
    }
    ~opened_file() { get()->pMethods->xClose(get()); }
    opened_file(const opened_file&) = delete;
    opened_file& operator=(const opened_file&) = delete;

    sqlite3_file* get() { return reinterpret_cast<sqlite3_file*>(place_.get()); }

private:
    const std::string name_;
    std::unique_ptr<std::max_align_t[]> place_;
};

}  // namespace

void sync_wal(const std::string& path, const std::string& vfs_name) {
    auto* vfs = sqlite3_vfs_find(vfs_name.empty() ? nullptr : vfs_name.c_str());
    if (vfs == nullptr) return;  // opening the database says so
    const auto log = path + "-wal";
    int there = 0;
    check(vfs->xAccess(vfs, log.c_str(), SQLITE_ACCESS_EXISTS, &there), "looking for");
    if (there == 0) return;

    opened_file opened(*vfs, log);
    auto* file = opened.get();
    sqlite3_int64 size = 0;
    check(file->pMethods->xFileSize(file, &size), "measuring");
    std::vector<char> bytes(chunk_bytes);
    for (sqlite3_int64 at = 0; at < size;) {
        const auto count =
            static_cast<int>(std::min(size - at, static_cast<sqlite3_int64>(bytes.size())));
        check(file->pMethods->xRead(file, bytes.data(), count, at), "reading");
        check(file->pMethods->xWrite(file, bytes.data(), count, at), "writing");
        at += count;
    }
    check(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), "syncing");
}

}  // namespace cloned::storage
