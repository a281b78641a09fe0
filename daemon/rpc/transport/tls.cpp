#include "daemon/rpc/transport/tls.hpp"

#include "base/text.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <fstream>
#include <memory>
#include <sstream>

namespace cloned::rpc {
namespace {

constexpr std::size_t pem_bytes_max = 1U << 20U;

using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

result<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text(pem_bytes_max + 1, '\0');
    if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!in.is_open() || in.bad())
        return fail(errc::invalid_argument, concat("the file ", path, " cannot be read"));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > pem_bytes_max)
        return fail(errc::invalid_argument, concat("the file ", path, " is too long for PEM"));
    return text;
}

bio_ptr view(const std::string& pem) {
    return bio_ptr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
}

certificate_ptr parse_certificate(const std::string& pem) {
    const auto bio = view(pem);
    return certificate_ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
}

// An encrypted key is refused rather than asked about on the terminal.
int no_password(char*, int, int, void*) {
    return -1;
}

key_ptr parse_key(const std::string& pem) {
    const auto bio = view(pem);
    return key_ptr(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr),
                   &EVP_PKEY_free);
}

result<void> check(const tls_material& made, const tls_files& files) {
    const auto certificate = parse_certificate(made.certificate);
    if (!certificate)
        return fail(errc::invalid_argument,
                    concat("the file ", files.certificate, " holds no PEM certificate"));
    const auto key = parse_key(made.key);
    if (!key)
        return fail(errc::invalid_argument,
                    concat("the file ", files.key, " holds no PEM key without a password"));
    if (X509_check_private_key(certificate.get(), key.get()) != 1)
        return fail(errc::invalid_argument,
                    concat("the key in ", files.key, " does not belong to the certificate in ",
                           files.certificate));
    if (!parse_certificate(made.client_ca))
        return fail(errc::invalid_argument,
                    concat("the file ", files.client_ca, " holds no PEM certificate"));
    return {};
}

}  // namespace

result<tls_material> load_tls(const tls_files& files) {
    tls_material out;
    const std::pair<const std::string*, std::string*> wanted[] = {
        {&files.certificate, &out.certificate},
        {&files.key, &out.key},
        {&files.client_ca, &out.client_ca},
    };
    for (const auto& [path, text] : wanted) {
        if (path->empty())
            return fail(errc::invalid_argument,
                        "TLS needs a certificate, a key and the authority of the clients");
        auto read = read_file(*path);
        if (!read) return fail(read.error());
        *text = std::move(*read);
    }
    const auto usable = check(out, files);
    // What OpenSSL noted belongs to nobody else's next call.
    ERR_clear_error();
    if (!usable) return fail(usable.error());
    return out;
}

}  // namespace cloned::rpc
