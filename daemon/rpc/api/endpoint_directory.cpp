#include "daemon/rpc/api/endpoint_directory.hpp"

#include <algorithm>

namespace cloned::rpc {

endpoint_directory::endpoint_directory(catalog endpoints) : endpoints_(std::move(endpoints)) {
    std::sort(endpoints_.begin(), endpoints_.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    for (const auto& endpoint : endpoints_) {
        for (std::size_t kind = 0; kind < job_kind_count; ++kind)
            if (job_kinds[kind].served_by == endpoint.kind) serving_[kind].push_back(&endpoint);
        const auto& inventory = endpoint.inventory.empty() ? endpoint.name : endpoint.inventory;
        inventories_.emplace_back(endpoint.name, inventory);
    }
}

const endpoint_info* endpoint_directory::find(std::string_view name) const {
    const auto at = std::lower_bound(endpoints_.begin(), endpoints_.end(), name,
                                     [](const auto& e, std::string_view n) { return e.name < n; });
    return at != endpoints_.end() && at->name == name ? &*at : nullptr;
}

}  // namespace cloned::rpc
