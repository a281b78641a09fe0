#pragma once

#include <optional>
#include <string>
#include <string_view>

// Short forms of resource names, as people type them.
namespace cloned::clonectl {

// A batch, or one job of it.
struct target {
    std::string batch;  // batches/{batch}
    std::string job;    // batches/{batch}/jobs/{job}; empty: the whole batch
};

// "UUID" or "batches/UUID", and for a job "/KEY" or "/jobs/KEY" after it; a key has no slash.
std::optional<target> parse_target(std::string_view text);

// What to say of a text that is none, or that is no batch; with the forms that are.
std::string not_a_target(std::string_view text);
std::string not_a_batch(std::string_view text);

// "7" or "lanes/7"; nothing for anything else.
std::optional<std::string> parse_lane(std::string_view text);

// The last part: "UUID", "KEY" or "7".
std::string_view last_part(std::string_view name);

// "UUID/KEY" for batches/UUID/jobs/KEY.
std::string short_job(std::string_view name);

}  // namespace cloned::clonectl
