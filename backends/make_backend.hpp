#pragma once

#include "backends/backend.hpp"
#include "backends/http/client.hpp"
#include "backends/inventory.hpp"
#include "backends/options.hpp"
#include "base/random.hpp"

#include <memory>
#include <vector>

namespace cloned::backends {

// Gives endpoints that log in with the same account at the same server one account to count refused
// logins in. An endpoint on another server than its inventory, with the same user and password,
// tries them at the inventory's first: they are of its directory.
void share_accounts(std::vector<backend_options>& endpoints);

// The backend of one endpoint. `vms` is the vCenter that lists the endpoint's VMs; a vCenter needs
// none, a snapservice without one can never prove that a VM is absent.
//
// Errors:   `invalid_argument` with what is wrong with the options; the endpoint's name is left to
//           the caller.
// Lifetime: loop, clock, random and `vms` must outlive the backend; so the backends of vCenters are
//           destroyed last. Before it is destroyed each of its calls must have ended.
result<std::unique_ptr<backend>> make_backend(asio::io_context& loop,
                                              cloned::clock& clock,
                                              random_source& random,
                                              backend_options options,
                                              inventory* vms);

// The same over a transport of the caller's choice.
result<std::unique_ptr<backend>> make_backend(asio::io_context& loop,
                                              cloned::clock& clock,
                                              random_source& random,
                                              backend_options options,
                                              inventory* vms,
                                              std::unique_ptr<http::client> client);

// Hands a changed secret of the same account at the same server to the backend; true if there was
// one.
bool use_secrets_of(const backend_options& fresh, backend_options& present, backend& backend);

// The backend as an inventory for others; null if it is none. It lives as long as the backend.
inventory* as_inventory(backend& from);

}  // namespace cloned::backends
