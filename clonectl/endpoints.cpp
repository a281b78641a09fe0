#include "clonectl/commands.hpp"
#include "clonectl/output.hpp"
#include "clonectl/tables.hpp"

namespace cloned::clonectl {

exit_code list_endpoints(const connection& to, bool json) {
    v1::ListEndpointsResponse reply;
    const auto status = to.call(v1::ListEndpointsRequest(), reply);
    if (!status.ok()) return report(status);
    print_list(reply.endpoints(), "endpoints", json, endpoints_text);
    return exit_ok;
}

}  // namespace cloned::clonectl
