#pragma once

#include "simulator/model/call.hpp"
#include "simulator/model/zstack_node.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace cloned::simulator {

// ZStack's REST v1 interface, as far as cloning needs it. Answers of the API are JSON; what the
// layer in front of it refuses is plain text.
class zstack_api {
public:
    explicit zstack_api(world& w);

    answer handle(call& c);  // c.path: the segments after "zstack/v1"

    // What a rule answers in the place of the server.
    static answer error_of(const fault_rule& rule);

private:
    // Why a request is turned away before its API sees it, or who sends it.
    struct caller {
        std::optional<answer> refused;
        bool known = false;  // false: a session that is dead, which the API will tell
    };
    caller authorize(const call& c);
    caller check_key(const call& c, std::string_view credentials) const;
    std::optional<answer> check_date(std::string_view date) const;

    answer login(call& c);
    answer session_calls(call& c);
    answer node_actions(call& c);
    answer query(call& c);
    answer actions(call& c);
    answer clone(call& c, const boost::json::object& body);
    answer job(call& c);
    std::optional<answer> in_the_way();

    std::optional<zstack_error> read_clone(const boost::json::object& action,
                                           std::string_view source,
                                           zstack_clone& into);
    boost::json::object vm_json(const zstack_vm& vm) const;
    std::string job_json(const zstack_job& job) const;

    world& world_;
    zstack_node& node_;
};

answer zstack_text(int status, std::string text);
answer zstack_failure(const zstack_error& error);  // 503
std::string zstack_error_json(const zstack_error& error);

// "Feb 13, 2026 9:16:02 AM".
std::string zstack_date(std::int64_t epoch_ms, std::int64_t utc_offset_min);

zstack_error zstack_not_found(std::string details);
zstack_error zstack_bad_argument(std::string details);
zstack_error zstack_dead_session();

}  // namespace cloned::simulator
