#pragma once

#include "backends/http/messages.hpp"
#include "base/result.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace cloned::backends::http {

// Whom a TLS connection believes: a certificate authority and the host's name, one certificate by
// its fingerprint, or everybody.
//
// Lifetime: must outlive the connections made with it.
class tls_trust {
public:
    static result<std::unique_ptr<tls_trust>> load(const tls_options& options, std::string host);

    asio::ssl::context& context() { return context_; }

    // Sets the server's name on a new connection, before the handshake.
    result<void> prepare(SSL* connection) const;

    // Decides after the handshake, before a byte is written, what the chain check does not cover.
    result<void> accept(SSL* connection) const;

    // Why the handshake did not come about.
    std::string explain(SSL* connection, const boost::system::error_code& ec) const;

private:
    tls_trust(std::string host, std::string pin, bool checks_chain);

    // Constant after construction
    asio::ssl::context context_;
    std::string host_;
    std::string pin_;  // 32 bytes, or empty
    bool checks_chain_;
};

}  // namespace cloned::backends::http
