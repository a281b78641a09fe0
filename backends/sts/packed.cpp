#include "backends/sts/packed.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <zlib.h>

namespace cloned::backends::sts {
namespace {

constexpr int gzip_window = 15 + 16;  // zlib's way to ask for gzip's frame
constexpr int usual_memory = 8;

}  // namespace

result<std::string> packed(std::string_view assertion) {
    z_stream out{};
    if (deflateInit2(&out, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window, usual_memory,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return fail(errc::internal, "zlib does not start");
    std::string from(assertion);
    std::string to(deflateBound(&out, from.size()), '\0');
    out.next_in = reinterpret_cast<Bytef*>(from.data());
    out.avail_in = static_cast<uInt>(from.size());
    out.next_out = reinterpret_cast<Bytef*>(to.data());
    out.avail_out = static_cast<uInt>(to.size());
    const int end = deflate(&out, Z_FINISH);
    to.resize(out.total_out);
    deflateEnd(&out);
    if (end != Z_STREAM_END) return fail(errc::internal, "zlib does not pack the assertion");
    return to_base64(to);
}

std::string authorization(const std::string& packed_assertion) {
    return concat("SIGN token=\"", packed_assertion, "\"");
}

}  // namespace cloned::backends::sts
