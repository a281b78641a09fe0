#include "storage/sqlite/wal_reader.hpp"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <vector>

namespace cloned::storage {
namespace {

constexpr std::size_t header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;
constexpr std::uint32_t magic = 0x377f0682;  // the last bit: checksums of big-endian numbers

std::uint32_t number_at(const char* at) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(at);
    return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U |
           std::uint32_t{bytes[2]} << 8U | std::uint32_t{bytes[3]};
}

std::uint32_t reversed_number_at(const char* at) {
    return __builtin_bswap32(number_at(at));
}

void add_to_sums(std::uint32_t (&sums)[2], std::string_view bytes, bool big_endian) {
    for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
        const char* at = bytes.data() + i;
        sums[0] += (big_endian ? number_at(at) : reversed_number_at(at)) + sums[1];
        sums[1] += (big_endian ? number_at(at + 4) : reversed_number_at(at + 4)) + sums[0];
    }
}

bool read_at(int descriptor, std::vector<char>& into, off_t from) {
    return ::pread(descriptor, into.data(), into.size(), from) == static_cast<ssize_t>(into.size());
}

}  // namespace

wal_reader::wal_reader(const std::string& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

wal_reader::~wal_reader() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

bool wal_reader::read_header() {
    std::vector<char> header(header_bytes);
    if (descriptor_ < 0 || !read_at(descriptor_, header, 0)) return false;
    const auto kind = number_at(header.data());
    if ((kind & ~1U) != magic) return false;
    big_endian_sums_ = (kind & 1U) != 0;
    page_size_ = number_at(header.data() + 8);
    if (page_size_ < 512 || page_size_ > 65'536) return false;
    salts_ = std::uint64_t{number_at(header.data() + 16)} << 32U | number_at(header.data() + 20);
    sums_[0] = sums_[1] = 0;
    add_to_sums(sums_, {header.data(), 24}, big_endian_sums_);
    return sums_[0] == number_at(header.data() + 24) && sums_[1] == number_at(header.data() + 28);
}

// The frames up to the last one that ends a transaction.
std::int64_t wal_reader::count_committed() {
    if (!read_header()) return 0;
    std::vector<char> frame(frame_header_bytes + page_size_);
    std::int64_t committed = 0;
    for (std::int64_t i = 0;; ++i) {
        const auto size = static_cast<std::int64_t>(frame.size());
        if (!read_at(descriptor_, frame, static_cast<std::int64_t>(header_bytes) + i * size)) break;
        const char* head = frame.data();
        const auto salts = std::uint64_t{number_at(head + 8)} << 32U | number_at(head + 12);
        if (salts != salts_ || number_at(head) == 0) break;
        add_to_sums(sums_, {head, 8}, big_endian_sums_);
        add_to_sums(sums_, {head + frame_header_bytes, page_size_}, big_endian_sums_);
        if (sums_[0] != number_at(head + 16) || sums_[1] != number_at(head + 20)) break;
        if (number_at(head + 4) != 0) committed = i + 1;
    }
    return committed;
}

std::int64_t wal_reader::for_each_committed(
    const std::function<void(std::uint32_t page, std::string_view bytes)>& show) {
    const auto committed = count_committed();
    std::vector<char> frame(frame_header_bytes + page_size_);
    for (std::int64_t i = 0; i < committed; ++i) {
        const auto size = static_cast<std::int64_t>(frame.size());
        if (!read_at(descriptor_, frame, static_cast<std::int64_t>(header_bytes) + i * size)) break;
        show(number_at(frame.data()), {frame.data() + frame_header_bytes, page_size_});
    }
    return committed;
}

}  // namespace cloned::storage
