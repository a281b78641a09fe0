#pragma once

#include "base/clock.hpp"
#include "cloned/v1/job.pb.h"
#include "daemon/rpc/api/endpoint_directory.hpp"
#include "daemon/rpc/api/problems.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What the comments of the API demand of a request. Pure; every mistake is reported, not only the
// first. Threads: any.
namespace cloned::rpc {

inline constexpr std::size_t batch_jobs_max = 10'000;
inline constexpr std::size_t stream_jobs_max = 100'000;
inline constexpr std::int32_t attempts_max = 20;
inline constexpr int labels_max = 32;
inline constexpr int disks_max = 256;
inline constexpr std::int64_t lane_limit_max = 10'000;
inline constexpr std::int32_t page_size_max = 1000;

// Where a job goes, by what it says and what is configured.
struct job_route {
    const endpoint_info* endpoint = nullptr;  // null: not known, and reported
    std::string cluster;                      // empty: not known, and reported
};

// Checks all of a job but whether its key is unique.
job_route check_job(const v1::JobSpec& spec,
                    const endpoint_directory& endpoints,
                    wall_time now,
                    const field_place& place);

// The endpoint and the cluster of a job.
job_route find_route(const v1::JobSpec& spec,
                     const endpoint_directory& endpoints,
                     const field_place& place);

// A time to wait for something: none to a day.
void check_span(const google::protobuf::Duration& span, const field_place& place);

// Reports fields that this version does not know: a wish that would be silently ignored might make
// another VM than the one that was asked for.
void check_known(const google::protobuf::Message& message, const field_place& place);

void check_header(const std::string& request_id,
                  const std::string& display_name,
                  const field_place& place);

// The number of entries for a page_size of a request; 0 after reporting it.
std::size_t check_page_size(std::int32_t asked, std::int32_t usual, const field_place& place);

}  // namespace cloned::rpc
