#pragma once

#include <string>
#include <string_view>

// The task of ours that stands for a VM whose Tools are waited for, see vcenter_backend.hpp.
namespace cloned::backends::vcenter {

inline constexpr std::string_view power_prefix = "power:";

inline std::string power_task(const std::string& vm) {
    return std::string(power_prefix) + vm;
}

inline bool is_power_task(const std::string& task) {
    return task.starts_with(power_prefix);
}

inline std::string vm_of(const std::string& task) {
    return task.substr(power_prefix.size());
}

}  // namespace cloned::backends::vcenter
