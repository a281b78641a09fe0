#include "tests/backends/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <mutex>

namespace cloned::testing {

certificate::certificate(const std::string& name)
    : cert(X509_new(), &X509_free), key(EVP_EC_gen("P-256"), &EVP_PKEY_free) {
    auto* x = cert.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key.get());
    auto* subject = X509_get_subject_name(x);
    const std::string common = "test " + name;
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
    X509_set_issuer_name(x, subject);
    const bool numeric = name.find_first_not_of("0123456789.") == std::string::npos;
    const std::string alternative = (numeric ? "IP:" : "DNS:") + name;
    const std::array<std::pair<int, const char*>, 2> extensions{
        {{NID_subject_alt_name, alternative.c_str()}, {NID_basic_constraints, "CA:TRUE"}}};
    for (const auto& [nid, value] : extensions) {
        auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
        X509_add_ext(x, extension, -1);
        X509_EXTENSION_free(extension);
    }
    X509_sign(x, key.get(), EVP_sha256());
}

std::string certificate::pem() const {
    auto* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(memory, cert.get());
    BUF_MEM* text = nullptr;
    BIO_get_mem_ptr(memory, &text);
    std::string out(text->data, text->length);
    BIO_free(memory);
    return out;
}

std::string certificate::sha256() const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    X509_digest(cert.get(), EVP_sha256(), digest.data(), &size);
    std::string out;
    for (unsigned int i = 0; i < size; ++i) {
        constexpr const char* hex = "0123456789abcdef";
        if (i > 0) out += ':';
        out += hex[digest[i] >> 4U];
        out += hex[digest[i] & 15U];
    }
    return out;
}

peer::peer(int fd, SSL_CTX* tls) : fd_(fd) {
    if (tls == nullptr) return;
    ssl_ = SSL_new(tls);
    SSL_set_fd(ssl_, fd_);
    handshaken_ = SSL_accept(ssl_) == 1;
}

peer::~peer() {
    if (ssl_ != nullptr) {
        if (handshaken_) SSL_shutdown(ssl_);
        SSL_free(ssl_);
    }
    ::close(fd_);
}

long peer::read_some(char* into, std::size_t size) {
    if (ssl_ != nullptr) return handshaken_ ? SSL_read(ssl_, into, static_cast<int>(size)) : 0;
    return ::recv(fd_, into, size, 0);
}

std::string peer::read_request() {
    std::array<char, 4096> chunk;
    for (;;) {
        const auto head = pending_.find("\r\n\r\n");
        if (head != std::string::npos) {
            std::size_t length = 0;
            const auto at = pending_.find("Content-Length: ");
            if (at != std::string::npos && at < head)
                length = std::strtoul(pending_.c_str() + at + 16, nullptr, 10);
            const auto whole = head + 4 + length;
            if (pending_.size() >= whole) {
                auto out = pending_.substr(0, whole);
                pending_.erase(0, whole);
                return out;
            }
        }
        const auto n = read_some(chunk.data(), chunk.size());
        if (n <= 0) return "";
        pending_.append(chunk.data(), static_cast<std::size_t>(n));
    }
}

void peer::write(const std::string& bytes) {
    if (ssl_ != nullptr) {
        if (handshaken_) SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
        return;
    }
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const auto n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) return;
        sent += static_cast<std::size_t>(n);
    }
}

peer::ending peer::await_end() {
    std::array<char, 4096> chunk;
    ending out;
    for (;;) {
        errno = 0;
        const auto n = read_some(chunk.data(), chunk.size());
        out.reset = n < 0 && errno == ECONNRESET;
        if (n <= 0) return out;
        out.bytes += static_cast<std::size_t>(n);
    }
}

void peer::await_byte() {
    char byte = 0;
    ::recv(fd_, &byte, 1, MSG_PEEK);
}

void peer::reset_on_close() {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

struct scripted_server::state {
    int listener = -1;
    std::vector<script> scripts;
    SSL_CTX* tls = nullptr;
    std::atomic<bool> stop = false;
    std::atomic<int> connections = 0;
    std::atomic<int> closed = 0;
    std::mutex mutex;
    std::vector<std::thread> players;  // Guarded by mutex
    std::vector<int> open;             // Guarded by mutex

    ~state() {
        if (tls != nullptr) SSL_CTX_free(tls);
        ::close(listener);
    }

    void accept_all() {
        while (!stop) {
            pollfd wait{listener, POLLIN, 0};
            if (::poll(&wait, 1, 20) <= 0) continue;
            const int fd = ::accept(listener, nullptr, nullptr);
            if (fd < 0) continue;
            const auto n = static_cast<std::size_t>(connections++);
            if (n >= scripts.size()) {
                ::close(fd);
                continue;
            }
            const std::scoped_lock lock(mutex);
            open.push_back(fd);
            players.emplace_back([this, n, fd] {
                auto client = std::make_unique<peer>(fd, tls);
                scripts[n](*client);
                const std::scoped_lock closing(mutex);
                std::erase(open, fd);
                client.reset();
                ++closed;
                closed.notify_all();
            });
        }
    }
};

scripted_server::scripted_server(std::vector<script> scripts,
                                 const certificate* identity,
                                 int receive_buffer)
    : state_(std::make_shared<state>()) {
    std::signal(SIGPIPE, SIG_IGN);
    state_->scripts = std::move(scripts);
    if (identity != nullptr) {
        state_->tls = SSL_CTX_new(TLS_server_method());
        SSL_CTX_use_certificate(state_->tls, identity->cert.get());
        SSL_CTX_use_PrivateKey(state_->tls, identity->key.get());
    }
    state_->listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0)
        ::setsockopt(state_->listener, SOL_SOCKET, SO_RCVBUF, &receive_buffer,
                     sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    ::bind(state_->listener, generic, size);
    ::listen(state_->listener, 64);
    ::getsockname(state_->listener, generic, &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([s = state_] { s->accept_all(); });
}

scripted_server::~scripted_server() {
    state_->stop = true;
    acceptor_.join();
    {
        const std::scoped_lock lock(state_->mutex);
        for (const int fd : state_->open) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& player : state_->players) player.join();
}

int scripted_server::connections() const {
    return state_->connections;
}

void scripted_server::await_closed(int count) const {
    for (int n = state_->closed; n < count; n = state_->closed) state_->closed.wait(n);
}

std::string ok_answer(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace cloned::testing
