#include "daemon/rpc/transport/call_entry.hpp"

#include "base/text.hpp"
#include "daemon/rpc/api/text_rules.hpp"
#include "daemon/rpc/transport/status.hpp"

#include <grpc/grpc_security_constants.h>

namespace cloned::rpc {
namespace {

constexpr milliseconds pause_when_full{500};
constexpr milliseconds pause_when_draining{2000};
constexpr auto tenant_form = "must be 1 to 63 of a-z A-Z 0-9 . _ -";

std::string property(const grpc::AuthContext& peer, const char* name) {
    const auto values = peer.FindPropertyValues(name);
    if (values.empty()) return "";
    return std::string(values.front().data(), values.front().size());
}

// The identity comes from the certificate wherever there is one; what such a client says of himself
// does not count.
outcome<std::string> tenant_of(const grpc::CallbackServerContext& context,
                               const std::string& default_tenant) {
    const auto peer = context.auth_context();
    if (peer && property(*peer, GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME) ==
                    GRPC_SSL_TRANSPORT_SECURITY_TYPE) {
        const std::string name = property(*peer, GRPC_X509_CN_PROPERTY_NAME);
        if (is_token(name)) return name;
        return refuse(errc::permission_denied,
                      concat("the common name of the client certificate, \"", presentable(name, 80),
                             "\", names no tenant; it ", tenant_form));
    }
    const auto& metadata = context.client_metadata();
    const auto given = metadata.equal_range("cloned-tenant");
    if (given.first == given.second) return default_tenant;
    const std::string name(given.first->second.data(), given.first->second.size());
    if (!is_token(name)) return refuse(invalid("metadata cloned-tenant", tenant_form));
    if (std::next(given.first) != given.second)
        return refuse(invalid("metadata cloned-tenant", "must be given once"));
    return name;
}

failure too_many() {
    failure out(errc::resource_exhausted, "too many calls of this kind are in progress");
    out.reason = "TOO_MANY_CALLS";
    out.retry_after = pause_when_full;
    return out;
}

}  // namespace

failure draining() {
    failure out(errc::unavailable, "the daemon is stopping");
    out.reason = "STOPPING";
    out.retry_after = pause_when_draining;
    return out;
}

failure cancelled() {
    return failure(errc::cancelled, "the call was given up");
}

outcome<call_limiter::ticket> take_place(const std::shared_ptr<call_limiter>& sort) {
    auto place = sort->enter();
    if (!place) return refuse(too_many());
    return std::move(*place);
}

outcome<call_entry> enter(const call_environment& environment,
                          const std::shared_ptr<call_limiter>& sort,
                          const grpc::CallbackServerContext& context) {
    if (environment.draining.load(std::memory_order_relaxed)) return refuse(draining());
    auto tenant = tenant_of(context, environment.options.default_tenant);
    if (!tenant) return refuse(tenant.error());
    auto place = take_place(sort);
    if (!place) return refuse(place.error());
    return call_entry{std::move(*tenant), std::move(*place)};
}

grpc::ServerUnaryReactor* refuse_call(grpc::CallbackServerContext& context, const failure& why) {
    auto* reactor = context.DefaultReactor();
    reactor->Finish(to_status(why));
    return reactor;
}

}  // namespace cloned::rpc
