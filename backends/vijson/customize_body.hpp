#pragma once

#include "backends/vijson/options.hpp"
#include "base/result.hpp"
#include "model/job.hpp"

#include <string>

namespace cloned::backends::vijson {

// The body of CustomizeGuest_Task. Wherever the spec says {"_credential": "name"} stands the text
// of that credential, so the result is a secret itself. Pure.
//
// Errors: `invalid_argument`, with the path of what is wrong and without any secret.
result<std::string> customize_body(const customize_guest_spec& spec,
                                   const credential_map& credentials);

}  // namespace cloned::backends::vijson
