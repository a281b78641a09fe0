#include "daemon/rpc/api/resource_names.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "daemon/rpc/api/text_rules.hpp"

#include <charconv>

namespace cloned::rpc {
namespace {

constexpr std::string_view batches = "batches/";
constexpr std::string_view jobs = "/jobs/";
constexpr std::string_view lanes = "lanes/";
constexpr std::string_view endpoints = "endpoints/";
constexpr std::size_t uuid_length = 36;

}  // namespace

std::string format_batch(std::string_view uid) {
    return concat(batches, uid);
}

std::string format_job(std::string_view batch_uid, std::string_view key) {
    return concat(batches, batch_uid, jobs, key);
}

std::string format_lane(lane_id lane) {
    return concat(lanes, std::to_string(lane.value));
}

std::string format_endpoint(std::string_view name) {
    return concat(endpoints, name);
}

std::optional<std::string> parse_batch(std::string_view name) {
    if (!name.starts_with(batches)) return std::nullopt;
    name.remove_prefix(batches.size());
    if (!is_uuid(name)) return std::nullopt;
    return lower_case(name);
}

std::optional<job_path> parse_job(std::string_view name) {
    const std::size_t batch_end = batches.size() + uuid_length;
    if (name.size() <= batch_end) return std::nullopt;
    auto batch = parse_batch(name.substr(0, batch_end));
    name.remove_prefix(batch_end);
    if (!batch || !name.starts_with(jobs)) return std::nullopt;
    name.remove_prefix(jobs.size());
    if (!is_token(name)) return std::nullopt;
    return job_path{std::move(*batch), std::string(name)};
}

std::optional<lane_id> parse_lane(std::string_view name) {
    if (!name.starts_with(lanes)) return std::nullopt;
    name.remove_prefix(lanes.size());
    // One lane has one name: no sign, no leading zero.
    if (name.empty() || name.front() < '1' || name.front() > '9') return std::nullopt;
    lane_id lane;
    const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), lane.value);
    if (wrong != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return lane;
}

std::optional<std::string> parse_endpoint(std::string_view name) {
    if (!name.starts_with(endpoints)) return std::nullopt;
    name.remove_prefix(endpoints.size());
    if (name.empty() || name.find('/') != std::string_view::npos) return std::nullopt;
    return std::string(name);
}

std::optional<std::string> parse_parent(std::string_view name) {
    if (name == "batches/-") return std::string();
    return parse_batch(name);
}

}  // namespace cloned::rpc
