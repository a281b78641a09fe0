#pragma once

#include "backends/backend.hpp"
#include "backends/http/client.hpp"
#include "backends/inventory.hpp"
#include "backends/vapi/flavour.hpp"
#include "base/random.hpp"
#include "model/lane.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace cloned::backends {

enum class auth_kind : std::uint8_t {
    basic,            // user and password buy a session
    static_header,    // a header that the operator has configured, with every request
    vcenter_session,  // the session of the vCenter that is the inventory (snapservice, vi_json)
    access_key,       // user is the key's id, password its secret; signs each request (zstack)
};

struct backend_options {
    endpoint_info info;
    http::client_options http;  // not used with a client that is made already
    auth_kind auth = auth_kind::basic;
    std::string user;
    std::string password;
    std::string header_name;  // static_header only
    std::string header_value;
    vapi::flavour speaks = vapi::flavour::api;  // vCenter only
    std::string vi_release;  // vi_json only, such as "8.0.3.0"; empty: negotiated
    std::map<std::string, std::string> credentials;  // vi_json only: secrets of guests, by name
    std::chrono::minutes clock_offset{0};  // zstack only: the node's local time ahead of UTC
    bool refuses_known_tasks = true;       // zstack only: a job uuid that is sent twice is refused
};

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
