#pragma once

#include "base/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

// The resource names of the API: batches/{uuid}, batches/{uuid}/jobs/{key}, lanes/{number},
// endpoints/{name}. Pure. A name that does not have its form is parsed as nothing.
namespace cloned::rpc {

struct job_path {
    std::string batch;  // the UUID
    std::string key;

    friend bool operator==(const job_path&, const job_path&) = default;
};

std::string format_batch(std::string_view uid);
std::string format_job(std::string_view batch_uid, std::string_view key);
std::string format_lane(lane_id lane);
std::string format_endpoint(std::string_view name);

// The UUID, in lower case.
std::optional<std::string> parse_batch(std::string_view name);
std::optional<job_path> parse_job(std::string_view name);
std::optional<lane_id> parse_lane(std::string_view name);
std::optional<std::string> parse_endpoint(std::string_view name);

// A batch's UUID, or the empty text for "batches/-", which stands for every batch.
std::optional<std::string> parse_parent(std::string_view name);

}  // namespace cloned::rpc
