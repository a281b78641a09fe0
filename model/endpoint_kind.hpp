#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cloned {

enum class endpoint_kind : std::uint8_t { vcenter, snapservice, vi_json, zstack };

struct endpoint_kind_row {
    endpoint_kind kind;
    std::string_view name;  // in the configuration and in the API
    // Lists the VMs that its jobs make or change; for the others a vcenter endpoint does.
    bool lists_vms;
};

// In the order of endpoint_kind.
inline constexpr std::array endpoint_kinds{
    endpoint_kind_row{endpoint_kind::vcenter, "vcenter", true},
    endpoint_kind_row{endpoint_kind::snapservice, "snapservice", false},
    endpoint_kind_row{endpoint_kind::vi_json, "vi_json", false},
    endpoint_kind_row{endpoint_kind::zstack, "zstack", true},
};

constexpr const endpoint_kind_row& row_of(endpoint_kind kind) {
    return endpoint_kinds[static_cast<std::size_t>(kind)];
}

constexpr std::string_view to_string(endpoint_kind kind) {
    return row_of(kind).name;
}

constexpr std::optional<endpoint_kind> endpoint_kind_from_string(std::string_view text) {
    for (const auto& row : endpoint_kinds)
        if (row.name == text) return row.kind;
    return std::nullopt;
}

}  // namespace cloned
