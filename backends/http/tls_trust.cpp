#include "backends/http/tls_trust.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <boost/asio/ip/address.hpp>

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>

namespace cloned::backends::http {
namespace {

result<std::string> read_fingerprint(std::string_view text) {
    std::string digits(text);
    std::erase_if(digits, [](char c) { return c == ':' || c == ' '; });
    auto bytes = from_hex(digits);
    if (digits.size() != 64 || !bytes)
        return fail(errc::invalid_argument, "a SHA-256 fingerprint has 64 hex digits");
    return std::move(*bytes);
}

bool is_address(const std::string& host) {
    boost::system::error_code ec;
    asio::ip::make_address(host, ec);
    return !ec;
}

}  // namespace

tls_trust::tls_trust(std::string host, std::string pin, bool checks_chain)
    : context_(asio::ssl::context::tls_client),
      host_(std::move(host)),
      pin_(std::move(pin)),
      checks_chain_(checks_chain) {
    auto* native = context_.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
    // An idle connection then holds no record buffers.
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(native, checks_chain_ ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
}

result<std::unique_ptr<tls_trust>> tls_trust::load(const tls_options& options, std::string host) {
    std::string pin;
    if (!options.sha256_fingerprint.empty()) {
        auto read = read_fingerprint(options.sha256_fingerprint);
        if (!read) return fail(read.error());
        pin = std::move(*read);
    }
    const bool checks_chain = !options.insecure && pin.empty();
    std::unique_ptr<tls_trust> made;
    try {
        made.reset(new tls_trust(std::move(host), std::move(pin), checks_chain));
    } catch (const boost::system::system_error& e) {
        return fail(errc::internal, concat("TLS cannot be set up: ", e.code().message()));
    }
    boost::system::error_code ec;
    if (checks_chain && options.ca_file.empty())
        made->context_.set_default_verify_paths(ec);
    else if (checks_chain)
        made->context_.load_verify_file(options.ca_file, ec);
    if (ec)
        return fail(errc::invalid_argument,
                    concat("the trusted certificates in ",
                           options.ca_file.empty() ? "the system's store" : options.ca_file,
                           " cannot be loaded: ", ec.message()));
    return made;
}

result<void> tls_trust::prepare(SSL* connection) const {
    const bool numeric = is_address(host_);
    // RFC 6066 wants names only in this extension. (OpenSSL's macro for this call casts in C
    // style.)
    std::string name = host_;
    bool ok = numeric || SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME,
                                  TLSEXT_NAMETYPE_host_name, name.data()) == 1;
    if (ok && checks_chain_) {
        auto* param = SSL_get0_param(connection);
        X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        ok = numeric ? X509_VERIFY_PARAM_set1_ip_asc(param, host_.c_str()) == 1
                     : X509_VERIFY_PARAM_set1_host(param, host_.data(), host_.size()) == 1;
    }
    if (!ok) return fail(errc::unavailable, "the server's name cannot be used for TLS");
    return {};
}

result<void> tls_trust::accept(SSL* connection) const {
    if (pin_.empty()) return {};
    const std::unique_ptr<X509, decltype(&X509_free)> peer(SSL_get1_peer_certificate(connection),
                                                           &X509_free);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (!peer || X509_digest(peer.get(), EVP_sha256(), digest.data(), &size) != 1)
        return fail(errc::unavailable, "the server showed no certificate");
    const bool same =
        size == pin_.size() && CRYPTO_memcmp(digest.data(), pin_.data(), pin_.size()) == 0;
    if (!same)
        return fail(errc::unavailable,
                    "the server's certificate is not the one whose fingerprint is configured");
    return {};
}

std::string tls_trust::explain(SSL* connection, const boost::system::error_code& ec) const {
    const long verdict = SSL_get_verify_result(connection);
    if (checks_chain_ && verdict != X509_V_OK)
        return concat("the server's certificate is not trusted: ",
                      X509_verify_cert_error_string(verdict));
    return concat("TLS handshake: ", ec.message());
}

}  // namespace cloned::backends::http
