#pragma once

#include "backends/http/messages.hpp"

#include <optional>
#include <string>

namespace cloned::backends::sts {

// Where the security token service of a vCenter is.
struct sts_options {
    std::string target = "/sts/STSService";
    std::optional<http::client_options> elsewhere;  // unset: on the server of the inventory
};

}  // namespace cloned::backends::sts
