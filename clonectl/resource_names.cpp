#include "clonectl/resource_names.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace cloned::clonectl {
namespace {

constexpr std::string_view batches = "batches/";
constexpr std::string_view jobs = "jobs/";
constexpr std::string_view lanes = "lanes/";

bool is_part(std::string_view text) {
    return !text.empty() && text.find('/') == std::string_view::npos;
}

}  // namespace

std::optional<target> parse_target(std::string_view text) {
    if (text.starts_with(batches)) text.remove_prefix(batches.size());
    const std::size_t slash = text.find('/');
    const std::string_view batch = text.substr(0, slash);
    if (!is_part(batch)) return std::nullopt;
    target out{concat(batches, batch), {}};
    if (slash == std::string_view::npos) return out;
    std::string_view key = text.substr(slash + 1);
    if (key.starts_with(jobs)) key.remove_prefix(jobs.size());
    if (!is_part(key)) return std::nullopt;
    out.job = concat(out.batch, "/", jobs, key);
    return out;
}

std::string not_a_target(std::string_view text) {
    return concat("\"", text,
                  "\" is no batch and no job; a batch is named by its UUID, a job by UUID/KEY");
}

std::string not_a_batch(std::string_view text) {
    return concat("\"", text, "\" is no batch; a batch is named by its UUID");
}

std::optional<std::string> parse_lane(std::string_view text) {
    if (text.starts_with(lanes)) text.remove_prefix(lanes.size());
    const bool number = !text.empty() && std::all_of(text.begin(), text.end(),
                                                     [](char c) { return c >= '0' && c <= '9'; });
    if (!number) return std::nullopt;
    return concat(lanes, text);
}

std::string_view last_part(std::string_view name) {
    const std::size_t slash = name.rfind('/');
    return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

std::string short_job(std::string_view name) {
    const auto found = parse_target(name);
    if (!found || found->job.empty()) return std::string(name);
    return concat(last_part(found->batch), "/", last_part(found->job));
}

}  // namespace cloned::clonectl
