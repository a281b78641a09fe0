#pragma once

#include "backends/vapi/flavour.hpp"

namespace cloned::backends::vcenter {

struct vcenter_options {
    vapi::flavour speaks = vapi::flavour::api;
};

}  // namespace cloned::backends::vcenter
