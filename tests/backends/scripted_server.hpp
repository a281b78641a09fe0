#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace cloned::testing {

// A certificate and its key, made on the spot.
struct certificate {
    // For `name`, which may be an IP address.
    explicit certificate(const std::string& name);

    std::string pem() const;
    std::string sha256() const;  // lower-case hex with colons

    std::shared_ptr<X509> cert;
    std::shared_ptr<EVP_PKEY> key;
};

// The server's side of one connection; blocking.
class peer {
public:
    peer(int fd, SSL_CTX* tls);
    ~peer();
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;

    // The whole next request, head and body; empty at the end of the connection.
    std::string read_request();
    void write(const std::string& bytes);
    // How a connection ended, and how much came before that.
    struct ending {
        std::size_t bytes = 0;
        bool reset = false;
    };
    // Until the client closes.
    ending await_end();
    // Waits for a byte and leaves it where it is.
    void await_byte();
    // Makes the next close a reset.
    void reset_on_close();
    bool handshaken() const { return handshaken_; }

private:
    long read_some(char* into, std::size_t size);

    int fd_;
    SSL* ssl_ = nullptr;
    bool handshaken_ = false;
    std::string pending_;
};

// Listens on a free port of the loopback address and plays one script per connection, in the order
// of their coming. Connections beyond the scripts are closed at once.
class scripted_server {
public:
    using script = std::function<void(peer&)>;

    // `receive_buffer`: how many bytes a client can be ahead of what is read here; 0: the system's.
    explicit scripted_server(std::vector<script> scripts,
                             const certificate* identity = nullptr,
                             int receive_buffer = 0);
    ~scripted_server();
    scripted_server(const scripted_server&) = delete;
    scripted_server& operator=(const scripted_server&) = delete;

    std::uint16_t port() const { return port_; }
    int connections() const;
    // Until that many connections have been closed by their scripts' end.
    void await_closed(int count) const;

private:
    struct state;
    std::shared_ptr<state> state_;
    std::uint16_t port_ = 0;
    std::thread acceptor_;
};

std::string ok_answer(const std::string& body);

}  // namespace cloned::testing
