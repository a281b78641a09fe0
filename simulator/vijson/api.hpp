#pragma once

#include "simulator/model/call.hpp"
#include "simulator/model/vi_fault.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace cloned::simulator {

// VI JSON of the world's vCenter: /sdk/vim25/{release}/{type}/{id}/{method or property}.
class vi_api {
public:
    explicit vi_api(world& w) : world_(w) {}

    // `c.path` begins behind /sdk/vim25.
    answer handle(call& c);

    // POST /api/vcenter/system?action=hello, which needs no session.
    static answer hello(world& w, call& c);

private:
    // One call whose path is sound.
    struct context {
        call& c;
        std::string_view release;
        std::string_view type;
        std::string_view id;
        std::string_view method;
        boost::json::object arguments;

        std::string_view text(std::string_view name) const;
        std::string reference(std::string_view name) const;  // its id
    };
    using result = vi_outcome<boost::json::value>;

    session_table& sessions();
    const session* logged_in(const call& c);
    answer login(context& x);
    answer value_answer(const result& r) const;
    result invoke(context& x);
    result read_property(context& x);
    result collector_call(context& x);
    // In customize.cpp.
    result customize(context& x);
    // In clone.cpp.
    result clone(context& x);
    result power(context& x, bool on);
    vi_outcome<virtual_machine*> find_vm(std::string_view id);

    world& world_;
    boost::json::value my_session_;
    std::chrono::nanoseconds waits_{0};
};

}  // namespace cloned::simulator
