#pragma once

#include "backends/http/client.hpp"
#include "backends/vijson/records.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

// The messages of VI JSON. Pure: requests are built, answers are read, nothing is sent. One call
// reads the properties of any number of objects; see records.hpp for what is made of them.
//
// Errors: reading gives `protocol_error` with the path of what is wrong.
namespace cloned::backends::vijson {

// Ids of the objects that serve us, from ServiceContent.
struct service_content {
    std::string session_manager;
    std::string property_collector;
    std::string customization_manager;  // empty: this server has none
};

// The release to speak, of those that are offered here; asked without a session.
http::request say_hello();
// Empty: the server speaks none of them.
result<std::string> read_hello(std::string_view body);
// What servers speak that do not know the question.
inline constexpr std::string_view oldest_release = "8.0.1.0";
// From this one on a session of /api is one of VI JSON as well.
inline constexpr std::string_view first_shared_session_release = "8.0.3.0";
// Is the release `a` older than `b`?
bool is_older(std::string_view a, std::string_view b);

// Objects whose properties are wanted, by their type.
struct property_request {
    std::vector<std::string> tasks;  // their info
    std::vector<std::string> vms;    // power and the guest's own report on its customization
    bool recent_tasks = false;       // of the VMs
    std::string session_manager;     // whose session this is; empty: not asked
};

class wire {
public:
    explicit wire(std::string_view release);

    http::request get_content() const;
    static result<service_content> read_content(std::string_view body);

    std::string login_target(std::string_view session_manager) const;
    static std::string login_body(std::string_view user, std::string_view password);
    static result<std::string> read_login(const http::response& answer);
    http::request logout(std::string_view session_manager, std::string_view token) const;
    // Whose session the token in its header is; null: nobody's.
    http::request current_session(std::string_view session_manager) const;

    // `body`: see customize_body.hpp.
    http::request customize(std::string_view customization_manager,
                            std::string body,
                            std::string_view operation_id) const;
    static result<std::string> read_task(std::string_view body);

    http::request retrieve(std::string_view collector, const property_request& wish) const;
    http::request next_page(std::string_view collector, std::string_view token) const;

    http::request current_time() const;
    static result<wall_time> read_current_time(std::string_view body);

    http::request cancel_task(std::string_view task) const;

private:
    http::request call(std::string_view type, std::string_view id, std::string_view method) const;

    std::string base_;
};

}  // namespace cloned::backends::vijson
