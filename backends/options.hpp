#pragma once

#include "backends/http/messages.hpp"
#include "backends/sts/options.hpp"
#include "backends/vcenter/options.hpp"
#include "backends/vijson/options.hpp"
#include "backends/zstack/options.hpp"
#include "model/lane.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace cloned::backends::http {
class account;
class redactor;
}  // namespace cloned::backends::http

namespace cloned::backends {

enum class auth_kind : std::uint8_t {
    basic,            // user and password buy a session
    static_header,    // a header that the operator has configured, with every request
    vcenter_session,  // the session of the vCenter that is the inventory (snapservice, vi_json)
    access_key,       // user is the key's id, password its secret; signs each request (zstack)
    session_saml,     // user and password buy a SAML token, which buys a session (snapservice)
    saml,             // the SAML token goes with each request (snapservice)
};

// What the backend of one endpoint is told. Holds secrets: never logged, never shown.
struct backend_options {
    endpoint_info info;
    // Its request timeout is info's. Not used with a client that is made already.
    http::client_options http;
    auth_kind auth = auth_kind::basic;
    std::string user;
    std::string password;
    std::string header_name;  // static_header only
    std::string header_value;
    sts::sts_options sts;  // session_saml, saml
    // Whose logins count together, see share_accounts(); null: only its own.
    std::shared_ptr<http::account> account;
    // What must not be shown of it; make_backend() sets it.
    std::shared_ptr<http::redactor> secrets;
    bool account_of_inventory = false;  // the inventory's server answers for it
    // Read by backends of that kind only.
    vcenter::vcenter_options vcenter;
    vijson::vijson_options vi_json;
    zstack::zstack_options zstack;
};

}  // namespace cloned::backends
