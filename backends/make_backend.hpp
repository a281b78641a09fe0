#pragma once

#include "backends/backend.hpp"
#include "backends/http/client.hpp"
#include "backends/inventory.hpp"
#include "backends/options.hpp"
#include "base/random.hpp"

#include <memory>

namespace cloned::backends {

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

// The backend as an inventory for others; null if it is none. It lives as long as the backend.
inventory* as_inventory(backend& from);

}  // namespace cloned::backends
