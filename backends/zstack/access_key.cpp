#include "backends/zstack/access_key.hpp"

#include "base/check.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace cloned::backends::zstack {
namespace {

constexpr std::string_view context_path = "/zstack";

std::string_view bytes_of(const std::array<unsigned char, EVP_MAX_MD_SIZE>& digest, unsigned size) {
    return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace

std::string password_digest(std::string_view password) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    const bool done = EVP_Digest(password.data(), password.size(), digest.data(), &size,
                                 EVP_sha512(), nullptr) == 1;
    CLONED_CHECK(done, "SHA-512 is part of every OpenSSL that this program runs with");
    return to_hex(bytes_of(digest, size));
}

std::string signed_authorization(std::string_view key_id,
                                 std::string_view secret,
                                 std::string_view verb,
                                 std::string_view date,
                                 std::string_view target) {
    auto path = target.substr(0, target.find('?'));
    if (path.starts_with(context_path)) path.remove_prefix(context_path.size());
    const auto text = concat(verb, "\n", date, "\n", path);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    const auto* made = HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()),
                            reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                            digest.data(), &size);
    CLONED_CHECK(made != nullptr, "HMAC-SHA1 is part of every OpenSSL that this program runs with");
    return concat("ZStack ", key_id, ":", to_base64(bytes_of(digest, size)));
}

}  // namespace cloned::backends::zstack
