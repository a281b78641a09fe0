#include "clonectl/connection.hpp"

#include "base/text.hpp"
#include "clonectl/status.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <thread>

namespace cloned::clonectl {
namespace {

result<std::string> read_file(const std::string& path) {
    if (path.empty()) return std::string();
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in || text.str().empty()) return fail(errc::not_found, concat("cannot read ", path));
    return text.str();
}

bool is_local(std::string_view address) {
    return address.starts_with("localhost:") || address.starts_with("127.") ||
           address.starts_with("[::1]:");
}

result<std::shared_ptr<grpc::ChannelCredentials>> make_credentials(const connection_options& o) {
    const bool tls = !o.tls_ca.empty() || !o.tls_cert.empty() || !o.tls_key.empty();
    const bool socket = o.address.starts_with("unix:");
    if (!tls) {
        if (socket || is_local(o.address)) return grpc::InsecureChannelCredentials();
        return fail(
            errc::invalid_argument,
            concat(o.address, " is another machine: give --tls-ca, --tls-cert and --tls-key"));
    }
    if (socket) return fail(errc::invalid_argument, "a Unix socket has no TLS");
    if (o.tls_cert.empty() != o.tls_key.empty()) {
        return fail(errc::invalid_argument, "--tls-cert and --tls-key belong together");
    }
    auto ca = read_file(o.tls_ca);
    if (!ca) return fail(ca.error());
    auto cert = read_file(o.tls_cert);
    if (!cert) return fail(cert.error());
    auto key = read_file(o.tls_key);
    if (!key) return fail(key.error());
    grpc::SslCredentialsOptions ssl;
    ssl.pem_root_certs = std::move(*ca);
    ssl.pem_cert_chain = std::move(*cert);
    ssl.pem_private_key = std::move(*key);
    return grpc::SslCredentials(ssl);
}

}  // namespace

connection::connection(const std::shared_ptr<grpc::Channel>& channel, std::string tenant)
    : jobs_(v1::JobService::NewStub(channel)),
      lanes_(v1::LaneService::NewStub(channel)),
      tenant_(std::move(tenant)) {}

result<std::unique_ptr<connection>> connection::open(const connection_options& options) {
    auto credentials = make_credentials(options);
    if (!credentials) return fail(credentials.error());
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(64 << 20);
    // The daemon is a neighbour, and its restart should be noticed at once.
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
    const auto channel = grpc::CreateCustomChannel(options.address, *credentials, arguments);
    return std::unique_ptr<connection>(new connection(channel, options.tenant));
}

void connection::prepare(grpc::ClientContext& context, std::chrono::seconds limit) const {
    if (limit.count() > 0) context.set_deadline(std::chrono::system_clock::now() + limit);
    if (!tenant_.empty()) context.AddMetadata("cloned-tenant", tenant_);
}

bool patience::wait() {
    const auto now = std::chrono::steady_clock::now();
    if (since_ == std::chrono::steady_clock::time_point{}) since_ = now;
    if (now - since_ >= limit_) return false;
    // Not all watchers come back in the same instant.
    std::random_device random;
    std::this_thread::sleep_for(pause_ / 2 + pause_ * (random() % 100U) / 200);
    pause_ = std::min(pause_ * 3 / 2, std::chrono::milliseconds(2000));
    return true;
}

void patience::reset() {
    since_ = {};
    pause_ = first_pause;
}

bool is_unreachable(const grpc::Status& status) {
    return status.error_code() == grpc::StatusCode::UNAVAILABLE;
}

exit_code report(const grpc::Status& status) {
    if (status.ok()) return exit_ok;
    const char* prefix = "clonectl: ";
    for (const std::string& line : lines_of(status)) {
        std::cerr << prefix << line << '\n';
        prefix = "";
    }
    return exit_code_of(status);
}

exit_code report(exit_code code, const std::string& message) {
    std::cerr << "clonectl: " << message << '\n';
    return code;
}

}  // namespace cloned::clonectl
