#include "simulator/sts/assertion.hpp"

#include <openssl/evp.h>
#include <zlib.h>

#include <optional>

namespace cloned::simulator {

namespace {

constexpr std::size_t assertion_max = 64U << 10U;

// The quoted value of a parameter: `SIGN token="...", signature_alg="..."`.
std::string_view parameter(std::string_view header, std::string_view name) {
    const std::string begin = std::string(name) + "=\"";
    for (auto at = header.find(begin); at != std::string_view::npos;
         at = header.find(begin, at + 1)) {
        const char before = header[at - 1];
        if (before == ' ' || before == ',') {
            const std::string_view rest = header.substr(at + begin.size());
            return rest.substr(0, rest.find('"'));
        }
    }
    return {};
}

std::optional<std::string> bytes_of(std::string_view base64) {
    if (base64.empty() || base64.size() % 4 != 0 || base64.size() > assertion_max) {
        return {};
    }
    std::string out(base64.size() / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(base64.data()),
                                     static_cast<int>(base64.size()));
    if (size < 0) {
        return {};
    }
    const std::size_t padding = base64.ends_with("==") ? 2 : base64.ends_with('=') ? 1 : 0;
    out.resize(static_cast<std::size_t>(size) - padding);
    return out;
}

std::optional<std::string> unzipped(std::string packed) {
    z_stream stream{};
    constexpr int gzip_only = MAX_WBITS + 16;
    if (inflateInit2(&stream, gzip_only) != Z_OK) {
        return {};
    }
    std::string out(assertion_max, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int end = inflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return end == Z_STREAM_END ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

bool signed_by_token(const world& w, const request& in) {
    constexpr std::string_view scheme = "SIGN ";
    const std::string_view given = in.header("authorization");
    if (given.size() <= scheme.size() ||
        !same_ignoring_case(given.substr(0, scheme.size()), scheme)) {
        return false;
    }
    auto packed = bytes_of(parameter(given, "token"));
    const auto assertion = packed ? unzipped(std::move(*packed)) : std::nullopt;
    return assertion && is_valid_assertion(w, *assertion);
}

}  // namespace cloned::simulator
