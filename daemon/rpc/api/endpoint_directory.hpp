#pragma once

#include "model/lane.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloned::rpc {

using catalog = std::vector<endpoint_info>;

// The configured endpoints, for looking things up.
//
// Threads: any; nothing changes after construction.
class endpoint_directory {
public:
    explicit endpoint_directory(catalog endpoints);

    // Null if there is none of that name.
    const endpoint_info* find(std::string_view name) const;

    const std::vector<const endpoint_info*>& serving(job_kind kind) const {
        return serving_[static_cast<std::size_t>(kind)];
    }

    // Endpoint → the endpoint that lists its VMs, for all of them.
    const std::vector<std::pair<std::string, std::string>>& inventories() const {
        return inventories_;
    }

    endpoint_directory(const endpoint_directory&) = delete;
    endpoint_directory& operator=(const endpoint_directory&) = delete;

private:
    // Constant after construction
    catalog endpoints_;
    std::array<std::vector<const endpoint_info*>, job_kind_count> serving_;
    std::vector<std::pair<std::string, std::string>> inventories_;
};

}  // namespace cloned::rpc
