#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cloned {

// The one list of failure codes. daemon/rpc/api/error_details.cpp maps it to gRPC.
enum class errc : std::uint8_t {
    internal,
    invalid_argument,
    not_found,
    already_exists,
    failed_precondition,
    permission_denied,
    unauthenticated,
    resource_exhausted,
    unavailable,  // nothing was done; the same call may succeed later
    deadline_exceeded,
    cancelled,
    aborted,          // somebody else changed the thing first
    upstream_failed,  // the upstream said no, in its own words
    protocol_error,   // the peer's answer cannot be understood
    in_doubt,         // it may or may not have happened
};

std::string_view to_string(errc code);

// The code named `text`, or errc::internal where there is none (a newer daemon's database).
errc errc_from_string(std::string_view text);

// A failure: a code for programs and one sentence for an operator, free of secrets and newlines.
class error {
public:
    error() : code_(errc::internal) {}
    error(errc code, std::string message) : code_(code), message_(std::move(message)) {}

    errc code() const { return code_; }
    const std::string& message() const { return message_; }

    friend bool operator==(const error&, const error&) = default;

private:
    errc code_;
    std::string message_;
};

}  // namespace cloned
