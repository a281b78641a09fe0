#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace cloned::storage {

// Reads a SQLite write-ahead log by itself, without the database beside it, as far as SQLite would
// believe it: up to the last commit before the first frame that does not fit.
// Format: https://www.sqlite.org/fileformat2.html#walformat
//
// Threads: one at a time. Errors: a file that cannot be read is as good as empty.
class wal_reader {
public:
    explicit wal_reader(const std::string& path);
    ~wal_reader();
    wal_reader(const wal_reader&) = delete;
    wal_reader& operator=(const wal_reader&) = delete;

    // Shows each committed page, oldest first; returns how many there are. A page is in memory for
    // the time of its call.
    std::int64_t for_each_committed(
        const std::function<void(std::uint32_t page, std::string_view bytes)>& show);

private:
    bool read_header();
    std::int64_t count_committed();

    int descriptor_ = -1;
    std::size_t page_size_ = 0;
    bool big_endian_sums_ = false;
    std::uint64_t salts_ = 0;
    std::uint32_t sums_[2] = {};
};

}  // namespace cloned::storage
