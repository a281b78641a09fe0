#pragma once

#include "base/result.hpp"
#include "daemon/rpc/transport/options.hpp"

#include <string>

namespace cloned::rpc {

// The contents of the PEM files.
struct tls_material {
    std::string certificate;
    std::string key;
    std::string client_ca;
};

// Reads the files and checks that they can be used together: gRPC itself would only fail later, at
// each handshake. No secret is in the errors.
result<tls_material> load_tls(const tls_files& files);

}  // namespace cloned::rpc
