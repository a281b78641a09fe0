#pragma once

#include "backends/http/messages.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

// The text of HTTP requests. Pure.
namespace cloned::backends::http {

// The value of the Host header: the port only where it is not the scheme's own, IPv6 in brackets.
std::string host_value(const client_options& options);

// The request as it is written on the wire. `invalid_argument` if the target or a header holds a
// character that could end its line: an id that was not encoded must never become a header.
result<std::string> request_text(const request& what, std::string_view host);

}  // namespace cloned::backends::http
