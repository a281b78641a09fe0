#include "model/lane.hpp"

#include <array>

namespace cloned {
namespace {

constexpr std::array<std::string_view, endpoint_kind_count> endpoint_kind_names{
    "vcenter", "snapservice", "vi_json", "zstack"};

}  // namespace

std::string_view to_string(endpoint_kind kind) {
    return endpoint_kind_names[static_cast<std::size_t>(kind)];
}

std::optional<endpoint_kind> endpoint_kind_from_string(std::string_view text) {
    for (std::size_t i = 0; i < endpoint_kind_names.size(); ++i)
        if (endpoint_kind_names[i] == text) return static_cast<endpoint_kind>(i);
    return std::nullopt;
}

bool endpoint_serves(endpoint_kind endpoint, job_kind job) {
    switch (job) {
        case job_kind::vcenter_clone:
        case job_kind::power_on:
            return endpoint == endpoint_kind::vcenter;
        case job_kind::linked_clone:
        case job_kind::restore:
            return endpoint == endpoint_kind::snapservice;
        case job_kind::zstack_clone:
            return endpoint == endpoint_kind::zstack;
        case job_kind::customize_guest:
            return endpoint == endpoint_kind::vi_json;
    }
    return false;
}

}  // namespace cloned
