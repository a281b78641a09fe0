#pragma once

#include "model/endpoint_kind.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

// What there is to know of each kind of job. A new kind is an enumerator, a row here and a
// specification in job.hpp; from then on the compiler asks for the rest.
namespace cloned {

enum class job_kind : std::uint8_t {
    vcenter_clone,
    linked_clone,
    restore,
    power_on,
    zstack_clone,
    customize_guest,
};

struct job_trait {
    enum : unsigned {
        makes_vm = 1,  // otherwise it changes the VM that it works on
        // The upstream tells when it has too many of these at work, by refusals or by tasks that
        // stay pending. Otherwise there is no ceiling to be learned, and the limit is all.
        hidden_ceiling = 2,
        chooses_task = 4,  // the upstream's task id is ours to choose, before the request is sent
    };
};

struct job_kind_row {
    job_kind kind;
    std::string_view name;    // in the API, the configuration and the database
    endpoint_kind served_by;  // the one kind of endpoint that takes such jobs
    unsigned traits;
    std::int64_t default_limit;  // of jobs in flight in one lane
};

// In the order of job_kind.
inline constexpr std::array job_kinds{
    job_kind_row{job_kind::vcenter_clone, "vcenter_clone", endpoint_kind::vcenter,
                 job_trait::makes_vm | job_trait::hidden_ceiling, 20},
    job_kind_row{job_kind::linked_clone, "linked_clone", endpoint_kind::snapservice,
                 job_trait::makes_vm | job_trait::hidden_ceiling, 1000},
    job_kind_row{job_kind::restore, "restore", endpoint_kind::snapservice,
                 job_trait::makes_vm | job_trait::hidden_ceiling, 1000},
    job_kind_row{job_kind::power_on, "power_on", endpoint_kind::vcenter, 0, 50},
    job_kind_row{job_kind::zstack_clone, "zstack_clone", endpoint_kind::zstack,
                 job_trait::makes_vm | job_trait::chooses_task, 10},
    job_kind_row{job_kind::customize_guest, "customize_guest", endpoint_kind::vi_json, 0, 100},
};
inline constexpr std::size_t job_kind_count = job_kinds.size();

constexpr const job_kind_row& row_of(job_kind kind) {
    return job_kinds[static_cast<std::size_t>(kind)];
}

constexpr std::string_view to_string(job_kind kind) {
    return row_of(kind).name;
}

constexpr std::optional<job_kind> job_kind_from_string(std::string_view text) {
    for (const auto& row : job_kinds)
        if (row.name == text) return row.kind;
    return std::nullopt;
}

constexpr bool endpoint_serves(endpoint_kind endpoint, job_kind job) {
    return row_of(job).served_by == endpoint;
}

constexpr bool makes_vm(job_kind kind) {
    return (row_of(kind).traits & job_trait::makes_vm) != 0;
}

constexpr bool changes_its_vm(job_kind kind) {
    return !makes_vm(kind);
}

constexpr bool has_hidden_ceiling(job_kind kind) {
    return (row_of(kind).traits & job_trait::hidden_ceiling) != 0;
}

constexpr bool chooses_task(job_kind kind) {
    return (row_of(kind).traits & job_trait::chooses_task) != 0;
}

// One number for each kind, in the order of job_kind.
using by_kind = std::array<std::int64_t, job_kind_count>;

inline constexpr by_kind default_limits = [] {
    by_kind out{};
    for (std::size_t i = 0; i < job_kind_count; ++i) out[i] = job_kinds[i].default_limit;
    return out;
}();

inline constexpr by_kind default_costs = [] {
    by_kind out{};
    out.fill(1);
    return out;
}();

// True if each row stands at the place of its enumerator.
template <class Row, std::size_t N>
constexpr bool is_in_order(const std::array<Row, N>& rows) {
    for (std::size_t i = 0; i < N; ++i)
        if (static_cast<std::size_t>(rows[i].kind) != i) return false;
    return true;
}
static_assert(is_in_order(endpoint_kinds) && is_in_order(job_kinds));

}  // namespace cloned
