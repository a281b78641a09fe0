#pragma once

#include "backends/http/client.hpp"
#include "backends/zstack/options.hpp"
#include "base/result.hpp"
#include "model/job.hpp"

#include <string>
#include <string_view>
#include <vector>

// What is asked of ZStack, and the answers to logins. Pure.
namespace cloned::backends::zstack {

inline constexpr std::string_view login_target = "/zstack/v1/accounts/login";

std::string login_body(std::string_view account, std::string_view password);
// The session's uuid.
result<std::string> read_login(const http::response& answer);
http::request logout(const std::string& session);
std::string session_header(const std::string& session);

// Clones with these names, which share all else with `spec`. The job uuid is ours.
// Errors: `invalid_argument`: the spec cannot be written as a request.
result<http::request> clone_request(const zstack_clone_spec& spec,
                                    const std::vector<std::string>& names,
                                    const std::string& uuid,
                                    nic_form nics = nic_form::list);

// Why this name cannot be used, or nothing. A VM must be found again by its name, and exactly.
std::string name_problem(std::string_view name);

// Needs no session.
http::request job_request(std::string_view uuid);

inline constexpr std::size_t max_vms_listed = 1000;  // as many as the server lists by itself
http::request vms_named(std::string_view name);

http::request probe_request();

}  // namespace cloned::backends::zstack
