#include "base/text.hpp"
#include "daemon/rpc/api/text_rules.hpp"
#include "daemon/rpc/api/validate.hpp"

namespace cloned::rpc {
namespace {

std::optional<job_kind> kind_in(const v1::JobSpec& spec) {
    switch (spec.operation_case()) {
        case v1::JobSpec::kVcenterClone:
            return job_kind::vcenter_clone;
        case v1::JobSpec::kLinkedClone:
            return job_kind::linked_clone;
        case v1::JobSpec::kRestore:
            return job_kind::restore;
        case v1::JobSpec::kPowerOn:
            return job_kind::power_on;
        case v1::JobSpec::kZstackClone:
            return job_kind::zstack_clone;
        case v1::JobSpec::kCustomizeGuest:
            return job_kind::customize_guest;
        case v1::JobSpec::OPERATION_NOT_SET:
            break;
    }
    return std::nullopt;
}

// The cluster that the operation itself names.
const std::string& cluster_in(const v1::JobSpec& spec) {
    static const std::string none;
    switch (spec.operation_case()) {
        case v1::JobSpec::kVcenterClone:
            return spec.vcenter_clone().placement().cluster();
        case v1::JobSpec::kLinkedClone:
            return spec.linked_clone().cluster();
        case v1::JobSpec::kRestore:
            return spec.restore().cluster();
        case v1::JobSpec::kZstackClone:
            return spec.zstack_clone().cluster_uuid();
        case v1::JobSpec::kPowerOn:
        case v1::JobSpec::kCustomizeGuest:
        case v1::JobSpec::OPERATION_NOT_SET:
            break;
    }
    return none;
}

std::string names_of(const std::vector<const endpoint_info*>& endpoints) {
    constexpr std::size_t shown_max = 5;
    std::string out;
    for (std::size_t i = 0; i < endpoints.size() && i < shown_max; ++i)
        out += concat(i == 0 ? "" : ", ", endpoints[i]->name);
    if (endpoints.size() > shown_max) out += ", …";
    return out;
}

const endpoint_info* named_endpoint(const std::string& name,
                                    job_kind kind,
                                    const endpoint_directory& endpoints,
                                    const field_place& place) {
    const auto* found = endpoints.find(name);
    if (found == nullptr) {
        place.wrong_now("endpoint",
                        concat("names \"", presentable(name, 80), "\", which is not configured"));
        return nullptr;
    }
    if (endpoint_serves(found->kind, kind)) return found;
    place.wrong_now("endpoint",
                    concat("names \"", name, "\", which is of kind ", to_string(found->kind),
                           " and does not serve ", to_string(kind)));
    return nullptr;
}

const endpoint_info* only_endpoint(job_kind kind,
                                   const endpoint_directory& endpoints,
                                   const field_place& place) {
    const auto& candidates = endpoints.serving(kind);
    if (candidates.size() == 1) return candidates.front();
    if (candidates.empty())
        place.wrong_now("endpoint", concat("is not given, and no endpoint that serves ",
                                           to_string(kind), " is configured"));
    else
        place.wrong_now("endpoint", concat("is required, because several endpoints serve ",
                                           to_string(kind), ": ", names_of(candidates)));
    return nullptr;
}

}  // namespace

job_route find_route(const v1::JobSpec& spec,
                     const endpoint_directory& endpoints,
                     const field_place& place) {
    job_route target;
    const auto kind = kind_in(spec);
    if (!kind) return target;
    target.endpoint = spec.endpoint().empty()
                          ? only_endpoint(*kind, endpoints, place)
                          : named_endpoint(spec.endpoint(), *kind, endpoints, place);
    const auto& inner = cluster_in(spec);
    if (!inner.empty() && !spec.cluster().empty() && inner != spec.cluster())
        place.wrong("cluster",
                    concat("is \"", presentable(spec.cluster(), 80),
                           "\", but the operation names \"", presentable(inner, 80), "\""));
    target.cluster = inner.empty() ? spec.cluster() : inner;
    if (!target.cluster.empty() || target.endpoint == nullptr) return target;
    target.cluster = target.endpoint->default_cluster;
    if (target.cluster.empty())
        place.wrong_now("cluster", concat("is required, because endpoint \"", target.endpoint->name,
                                          "\" has no default cluster"));
    return target;
}

}  // namespace cloned::rpc
