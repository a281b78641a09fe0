#pragma once

#include "clonectl/connection.hpp"
#include "clonectl/exit_code.hpp"
#include "clonectl/status.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The commands, each in the file of its name; main.cpp has their options. Each prints its result to
// stdout, its troubles to stderr, and returns the exit code.
namespace cloned::clonectl {

inline constexpr std::chrono::seconds default_watch_patience{300};

struct submit_options {
    std::string file;
    std::string request_id;  // empty: the file's, else a random one
    std::string name;
    bool validate_only = false;
    bool watch = false;
    bool adopt_leftovers = false;
    std::optional<std::int64_t> retry_for_s;
};
exit_code submit(const connection& to, const submit_options& options);

// Follows the batch to its end, over restarts of the daemon.
exit_code watch(const connection& to, const std::string& batch, std::chrono::seconds retry_for);

struct list_options {
    std::string what;   // batches, jobs
    std::string batch;  // jobs: of this batch; empty: of all
    std::vector<std::string> states;
    std::int64_t limit = 100;
    bool json = false;
};
exit_code list(const connection& to, const list_options& options);

exit_code get(const connection& to, const std::string& name, bool json);
exit_code list_endpoints(const connection& to, bool json);
exit_code login_endpoint(const connection& to, const std::string& endpoint);

exit_code cancel(const connection& to, const std::string& name);
exit_code retry(const connection& to, const std::string& batch, bool cancelled_too);

// What an operator says of a job that needs one; exactly one of the three.
struct resolve_options {
    std::string job;
    std::string adopt;                   // the VM
    std::optional<std::string> abandon;  // the reason, which may be empty
    bool look_again = false;
};
exit_code resolve(const connection& to, const resolve_options& options);

exit_code list_lanes(const connection& to, bool json);
exit_code pause_lane(const connection& to, const std::string& lane, const std::string& reason);
exit_code resume_lane(const connection& to, const std::string& lane);
// "default": back to the configured limit.
exit_code limit_lane(const connection& to, const std::string& lane, const std::string& limit);

}  // namespace cloned::clonectl
