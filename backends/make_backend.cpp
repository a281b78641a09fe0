#include "backends/make_backend.hpp"

#include "backends/http/account.hpp"
#include "backends/http/noting_client.hpp"
#include "backends/redaction.hpp"
#include "backends/snapservice/snapservice_backend.hpp"
#include "backends/sts/packed.hpp"
#include "backends/sts/sts_login.hpp"
#include "backends/vapi/faults.hpp"
#include "backends/vcenter/vcenter_backend.hpp"
#include "backends/vijson/login.hpp"
#include "backends/vijson/vijson_backend.hpp"
#include "backends/zstack/faults.hpp"
#include "backends/zstack/requests.hpp"
#include "backends/zstack/zstack_backend.hpp"

#include "base/encoding.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace cloned::backends {
namespace {

using session_made = result<std::unique_ptr<http::token_source>>;

// However short the quiesce time is set, logins are not to come in crowds.
milliseconds renewal_pause(const endpoint_info& info) {
    return std::max(info.quiesce, milliseconds(1000));
}

http::session_options session_options_of(const backend_options& options) {
    http::session_options out;
    out.endpoint = options.info.name;
    out.account = options.account;
    out.secrets = options.secrets;
    out.renewal_pause = renewal_pause(options.info);
    return out;
}

bool uses_sts(auth_kind auth) {
    return auth == auth_kind::saml || auth == auth_kind::session_saml;
}

http::login_form form_of(backend_options& options) {
    http::login_form form;
    form.user = std::move(options.user);
    form.password = std::move(options.password);
    form.explain = vapi::explain;
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
    form.make_question = [target = form.target, legacy = form.wrapped] {
        http::request out;
        out.target = legacy ? concat(target, "?~action=get") : target;
        if (legacy) out.verb = http::method::post;
        return out;
    };
    return form;
}

session_made make_sts_session(asio::io_context& loop,
                              cloned::clock& clock,
                              random_source& random,
                              backend_options& options,
                              inventory* vms) {
    if (options.info.kind != endpoint_kind::snapservice)
        return fail(errc::invalid_argument, "a SAML token is for snapservice endpoints only");
    if (options.user.empty()) return fail(errc::invalid_argument, "the user is empty");
    std::unique_ptr<http::client> own;
    if (options.sts.elsewhere) {
        options.sts.elsewhere->request_timeout = options.info.request_timeout;
        auto made = http::make_client(loop, clock, *options.sts.elsewhere);
        if (!made) return fail(made.error());
        own = std::move(*made);
    } else if (vms == nullptr) {
        return fail(errc::invalid_argument, "there is no vCenter whose STS it could ask");
    }
    auto& via = own ? *own : vms->transport();
    sts::sts_account account{std::move(options.user), std::move(options.password),
                             options.sts.target};
    auto said = session_options_of(options);
    said.header_name = "Authorization";
    said.header_value = sts::authorization;
    return http::make_login_session(
        clock, random, sts::make_sts_login(via, std::move(own), clock, std::move(account)),
        std::move(said));
}

// An account of another server's directory is tried at that one first.
std::unique_ptr<http::login_steps> after_inventory(cloned::clock& clock,
                                                   const backend_options& options,
                                                   inventory* vms,
                                                   std::unique_ptr<http::login_steps> steps) {
    if (!options.account_of_inventory || vms == nullptr) return steps;
    return http::make_login_after(vms->session(), clock, std::move(steps));
}

session_made make_session(asio::io_context& loop,
                          http::client& client,
                          cloned::clock& clock,
                          random_source& random,
                          backend_options& options,
                          inventory* vms) {
    auto said = session_options_of(options);
    switch (options.auth) {
        case auth_kind::basic:
            if (options.user.empty() || options.user.find(':') != std::string::npos)
                return fail(errc::invalid_argument, "the user is empty or holds a colon");
            return http::make_login_session(
                clock, random,
                after_inventory(clock, options, vms,
                                http::make_login_steps(client, form_of(options))),
                std::move(said));
        case auth_kind::static_header:
            if (options.header_name.empty())
                return fail(errc::invalid_argument, "the header has no name");
            return http::make_static_header(std::move(options.header_name),
                                            std::move(options.header_value));
        case auth_kind::access_key:
            return fail(errc::invalid_argument, "an access key is for zstack endpoints only");
        case auth_kind::saml:
            return make_sts_session(loop, clock, random, options, vms);
        case auth_kind::session_saml: {
            auto issuer = make_sts_session(loop, clock, random, options, vms);
            if (!issuer) return issuer;
            auto form = form_of(options);
            form.credentials = std::move(*issuer);
            said.account.reset();  // it is the STS that sees the password
            return http::make_login_session(
                clock, random, http::make_login_steps(client, std::move(form)), std::move(said));
        }
        case auth_kind::vcenter_session:
            break;
    }
    if (vms == nullptr || options.info.kind == endpoint_kind::vcenter)
        return fail(errc::invalid_argument, "there is no vCenter whose session it could use");
    return http::make_borrowed_session(vms->session(), clock, random, options.info.name,
                                       options.secrets);
}

// Unlike the others it logs in with a call whose address depends on the release, which is found out
// first.
result<std::unique_ptr<backend>> make_vijson(asio::io_context& loop,
                                             cloned::clock& clock,
                                             random_source& random,
                                             backend_options options,
                                             inventory* vms,
                                             std::unique_ptr<http::client> client) {
    vijson::vijson_parts parts;
    parts.where = std::make_unique<vijson::discovery>(*client, clock, options.vi_json.release);
    parts.user = options.user;
    parts.options = std::move(options.vi_json);
    parts.borrowed = options.auth == auth_kind::vcenter_session;
    if (options.auth == auth_kind::basic) {
        if (options.user.empty()) return fail(errc::invalid_argument, "the user is empty");
        parts.session = http::make_login_session(
            clock, random,
            after_inventory(
                clock, options, vms,
                std::make_unique<vijson::login>(*client, *parts.where, std::move(options.user),
                                                std::move(options.password))),
            session_options_of(options));
    } else {
        auto session = make_session(loop, *client, clock, random, options, vms);
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
    if (options.auth == auth_kind::vcenter_session || uses_sts(options.auth))
        return fail(errc::invalid_argument, "a ZStack has no vCenter that could vouch for us");
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
    form.make_body = zstack::login_body;
    form.user = std::move(options.user);
    form.password = std::move(options.password);
    form.basic_auth = false;
    form.explain = zstack::explain;
    form.read_token = zstack::read_login;
    form.make_logout = zstack::logout;
    auto said = session_options_of(options);
    said.header_name = form.header_name = "Authorization";
    said.header_value = form.header_value = zstack::session_header;
    return zstack::make_session_access(
        client,
        http::make_login_session(clock, random, http::make_login_steps(client, std::move(form)),
                                 std::move(said)));
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

// What can be known before the first request; what requests carry is noted as they go.
void add_secrets(const backend_options& options, http::redactor& to) {
    add_password(to, options.password);
    to.add(options.header_value);
    for (const auto& [name, secret] : options.vi_json.credentials) to.add(secret);
}

result<std::unique_ptr<backend>> make_bare(asio::io_context& loop,
                                           cloned::clock& clock,
                                           random_source& random,
                                           backend_options options,
                                           inventory* vms,
                                           std::unique_ptr<http::client> client) {
    switch (options.info.kind) {
        case endpoint_kind::zstack:
            return make_zstack(loop, clock, random, std::move(options), std::move(client));
        case endpoint_kind::vi_json:
            return make_vijson(loop, clock, random, std::move(options), vms, std::move(client));
        case endpoint_kind::vcenter:
        case endpoint_kind::snapservice:
            break;
    }
    auto session = make_session(loop, *client, clock, random, options, vms);
    if (!session) return fail(session.error());
    if (options.info.kind == endpoint_kind::vcenter)
        return std::make_unique<vcenter::vcenter_backend>(loop, clock, std::move(options.info),
                                                          options.vcenter, std::move(client),
                                                          std::move(*session));
    const bool has_sessions =
        options.auth == auth_kind::basic || options.auth == auth_kind::session_saml;
    return std::make_unique<snapservice::snapservice_backend>(
        loop, clock, std::move(options.info), std::move(client), std::move(*session), has_sessions,
        vms);
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
    if (vms != nullptr) options.secrets = vms->secrets();
    if (!options.secrets) options.secrets = std::make_shared<http::redactor>();
    auto secrets = options.secrets;
    add_secrets(options, *secrets);
    auto made = make_bare(loop, clock, random, std::move(options), vms,
                          http::note_secrets(std::move(client), secrets));
    if (!made) return fail(made.error());
    return redact_words(std::move(*made), secrets);
}

void share_accounts(std::vector<backend_options>& endpoints) {
    std::map<std::string, const backend_options*> by_name;
    for (const auto& each : endpoints) by_name.emplace(each.info.name, &each);
    const auto server_of = [](const http::client_options& at) {
        return concat(lower_case(at.host), ":", std::to_string(at.port));
    };
    std::map<std::pair<std::string, std::string>, std::shared_ptr<http::account>> accounts;
    for (auto& each : endpoints) {
        if (each.auth != auth_kind::basic && !uses_sts(each.auth)) continue;
        const auto found = by_name.find(each.info.inventory);
        const auto* lists = found == by_name.end() ? &each : found->second;
        auto server = server_of(each.http);
        if (uses_sts(each.auth))
            server = server_of(each.sts.elsewhere ? *each.sts.elsewhere : lists->http);
        else
            each.account_of_inventory = lists->auth == auth_kind::basic &&
                                        lower_case(lists->user) == lower_case(each.user) &&
                                        lists->password == each.password &&
                                        server_of(lists->http) != server;
        auto& shared = accounts[{std::move(server), lower_case(each.user)}];
        if (!shared) shared = std::make_shared<http::account>();
        each.account = shared;
    }
}

bool use_secrets_of(const backend_options& fresh, backend_options& present, backend& backend) {
    const bool same = fresh.info.kind == present.info.kind &&
                      fresh.info.address == present.info.address && fresh.auth == present.auth &&
                      fresh.user == present.user && fresh.header_name == present.header_name;
    const bool changed =
        fresh.password != present.password || fresh.header_value != present.header_value;
    if (!same || !changed) return false;
    present.password = fresh.password;
    present.header_value = fresh.header_value;
    backend.use_secret(fresh.auth == auth_kind::static_header ? fresh.header_value
                                                              : fresh.password);
    return true;
}

inventory* as_inventory(backend& from) {
    return dynamic_cast<inventory*>(&from);
}

}  // namespace cloned::backends
