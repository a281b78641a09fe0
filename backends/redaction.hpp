#pragma once

#include "backends/backend.hpp"
#include "backends/http/redactor.hpp"

#include <memory>
#include <string_view>

namespace cloned::backends {

// A password, and the digest that some upstreams get in its place.
void add_password(http::redactor& to, std::string_view password);

// The same backend, whose words are on one line, show what would hide in them, and hold no secret;
// and whose ids do not deceive who reads them. If it is an inventory, so is the result.
//
// This is the one place through which the words of every upstream go on their way to the scheduler,
// and so to the database, the log and the API. The answers themselves are left as they are: a
// password may well be a part of a VM's name.
std::unique_ptr<backend> redact_words(std::unique_ptr<backend> of,
                                      std::shared_ptr<http::redactor> secrets);

}  // namespace cloned::backends
