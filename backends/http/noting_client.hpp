#pragma once

#include "backends/http/client.hpp"
#include "backends/http/redactor.hpp"

#include <memory>

namespace cloned::backends::http {

// Sends by `via`, and notes what each request carries in its headers, except for those that are
// known to hold no secret.
std::unique_ptr<client> note_secrets(std::unique_ptr<client> via,
                                     std::shared_ptr<redactor> secrets);

}  // namespace cloned::backends::http
