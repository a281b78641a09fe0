#include "tests/rpc/certificates.hpp"

#include "base/check.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <memory>

namespace cloned::rpc::test {
namespace {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

template <class Write>
std::string to_pem(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
    CLONED_CHECK(write(bio.get()) == 1, "PEM cannot be written");
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

std::string pem_of(X509* certificate) {
    return to_pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

key_ptr make_key() {
    return key_ptr(EVP_EC_gen("P-256"), &EVP_PKEY_free);
}

void extend(X509* certificate, int what, const char* value) {
    auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
    CLONED_CHECK(X509_add_ext(certificate, extension, -1) == 1, "no extension");
    X509_EXTENSION_free(extension);
}

certificate_ptr make_certificate(const std::string& name, EVP_PKEY* key, long serial) {
    certificate_ptr out(X509_new(), &X509_free);
    X509_set_version(out.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), 3600);
    const auto* text = reinterpret_cast<const unsigned char*>(name.data());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8, text,
                               static_cast<int>(name.size()), -1, 0);
    X509_set_pubkey(out.get(), key);
    return out;
}

}  // namespace

struct authority::state {
    key_ptr key = make_key();
    certificate_ptr certificate = make_certificate("authority of the test", key.get(), 1);
};

authority::authority() : state_(new state) {
    auto* certificate = state_->certificate.get();
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
    CLONED_CHECK(X509_sign(certificate, state_->key.get(), EVP_sha256()) > 0, "not signed");
}

authority::~authority() {
    delete state_;
}

std::string authority::certificate() const {
    return pem_of(state_->certificate.get());
}

identity authority::issue(const std::string& common_name) const {
    const auto key = make_key();
    const auto certificate = make_certificate(common_name, key.get(), 2);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(state_->certificate.get()));
    // gRPC would take this name for the identity; ours is the common name.
    extend(certificate.get(), NID_subject_alt_name, "IP:127.0.0.1,DNS:somebody.test");
    CLONED_CHECK(X509_sign(certificate.get(), state_->key.get(), EVP_sha256()) > 0, "not signed");
    identity out;
    out.certificate = pem_of(certificate.get());
    out.key = to_pem([&](BIO* to) {
        return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    return out;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

}  // namespace cloned::rpc::test
