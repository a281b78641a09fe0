#include "backends/make_backend.hpp"

#include "backends/snapservice/snapservice_backend.hpp"
#include "backends/vapi/faults.hpp"
#include "backends/vcenter/vcenter_backend.hpp"

#include <algorithm>

namespace cloned::backends {
namespace {

using session_made = result<std::unique_ptr<http::token_source>>;

http::login_form form_of(backend_options& options) {
    http::login_form form;
    form.user = std::move(options.user);
    form.password = std::move(options.password);
    form.host = options.info.name;
    form.explain = vapi::explain;
    if (options.info.kind == endpoint_kind::snapservice) {
        form.target = "/api/snapservice/sessions";
    } else if (options.speaks == vapi::flavour::rest) {
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
        case auth_kind::vcenter_session:
            break;
    }
    if (vms == nullptr || options.info.kind == endpoint_kind::vcenter)
        return fail(errc::invalid_argument, "there is no vCenter whose session it could use");
    return http::make_borrowed_session(vms->session(), clock, random);
}

}  // namespace

result<std::unique_ptr<backend>> make_backend(asio::io_context& loop,
                                              cloned::clock& clock,
                                              random_source& random,
                                              backend_options options,
                                              inventory* vms) {
    // A request that outlived this would make evidence of absence worthless.
    options.http.request_timeout =
        std::min(options.http.request_timeout, options.info.request_timeout);
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
    auto session = make_session(*client, clock, random, options, vms);
    if (!session) return fail(session.error());
    if (options.info.kind == endpoint_kind::vcenter)
        return std::make_unique<vcenter::vcenter_backend>(loop, clock, std::move(options.info),
                                                          options.speaks, std::move(client),
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
