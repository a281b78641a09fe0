#pragma once

#include "simulator/model/call.hpp"

#include <boost/json/value.hpp>

namespace cloned::simulator {

// The snapservice appliance of the world. Its paths all start with /api/snapservice.
class snapservice_api {
public:
    explicit snapservice_api(world& w) : world_(w) {}

    answer handle(call& c);

private:
    answer session_calls(call& c);
    answer open_session(call& c);
    answer task_calls(call& c);
    answer cluster_calls(call& c);
    answer start(call& c, operation_kind kind, std::uint32_t cluster);
    answer list_vms(call& c, std::uint32_t cluster);
    answer snapshot_calls(call& c, std::uint32_t cluster);

    outcome<start_request> read_spec(const boost::json::value& body,
                                     operation_kind kind,
                                     const virtual_machine& source) const;
    outcome<void> read_placement(const boost::json::value& placement, start_request& out) const;
    bool logged_in(const call& c);
    const session* session_of(const call& c);

    world& world_;
};

}  // namespace cloned::simulator
