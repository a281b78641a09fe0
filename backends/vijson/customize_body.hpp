#pragma once

#include "base/result.hpp"
#include "model/job.hpp"

#include <map>
#include <string>

namespace cloned::backends::vijson {

// Secrets by the name that job specs call them by.
using credential_map = std::map<std::string, std::string>;

// The body of CustomizeGuest_Task. Wherever the spec says {"_credential": "name"} stands the text
// of that credential, so the result is a secret itself. Pure.
//
// Errors: `invalid_argument`, with the path of what is wrong and without any secret.
result<std::string> customize_body(const customize_guest_spec& spec,
                                   const credential_map& credentials);

}  // namespace cloned::backends::vijson
