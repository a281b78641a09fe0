#pragma once

#include "cloned/v1/job.pb.h"
#include "daemon/rpc/api/content_hash.hpp"
#include "daemon/rpc/api/endpoint_directory.hpp"
#include "daemon/rpc/api/validate.hpp"
#include "storage/batch_store.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cloned::rpc {

// A submit request, checked and in the store's form. The batch is meant only if there are no
// problems; its content_hash always.
struct checked_batch {
    storage::new_batch batch;  // without uid, tenant and time
    bool validate_only = false;
    problem_list problems;
};

// What a job gets that does not say otherwise, and how many there may be.
struct batch_rules {
    std::size_t jobs_max = batch_jobs_max;
    std::uint32_t default_max_attempts = 3;
};

// Checks, converts and hashes a batch job by job, so that a stream of 100,000 needs its messages
// only one at a time.
//
// Threads:  any, one at a time: gRPC's, to keep milliseconds of work off the loop.
// Lifetime: `endpoints` must outlive it.
class batch_reader {
public:
    batch_reader(const endpoint_directory& endpoints, batch_rules rules, wall_time now);

    // Once, before the jobs.
    struct header_fields {
        std::string request_id;
        std::string display_name;
        bool validate_only = false;
        v1::LeftoverPolicy leftovers = v1::LEFTOVER_POLICY_UNSPECIFIED;
    };
    void header(const header_fields& given);

    void job(const v1::JobSpec& spec);

    // Something that is wrong with the request as such.
    field_place place() { return field_place(out_.problems); }
    std::size_t jobs() const { return index_; }

    // Ends the use of this object.
    checked_batch finish();

private:
    void check_key(const std::string& key, bool given, const field_place& here);
    void note_chain(const job_request& request, const endpoint_info* endpoint);
    void check_chains();

    // Constant after construction
    const endpoint_directory& endpoints_;
    const batch_rules rules_;
    const wall_time now_;

    checked_batch out_;
    value_hasher hasher_;
    std::size_t index_ = 0;
    struct key_owner {
        std::size_t index = 0;
        bool given = false;  // by the client
    };
    std::unordered_map<std::string, key_owner> keys_;
    std::vector<const endpoint_info*> endpoints_of_;            // by job; null: not known
    std::vector<std::pair<std::size_t, std::string>> chained_;  // the jobs that wait for others
    std::set<std::size_t> without_vm_;  // of these, those whose VM the other one makes
};

}  // namespace cloned::rpc
