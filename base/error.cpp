#include "base/error.hpp"

#include <array>
#include <utility>

namespace cloned {
namespace {

constexpr std::array<std::pair<errc, std::string_view>, 15> names{{
    {errc::internal, "internal"},
    {errc::invalid_argument, "invalid_argument"},
    {errc::not_found, "not_found"},
    {errc::already_exists, "already_exists"},
    {errc::failed_precondition, "failed_precondition"},
    {errc::permission_denied, "permission_denied"},
    {errc::unauthenticated, "unauthenticated"},
    {errc::resource_exhausted, "resource_exhausted"},
    {errc::unavailable, "unavailable"},
    {errc::deadline_exceeded, "deadline_exceeded"},
    {errc::cancelled, "cancelled"},
    {errc::aborted, "aborted"},
    {errc::upstream_failed, "upstream_failed"},
    {errc::protocol_error, "protocol_error"},
    {errc::in_doubt, "in_doubt"},
}};

}  // namespace

std::string_view to_string(errc code) {
    for (const auto& [value, name] : names)
        if (value == code) return name;
    return "internal";
}

errc errc_from_string(std::string_view text) {
    for (const auto& [value, name] : names)
        if (name == text) return value;
    return errc::internal;
}

}  // namespace cloned
