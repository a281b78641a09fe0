#include "daemon/model/lane.hpp"

namespace cloned {

std::string_view to_string(endpoint_kind kind) {
    return kind == endpoint_kind::vcenter ? "vcenter" : "snapservice";
}

std::optional<endpoint_kind> endpoint_kind_from_string(std::string_view text) {
    if (text == "vcenter") return endpoint_kind::vcenter;
    if (text == "snapservice") return endpoint_kind::snapservice;
    return std::nullopt;
}

bool endpoint_serves(endpoint_kind endpoint, job_kind job) {
    switch (job) {
        case job_kind::vcenter_clone:
        case job_kind::power_on: return endpoint == endpoint_kind::vcenter;
        case job_kind::linked_clone:
        case job_kind::restore: return endpoint == endpoint_kind::snapservice;
    }
    return false;
}

}  // namespace cloned
