#pragma once

#include <map>
#include <string>

namespace cloned::backends::vijson {

// Secrets by the name that job specs call them by.
using credential_map = std::map<std::string, std::string>;

struct vijson_options {
    std::string release;         // such as "8.0.3.0"; empty: negotiated
    credential_map credentials;  // secrets of guests
};

}  // namespace cloned::backends::vijson
