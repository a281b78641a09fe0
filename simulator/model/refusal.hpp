#pragma once

#include "simulator/model/types.hpp"

#include <tl/expected.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloned::simulator {

// The two dialects of the vendors' REST: the old one wraps everything.
enum class flavour : std::uint8_t { api, rest };

namespace error_type {
inline constexpr std::string_view already_exists = "ALREADY_EXISTS";
inline constexpr std::string_view already_in_desired_state = "ALREADY_IN_DESIRED_STATE";
inline constexpr std::string_view canceled = "CANCELED";
inline constexpr std::string_view error = "ERROR";
inline constexpr std::string_view invalid_argument = "INVALID_ARGUMENT";
inline constexpr std::string_view invalid_request = "INVALID_REQUEST";
inline constexpr std::string_view not_allowed = "NOT_ALLOWED_IN_CURRENT_STATE";
inline constexpr std::string_view not_found = "NOT_FOUND";
inline constexpr std::string_view operation_not_found = "OPERATION_NOT_FOUND";
inline constexpr std::string_view resource_inaccessible = "RESOURCE_INACCESSIBLE";
inline constexpr std::string_view service_unavailable = "SERVICE_UNAVAILABLE";
inline constexpr std::string_view unable_to_allocate = "UNABLE_TO_ALLOCATE_RESOURCE";
inline constexpr std::string_view internal_server_error = "INTERNAL_SERVER_ERROR";
inline constexpr std::string_view unauthorized = "UNAUTHORIZED";
inline constexpr std::string_view unauthenticated = "UNAUTHENTICATED";
inline constexpr std::string_view unexpected_input = "UNEXPECTED_INPUT";
inline constexpr std::string_view unsupported = "UNSUPPORTED";
}  // namespace error_type

// A failure in the words of the simulated server.
struct refusal {
    std::string type;
    std::string message_id;
    std::string text;
    std::vector<std::string> args;
    std::optional<bool> is_transient;  // sent as `data.is_transient`
};

template <class T>
using outcome = tl::expected<T, refusal>;

refusal invalid_argument(std::string text);
refusal unexpected_input(std::string_view name);
refusal unauthenticated();
refusal no_such(std::string_view what, std::string_view id);  // "virtual machine", "folder", ...

int status_of(std::string_view type, flavour f);

// `{"error_type":...}`: the whole body in /api, the inner value in /rest, a task's error in both.
void append_error(std::string& out, const refusal& r);

answer to_answer(const refusal& r, flavour f);

}  // namespace cloned::simulator
