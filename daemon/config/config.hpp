#pragma once

#include "backends/options.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "daemon/rpc/transport/options.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cloned {

struct daemon_config {
    std::string database = "/var/lib/cloned/cloned.db";
    std::string high_water_file;
    log::level log_level = log::level::info;
    std::int64_t retention_days = 30;  // 0: ended batches are kept forever
    milliseconds shutdown_grace{10'000};
    std::int64_t min_free_mib = 256;       // below it no batch is accepted
    std::int64_t checkpoint_kib = 32'000;  // of log, which is then moved into the database
    std::int64_t max_unfinished_jobs = 1'000'000;
};

struct limits_config {
    std::int64_t max_message_mib = 16;
    std::int64_t max_attempts = 3;  // of jobs that name none
    std::int64_t max_watchers = 256;
    milliseconds age_floor{600'000};  // a job that waits longer is served as high priority
};

// The daemon's configuration. What belongs to a part of the daemon is held in that part's own
// options.
struct config {
    daemon_config daemon;
    limits_config limits;
    std::vector<rpc::listener_options> listen;  // never empty
    std::vector<backends::backend_options> endpoints;
};

}  // namespace cloned
