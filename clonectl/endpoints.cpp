#include "clonectl/commands.hpp"
#include "clonectl/output.hpp"
#include "clonectl/resource_names.hpp"
#include "clonectl/tables.hpp"

namespace cloned::clonectl {

exit_code list_endpoints(const connection& to, bool json) {
    v1::ListEndpointsResponse reply;
    const auto status = to.call(v1::ListEndpointsRequest(), reply);
    if (!status.ok()) return report(status);
    print_list(reply.endpoints(), "endpoints", json, endpoints_text);
    return exit_ok;
}

exit_code login_endpoint(const connection& to, const std::string& endpoint) {
    v1::LoginEndpointRequest request;
    request.set_name(endpoint.starts_with("endpoints/") ? endpoint : "endpoints/" + endpoint);
    v1::LoginEndpointResponse reply;
    const auto status = to.call(request, reply);
    if (!status.ok()) return report(status);
    if (!reply.accepted()) return report(exit_other, reply.trouble());
    std::cout << last_part(request.name()) << ": logged in\n";
    return exit_ok;
}

}  // namespace cloned::clonectl
