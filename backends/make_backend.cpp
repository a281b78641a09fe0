#include "backends/make_backend.hpp"

#include "backends/snapservice/snapservice_backend.hpp"
#include "backends/vapi/faults.hpp"
#include "backends/vcenter/vcenter_backend.hpp"
#include "backends/vijson/login.hpp"
#include "backends/vijson/vijson_backend.hpp"
#include "backends/zstack/faults.hpp"
#include "backends/zstack/requests.hpp"
#include "backends/zstack/zstack_backend.hpp"

#include <algorithm>

namespace cloned::backends {
namespace {

using session_made = result<std::unique_ptr<http::token_source>>;

// However short the quiesce time is set, logins are not to come in crowds.
milliseconds renewal_pause(const endpoint_info& info) {
    return std::max(info.quiesce, milliseconds(1000));
}

http::login_form form_of(backend_options& options) {
    http::login_form form;
    form.user = std::move(options.user);
    form.password = std::move(options.password);
    form.host = options.info.name;
    form.explain = vapi::explain;
    form.renewal_pause = renewal_pause(options.info);
    if (options.info.kind == endpoint_kind::snapservice) {
        form.target = "/api/snapservice/sessions";
    } else if (options.vcenter.speaks == vapi::flavour::rest) {
        form.target = "/rest/com/vmware/cis/session";
        // Without it the server sets a cookie that nobody here will send back.
        form.headers.emplace_back("vmware-use-header-authn", "true");
        form.wrapped = true;
    } else {
        form.target = "/api/session";
    }
    return form;
}

session_made make_session(http::client& client,
                          cloned::clock& clock,
                          random_source& random,
                          backend_options& options,
                          inventory* vms) {
    switch (options.auth) {
        case auth_kind::basic:
            if (options.user.empty() || options.user.find(':') != std::string::npos)
                return fail(errc::invalid_argument, "the user is empty or holds a colon");
            return http::make_login_session(client, clock, random, form_of(options));
        case auth_kind::static_header:
            if (options.header_name.empty())
                return fail(errc::invalid_argument, "the header has no name");
            return http::make_static_header(std::move(options.header_name),
                                            std::move(options.header_value));
        case auth_kind::access_key:
            return fail(errc::invalid_argument, "an access key is for zstack endpoints only");
        case auth_kind::vcenter_session:
            break;
    }
    if (vms == nullptr || options.info.kind == endpoint_kind::vcenter)
        return fail(errc::invalid_argument, "there is no vCenter whose session it could use");
    return http::make_borrowed_session(vms->session(), clock, random);
}

// Unlike the others it logs in with a call whose address depends on the release, which is found out
// first.
result<std::unique_ptr<backend>> make_vijson(cloned::clock& clock,
                                             random_source& random,
                                             backend_options options,
                                             inventory* vms,
                                             std::unique_ptr<http::client> client) {
    vijson::vijson_parts parts;
    parts.where = std::make_unique<vijson::discovery>(*client, clock, options.vi_json.release);
    parts.user = options.user;
    parts.secrets.add(options.password);
    for (const auto& [name, secret] : options.vi_json.credentials) parts.secrets.add(secret);
    parts.options = std::move(options.vi_json);
    parts.borrowed = options.auth == auth_kind::vcenter_session;
    if (options.auth == auth_kind::basic) {
        if (options.user.empty()) return fail(errc::invalid_argument, "the user is empty");
        parts.session = std::make_unique<vijson::login>(
            *client, clock, random, *parts.where, std::move(options.user),
            std::move(options.password), options.info.name, renewal_pause(options.info));
    } else {
        auto session = make_session(*client, clock, random, options, vms);
        if (!session) return fail(session.error());
        parts.session = std::move(*session);
    }
    parts.info = std::move(options.info);
    parts.client = std::move(client);
    return std::make_unique<vijson::vijson_backend>(clock, std::move(parts));
}

result<std::unique_ptr<zstack::access>> make_zstack_access(http::client& client,
                                                           cloned::clock& clock,
                                                           random_source& random,
                                                           backend_options& options) {
    if (options.auth == auth_kind::access_key) {
        if (options.user.empty() || options.user.find(':') != std::string::npos)
            return fail(errc::invalid_argument, "the access key's id is empty or holds a colon");
        return zstack::make_key_access(client, clock, std::move(options.user),
                                       std::move(options.password), options.zstack.clock_offset);
    }
    if (options.auth == auth_kind::vcenter_session)
        return fail(errc::invalid_argument, "a ZStack has no vCenter whose session it could use");
    if (options.auth == auth_kind::static_header) {
        if (options.header_name.empty())
            return fail(errc::invalid_argument, "the header has no name");
        return zstack::make_session_access(
            client, http::make_static_header(std::move(options.header_name),
                                             std::move(options.header_value)));
    }
    if (options.user.empty()) return fail(errc::invalid_argument, "the user is empty");
    http::login_form form;
    form.target = zstack::login_target;
    form.verb = http::method::put;
    form.body = zstack::login_body(options.user, options.password);
    form.basic_auth = false;
    form.host = options.info.name;
    form.explain = zstack::explain;
    form.renewal_pause = renewal_pause(options.info);
    form.read_token = zstack::read_login;
    form.make_logout = zstack::logout;
    form.header_name = "Authorization";
    form.header_value = zstack::session_header;
    return zstack::make_session_access(
        client, http::make_login_session(client, clock, random, std::move(form)));
}

result<std::unique_ptr<backend>> make_zstack(asio::io_context& loop,
                                             cloned::clock& clock,
                                             random_source& random,
                                             backend_options options,
                                             std::unique_ptr<http::client> client) {
    auto access = make_zstack_access(*client, clock, random, options);
    if (!access) return fail(access.error());
    return std::make_unique<zstack::zstack_backend>(loop, clock, std::move(options.info),
                                                    options.zstack, std::move(client),
                                                    std::move(*access));
}

}  // namespace

result<std::unique_ptr<backend>> make_backend(asio::io_context& loop,
                                              cloned::clock& clock,
                                              random_source& random,
                                              backend_options options,
                                              inventory* vms) {
    // A request that outlived this would make evidence of absence worthless.
    options.http.request_timeout = options.info.request_timeout;
    options.http.connect_timeout =
        std::min(options.http.connect_timeout, options.info.request_timeout);
    auto client = http::make_client(loop, clock, options.http);
    if (!client) return fail(client.error());
    return make_backend(loop, clock, random, std::move(options), vms, std::move(*client));
}

result<std::unique_ptr<backend>> make_backend(asio::io_context& loop,
                                              cloned::clock& clock,
                                              random_source& random,
                                              backend_options options,
                                              inventory* vms,
                                              std::unique_ptr<http::client> client) {
    switch (options.info.kind) {
        case endpoint_kind::zstack:
            return make_zstack(loop, clock, random, std::move(options), std::move(client));
        case endpoint_kind::vi_json:
            return make_vijson(clock, random, std::move(options), vms, std::move(client));
        case endpoint_kind::vcenter:
        case endpoint_kind::snapservice:
            break;
    }
    auto session = make_session(*client, clock, random, options, vms);
    if (!session) return fail(session.error());
    if (options.info.kind == endpoint_kind::vcenter)
        return std::make_unique<vcenter::vcenter_backend>(loop, clock, std::move(options.info),
                                                          options.vcenter, std::move(client),
                                                          std::move(*session));
    const bool has_sessions = options.auth == auth_kind::basic;
    return std::make_unique<snapservice::snapservice_backend>(
        loop, clock, std::move(options.info), std::move(client), std::move(*session), has_sessions,
        vms);
}

inventory* as_inventory(backend& from) {
    return dynamic_cast<inventory*>(&from);
}

}  // namespace cloned::backends
